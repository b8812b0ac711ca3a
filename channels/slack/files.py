"""Files of Slack's: fetching what a customer sent, putting up what we send."""

import json
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from channels.slack.client import Client
from channels.slack.config import SlackSettings
from channels.slack.envelope import Json, mapping, read, said, text
from desk.kit.errors import ChannelBusy, Refusal, Uncertain, Undeliverable
from desk.ports.messages import Attachment, OutboundFile

_HOMES = ("slack.com", "slack-files.com", "slack-edge.com")
_AGAIN_S = 10.0


async def fetch(
    client: Client, settings: SlackSettings, raw: bytes, attachment: Attachment
) -> bytes:
    """Return the bytes of a file in a journalled message.

    Raises:
        ChannelBusy: Slack cannot be reached now.
        Undeliverable: too large, gone, kept elsewhere, or the token may not read it.
    """
    file = _named(raw, attachment.ref)
    if not text(file, "url_private"):  # of another organisation: only files.info tells more
        try:
            file = mapping(await client.ask("files.info", file=attachment.ref), "file")
        except Uncertain as cut:
            raise ChannelBusy(cut.reason, _AGAIN_S) from cut
    url = text(file, "url_private_download") or text(file, "url_private")
    if not _may_have_token(url, settings):
        raise Undeliverable("The file is kept outside of Slack.", Refusal.CONTENT)
    size = file.get("size")
    limit = settings.file_limit_bytes
    if isinstance(size, int) and size > limit:
        raise Undeliverable(f"The file is larger than {limit} bytes.", Refusal.CONTENT)
    return await _download(client, url, size=size if isinstance(size, int) else None, limit=limit)


def _named(raw: bytes, file_id: str) -> Json:
    files = said(read(raw).payload).get("files")
    held = files if isinstance(files, list) else []
    return next((f for f in held if isinstance(f, dict) and f.get("id") == file_id), {})


def _may_have_token(url: str, settings: SlackSettings) -> bool:
    """Return whether `url` is Slack's own: the token goes nowhere else."""
    there, home = urlsplit(url), urlsplit(settings.api_base)
    host = there.hostname or ""
    if (there.scheme, there.netloc) == (home.scheme, home.netloc):
        return True
    return there.scheme == "https" and any(host == h or host.endswith("." + h) for h in _HOMES)


async def _download(client: Client, url: str, *, size: int | None, limit: int) -> bytes:
    headers = {"Authorization": f"Bearer {client.token}"}
    try:
        async with client.session.get(url, headers=headers) as answer:
            _look_at(answer.status)
            content = await _read(answer, limit)
            is_page = answer.content_type == "text/html"
    except (aiohttp.ClientError, TimeoutError) as cut:
        raise ChannelBusy("Slack's files cannot be reached.", _AGAIN_S) from cut
    if is_page and len(content) != size:  # Slack's sign-in page comes with status 200
        told = "Slack wants a sign-in for the file: the token lacks files:read, or is refused."
        raise Undeliverable(told, Refusal.CONTENT)
    return content


def _look_at(status: int) -> None:
    if status == 429 or status >= 500:
        raise ChannelBusy(f"Slack's files are in trouble ({status}).", _AGAIN_S)
    if status >= 400:
        raise Undeliverable(f"Slack no longer has the file ({status}).", Refusal.CONTENT)


async def _read(answer: aiohttp.ClientResponse, limit: int) -> bytes:
    content = bytearray()
    async for chunk in answer.content.iter_chunked(64 * 1024):
        content += chunk
        if len(content) > limit:
            raise Undeliverable(f"The file is larger than {limit} bytes.", Refusal.CONTENT)
    return bytes(content)


async def share(
    client: Client, file: OutboundFile, content: bytes, *, channel: str, thread_ts: str | None
) -> str:
    """Put `content` up and share it in a conversation; return the file's id.

    These are the three steps of slack_sdk's files_upload_v2, taken one by one: only the last
    shows the file, so only a break there leaves it open whether it arrived.

    Raises:
        ChannelBusy, Uncertain, Undeliverable, ChannelBroken: as Client.tell.
    """
    try:
        place = await client.ask(
            "files.getUploadURLExternal", filename=file.name, length=len(content)
        )
        await _put(client, text(place, "upload_url"), content)
    except Uncertain as cut:
        raise ChannelBusy(cut.reason, _AGAIN_S) from cut
    named: list[dict[str, Any]] = [{"id": text(place, "file_id"), "title": file.name}]
    await client.ask(
        "files.completeUploadExternal",
        files=json.dumps(named),
        channel_id=channel,
        thread_ts=thread_ts,
    )
    return text(place, "file_id")


async def _put(client: Client, url: str, content: bytes) -> None:
    try:
        async with client.session.post(url, data=BytesIO(content)) as answer:
            if answer.status != 200:
                raise ChannelBusy(f"Slack did not take the file ({answer.status}).", _AGAIN_S)
    except (aiohttp.ClientError, TimeoutError) as cut:
        raise ChannelBusy("Slack's files cannot be reached.", _AGAIN_S) from cut
