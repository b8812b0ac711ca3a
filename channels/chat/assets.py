"""The widget's files as they go to browsers: read once, compressed once, known by their hash."""

import gzip
import hashlib
from functools import cache
from importlib.resources import files

from aiohttp import web
from msgspec import Struct

_FRESH_S = 300


class Asset(Struct, frozen=True):
    """One file of the widget."""

    content: bytes
    packed: bytes
    etag: str


@cache
def assets() -> dict[str, Asset]:
    """Return the widget's modules by file name."""
    folder = files("channels.chat") / "widget"
    return {f.name: _asset(f.read_bytes()) for f in folder.iterdir() if f.name.endswith(".js")}


def _asset(content: bytes) -> Asset:
    digest = hashlib.sha256(content).hexdigest()[:20]
    return Asset(content, gzip.compress(content, 9, mtime=0), f'"{digest}"')


async def serve_asset(request: web.Request) -> web.StreamResponse:
    """Return `widget.js` or one of the modules it loads. Any site may read them."""
    name = request.match_info.get("name", "widget.js")
    asset = assets().get(name)
    headers = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
    if asset is None:
        return web.Response(status=404, text="The widget has no such file.", headers=headers)
    headers |= {
        "ETag": asset.etag,
        "Cache-Control": f"public, max-age={_FRESH_S}, stale-while-revalidate=86400",
        "Vary": "Accept-Encoding",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if asset.etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    if packed:
        headers["Content-Encoding"] = "gzip"
    return web.Response(
        body=asset.packed if packed else asset.content,
        content_type="text/javascript",
        charset="utf-8",
        headers=headers,
    )
