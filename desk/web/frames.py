"""A message with its own formatting, in a frame that can do nothing but be looked at."""

import base64
from collections.abc import Mapping

from aiohttp import web
from msgspec import Struct
from selectolax.lexbor import LexborHTMLParser, LexborNode

from desk.customers import queries as customers
from desk.http import Call, Need, Routes
from desk.http.services import BLOBS
from desk.kit.errors import NotFound
from desk.messages import queries as said

routes = Routes()

_PICTURES_BYTES = 10_000_000  # of one message, shown in its frame
_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src data:{remote}; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><base target="_blank">'
    "<style>body{{margin:12px;font:14px/1.45 system-ui,sans-serif;color:#1b1f2a;background:#fff;"
    "overflow-wrap:anywhere}}img{{max-width:100%}}</style></head><body>{}</body></html>"
)


class Shown(Struct, frozen=True):
    """Whether pictures are loaded from elsewhere: that tells their server that the mail is read."""

    images: bool = False


@routes.page("/workspace/messages/{message}/original", needs=Need.AGENT)
async def original(call: Call, message: int, query: Shown) -> web.Response:
    """Show a message with its own formatting, in a frame where no script runs."""
    found = await call.db.read(said.message, message)
    if not found.html:
        raise NotFound("This message has no formatting of its own.")
    writer = await call.db.read(customers.identity, found.identity_id)
    remote = query.images or writer.shows_images
    pictures = await _pictures(call, message)
    return web.Response(
        text=_PAGE.format(framed(found.html, pictures, remote=remote)),
        content_type="text/html",
        headers={
            "Content-Security-Policy": _POLICY.format(remote=" https: http:" if remote else ""),
            "Referrer-Policy": "no-referrer",
        },
    )


def framed(html: str, pictures: Mapping[str, str], *, remote: bool) -> str:
    """Return sanitised `html` with the message's own pictures in it.

    Pictures from elsewhere stay when `remote`, but for those too small to be seen: they only
    tell that a mail was opened.
    """
    tree = LexborHTMLParser(html)
    for node in tree.css("img"):
        source = node.attributes.get("src") or ""
        if source.lower().startswith("cid:"):
            _put(node, pictures.get(source[4:]))
        elif source.lower().startswith("http") and (not remote or _is_tiny(node)):
            _put(node, None)
    return (tree.body.inner_html if tree.body is not None else "") or ""


def _put(node: LexborNode, source: str | None) -> None:
    if source is not None:
        node.attrs["src"] = source
    elif "src" in node.attrs:
        del node.attrs["src"]


def _is_tiny(node: LexborNode) -> bool:
    sizes = (node.attributes.get("width"), node.attributes.get("height"))
    return any(size is not None and size.strip(" px") in ("0", "1") for size in sizes)


async def _pictures(call: Call, message: int) -> dict[str, str]:
    """Return the pictures of a message as data, by the Content-ID that its HTML names them by."""
    found: dict[str, str] = {}
    left = _PICTURES_BYTES
    for row in await call.db.read(said.pictures, message):
        left -= row.size_bytes
        if left < 0:
            break
        content = base64.b64encode(await call.get(BLOBS).get(row.blob)).decode()
        found[row.content_id] = f"data:{row.picture};base64,{content}"
    return found
