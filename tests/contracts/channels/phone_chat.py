"""A customer's page with the chat on it, speaking as the widget does, for the contracts."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import aiohttp

from tests.channels.chat_page import Wire
from tests.contracts.channels.phones import File, Phone, Seen


class ChatPhone(Phone):
    """One visitor of a page at `origin`, which talks to the doors at `base`."""

    def __init__(self, base: str, origin: str, number: int) -> None:
        self._base = base
        self._origin = origin
        self._number = number
        self._sent = 0
        self._frame: dict[str, Any] = {}
        self._token = ""
        self._stack = AsyncExitStack()
        self._http: aiohttp.ClientSession
        self._wire: Wire | None = None

    async def __aenter__(self) -> Self:
        headers = {"Origin": self._origin}
        self._http = await self._stack.enter_async_context(aiohttp.ClientSession(headers=headers))
        self._token = (await self._session())["token"]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._hang_up()
        await self._stack.aclose()

    async def write(self, text: str, files: Sequence[File] = (), answering: str = "") -> str:
        ids = [await self._upload(file) for file in files]
        return await self._say(text=text, files=ids)

    async def again(self) -> None:
        await self._post()

    async def alter(self, text: str) -> None:
        self._frame["text"] = text
        await self._post()

    async def edit(self, message: str, text: str) -> None:
        await self._say(amend=await self._place(message), text=text)

    async def delete(self, message: str) -> None:
        await self._say(amend={**await self._place(message), "gone": True})

    async def react(self, message: str, emoji: str, *, on: bool = True) -> None:
        await self._say(react={"of": message, "emoji": emoji, "on": on})

    async def reactions(self, message: str) -> list[str]:
        lines = (await self._session())["messages"]
        about = [one for one in lines if one["t"] == "react" and one["of"] == message]
        return list(about[-1]["emoji"]) if about else []

    async def poison(self) -> None:
        wire = await self.wire()
        await wire.ws.send_str('{"t":"msg","cid":"cid-poison","text":"half \\ud83d"}')
        refused = await wire.until("err")
        assert (refused["cid"], refused["retry_after_s"]) == ("cid-poison", None)

    async def unknown(self) -> None:
        wire = await self.wire()
        for odd in ('{"t":"brand_new_kind"}', "[]", '{"t":["msg"]}'):
            await wire.ws.send_str(odd)
            assert (await wire.until("err"))["code"] == "unreadable"

    async def seen(self) -> list[Seen]:
        lines: dict[str, dict[str, Any]] = {}
        for line in (await self._session())["messages"]:
            if line["t"] == "msg" and not line.get("me"):
                lines[line["id"]] = line
            elif line["t"] == "edit" and line["of"] in lines:
                lines[line["of"]] |= {**line, "id": line["of"], "edited": True}
            elif line["t"] == "gone":
                lines.pop(line["of"], None)
        return [await self._seen(line) for line in lines.values()]

    async def stirred(self) -> None:
        frame = await (await self.wire()).next()
        assert frame["t"] != "closed", frame

    async def press(self, seen: Seen, label: str) -> None:
        lines = (await self._session())["messages"]
        under = next(line for line in lines if line["id"] == seen.id)
        value = next(one["value"] for one in under["choices"] if one["label"] == label)
        await self._say(action={"value": value, "source": seen.id})

    async def types(self) -> None:
        await (await self.wire()).send("typing", on=True)

    async def read(self, seen: Seen) -> None:
        await (await self.wire()).send("read", seq=int(seen.id.rpartition(":")[2]))

    async def sees_typing(self) -> None:
        await (await self.wire()).until("typing")

    async def wire(self) -> Wire:
        """Return the page's socket, opened anew after a cut."""
        if self._wire is None or self._wire.ws.closed:
            self._wire = Wire(await self._http.ws_connect(f"{self._base}/socket"))
            await self._wire.send("hello", v=1, token=self._token, cursor=0)
            await self._wire.until("welcome")
        return self._wire

    async def _place(self, message: str) -> dict[str, Any]:
        lines = (await self._session())["messages"]
        return next({"of": one["id"], "seq": one["seq"]} for one in lines if one["id"] == message)

    async def _say(self, **fields: Any) -> str:
        self._sent += 1
        self._frame = {"cid": f"cid-{self._number}-{self._sent:05}", **fields}
        return str((await self._post())["id"])

    async def _post(self) -> dict[str, Any]:
        """Send the last message until the desk says that it has it, as the widget does."""
        async with asyncio.timeout(15):
            while True:
                try:
                    wire = await self.wire()
                    frame = {"t": "msg", **self._frame}
                    await wire.ws.send_str(json.dumps(frame, ensure_ascii=False))
                    while (answer := await wire.next())["t"] not in ("ack", "err", "closed"):
                        pass
                except (OSError, aiohttp.ClientError, AssertionError):
                    answer = {"t": "closed"}
                    await self._hang_up()
                if answer["t"] == "ack":
                    return answer
                if answer["t"] == "err" and answer["retry_after_s"] is None:
                    raise ValueError(answer["text"])
                await asyncio.sleep(0.02)

    async def _hang_up(self) -> None:
        if self._wire is not None:
            await self._wire.ws.close()
            self._wire = None

    async def _session(self) -> Any:
        asked = {"token": self._token} if self._token else {}
        async with self._http.post(f"{self._base}/session", json=asked) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def _upload(self, file: File) -> str:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", file.content, filename=file.name, content_type=file.mime)
        async with self._http.post(
            f"{self._base}/files", data=form, headers=self._signed_in
        ) as answer:
            told = await answer.json()
            if answer.status != 201:
                raise ValueError(told["error"])
            return str(told["id"])

    async def _download(self, file: dict[str, Any]) -> File:
        at = f"{self._base}/files/{file['id']}/link"
        async with self._http.get(at, headers=self._signed_in) as answer:
            link = (await answer.json())["url"]
        async with self._http.get(f"{self._base}/files/{link.partition('/files/')[2]}") as answer:
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            return File(file["name"], await answer.read(), file["mime"])

    @property
    def _signed_in(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    async def _seen(self, line: dict[str, Any]) -> Seen:
        nodes = list(_nodes(line.get("nodes", [])))
        return Seen(
            id=line["id"],
            text=line["text"],
            bold=tuple(_words(node) for node in nodes if node.get("type") == "bold"),
            links=tuple(str(node["href"]) for node in nodes if node.get("href")),
            files=tuple([await self._download(file) for file in line.get("files", ())]),
            buttons=tuple(one["label"] for one in line.get("choices", ())),
            edited=bool(line.get("edited")),
            author=str(line["from"].get("name", "")),
        )


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for one in tree:
            yield from _nodes(one)


def _words(node: Any) -> str:
    return "".join(str(one["text"]) for one in _nodes(node) if "text" in one)
