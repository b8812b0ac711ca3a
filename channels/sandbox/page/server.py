"""The demo page's server: phones, the shop, and doors to the desk, on loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
import msgspec
from aiohttp import hdrs, web
from msgspec import Struct

from channels.sandbox.page.guard import MIDDLEWARES, add_headers, page_policy, shop_policy
from channels.sandbox.page.live import Board, Streams
from channels.sandbox.page.phones import Phone, PhoneFile
from desk.kit.errors import DeskError, Invalid, NotFound

_HERE = Path(__file__).parent
_FILE_BYTES = 10 * 1024 * 1024
_PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
_MIMES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

Enter = Callable[[str], Awaitable[str]]  # a colleague's key → the path of a door to the desk


class Stage(Struct, frozen=True, kw_only=True):
    """What the page shows besides its phones."""

    shop: str  # the shop's name
    desk: str  # the desk's address, without a slash at the end
    inbox: str  # of the chat in the shop
    shopper: tuple[str, str]  # name and address of who is in the shop
    own: dict[str, str]  # the desk's address under a name of each colleague's own
    tokens: str  # the design language as CSS: the same file as the desk's


class DemoPage:
    """One page with phones. `tell` adds a line to what happens now."""

    def __init__(self, stage: Stage, phones: Mapping[str, Phone], enter: Enter) -> None:
        self.stage = stage
        self._phones = phones
        self._enter = enter
        self._board = Board()
        self._streams = Streams(self._board)
        self._static = {one.name: one.read_bytes() for one in (_HERE / "static").iterdir()}
        self._static["tokens.css"] = stage.tokens.encode()
        loader = jinja2.FileSystemLoader(_HERE / "templates")
        templates = jinja2.Environment(loader=loader, autoescape=True)
        self._html = {
            name: templates.get_template(f"{name}.html").render(stage=stage)
            for name in ("page", "shop")
        }

    def tell(self, lines: list[dict[str, Any]]) -> None:
        """Show these lines as what happens now, oldest first."""
        self._board.put("story", lines)

    @asynccontextmanager
    async def open(self, host: str, port: int) -> AsyncIterator[None]:
        """Serve inside the context.

        Raises:
            DeskError: the port is taken.
        """
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        watching = [
            asyncio.create_task(self._watch(key, phone), name=f"phone {key}")
            for key, phone in self._phones.items()
        ]
        try:
            await _listen(runner, host, port)
            yield
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
            await self._streams.close()
            await runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=MIDDLEWARES, client_max_size=_FILE_BYTES)
        app.on_response_prepare.append(add_headers)
        app.add_routes(
            [
                web.get("/", self._page),
                web.get("/shop", self._shop),
                web.get("/static/{name}", self._serve),
                web.get("/live", self._streams.serve),
                web.post("/phones/{phone}/file", self._send_file),
                web.get("/phones/{phone}/file", self._file),
                web.post("/phones/{phone}/{action}", self._do),
                web.post("/as/{who}", self._as),
            ]
        )
        return app

    async def _watch(self, key: str, phone: Phone) -> None:
        while True:
            self._board.put(key, phone.shows())
            await phone.changed()

    async def _page(self, request: web.Request) -> web.Response:
        policy = page_policy(self.stage.desk, list(self.stage.own.values()))
        return _html(self._html["page"], policy)

    async def _shop(self, request: web.Request) -> web.Response:
        return _html(self._html["shop"], shop_policy(self.stage.desk))

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._static:
            raise NotFound("There is no such file.")
        mime = _MIMES[Path(name).suffix]
        return web.Response(body=self._static[name], content_type=mime, charset="utf-8")

    async def _do(self, request: web.Request) -> web.Response:
        key, phone = self._phone(request)
        try:
            asked = msgspec.json.decode(await request.read(), type=dict[str, str])
        except msgspec.DecodeError as wrong:
            raise Invalid(f"This is not what a phone understands: {wrong}") from wrong
        await phone.do(request.match_info["action"], asked)
        self._board.put(key, phone.shows())
        return web.json_response({})

    async def _send_file(self, request: web.Request) -> web.Response:
        key, phone = self._phone(request)
        content = await request.read()
        if not content:
            raise Invalid("This file is empty.")
        name = request.query.get("name", "file")[:200]
        file = PhoneFile(name=name, mime=request.content_type, content=content)
        await phone.send_file(file)
        self._board.put(key, phone.shows())
        return web.json_response({})

    async def _file(self, request: web.Request) -> web.Response:
        """Return a file: pictures to be shown, all else to be kept."""
        _, phone = self._phone(request)
        file = phone.file(request.query.get("id", ""))
        if file is None:
            raise NotFound("There is no such file.")
        shown = file.mime in _PICTURES
        headers = {"Content-Security-Policy": "sandbox; default-src 'none'"}
        if not shown:
            headers[hdrs.CONTENT_DISPOSITION] = "attachment"
        mime = file.mime if shown else "application/octet-stream"
        return web.Response(body=file.content, content_type=mime, headers=headers)

    async def _as(self, request: web.Request) -> web.Response:
        """Make a door to the desk and tell the page's script where it is.

        The script posts there at once: the desk takes that from a page it trusts, as this one
        is. Browsers forget where a post came from when it is redirected, so without the script
        the door is shown, with its one button.
        """
        who = request.match_info["who"]
        if who not in self.stage.own:
            raise NotFound("Nobody of that name works here.")
        door = await self._enter(who)
        if request.headers.get(hdrs.ACCEPT) == "application/json":
            return web.json_response({"door": door})
        onward = urlencode({"next": str((await request.post()).get("next", "/"))})
        location = f"{self.stage.desk}{door}?{onward}"
        return web.Response(status=303, headers={hdrs.LOCATION: location})

    def _phone(self, request: web.Request) -> tuple[str, Phone]:
        key = request.match_info["phone"]
        if key not in self._phones:
            raise NotFound("There is no such phone.")
        return key, self._phones[key]


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as taken:
        raise DeskError(
            f"Port {port} cannot be used ({taken.strerror}). Stop what uses it, "
            f"or choose another one: parley demo --port {port + 10}."
        ) from taken


def _html(text: str, policy: str) -> web.Response:
    headers = {"Content-Security-Policy": policy}
    return web.Response(text=text, content_type="text/html", headers=headers)
