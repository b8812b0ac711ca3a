"""The widget as it goes to browsers: its modules joined to one script, compressed once.

The modules are plain ES modules with one-line imports and names that differ across files, so
joining them is leaving the imports out: no build, no tool. Comments, indentation and line ends
that say nothing stay home.
"""

import asyncio
import gzip
import hashlib
import re
from functools import cache
from importlib.resources import files

from aiohttp import web
from msgspec import Struct

LANGUAGES_AFAR = ("de", "es", "it", "pt")  # beside en and fr, which the script carries
_FRESH_S = 300
_IMPORT = re.compile(r'^import .* from "\./([a-z]+\.js)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_MORE = "more.js"  # fetched when a chat is opened: what a closed one does not need
PARTS = {  # fetched when needed: what each gives
    "article.js": "Reader",
    "form.js": "formOf",
    "puzzle.js": "solve",
}
_TIGHT = re.compile(r"\s*([{};,>])\s*|(?<=:) ")  # in a style sheet
_SHEET = re.compile(r"(?<=CSS = `).*?(?=`;)", re.DOTALL)
_ASIDE = re.compile(r"^\s*(?://.*|/\*\*.*\*/|)\n|^[ \t]+|(?<=[;,{}]) // .*$", re.MULTILINE)
_END = re.compile(r"(?<=[,;{])\n")


class Script(Struct, frozen=True):
    """What is served: its text, the same compressed, and the mark by which browsers know it."""

    content: bytes
    packed: bytes
    etag: str


@cache
def widget() -> Script:
    """Return the joined script. Read once: a new version comes with a new process."""
    text = _joined("widget.js").replace(_MORE, f"{_MORE}?{more().etag[1:-1]}")
    return _packed(f'(() => {{\n"use strict";\n{text}}})();\n'.encode())


@cache
def more() -> Script:
    """Return what an open chat fetches besides, as one module."""
    text = _joined(_MORE)
    for name in PARTS:
        text = text.replace(f"/{name}`", f"/{name}?{part(name).etag[1:-1]}`")
    return _packed(f"{text}export {{ More }};\n".encode())


@cache
def part(name: str) -> Script:
    """Return one of the `PARTS`, as one module."""
    return _packed(f"{_joined(name)}export {{ {PARTS[name]} }};\n".encode())


def _joined(entry: str) -> str:
    text = "".join(_EXPORT.sub("", _IMPORT.sub("", part)) for part in modules(entry))
    return _SHEET.sub(lambda css: _TIGHT.sub(r"\1", css[0]), _END.sub("", _ASIDE.sub("", text)))


def modules(entry: str = "widget.js") -> list[str]:
    """Return the text of `entry` and all it imports, each after what it needs."""
    folder = files("channels.chat") / "widget"
    found: dict[str, str] = {}

    def add(name: str, above: tuple[str, ...]) -> None:
        text = (folder / name).read_text("utf-8")
        for needed in _IMPORT.findall(text):
            if needed not in found and needed not in above:
                add(needed, (*above, name))
        found[name] = text

    add(entry, ())
    return list(found.values())


@cache
def words(lang: str) -> Script:
    """Return the widget's texts in `lang`, one that the script itself does not carry.

    Raises:
        KeyError: there are none.
    """
    if lang not in LANGUAGES_AFAR:
        raise KeyError(lang)
    return _packed((files("channels.chat") / "widget" / "words" / f"{lang}.json").read_bytes())


async def serve_widget(request: web.Request) -> web.StreamResponse:
    """Return the script. Any site may load it: what it may do is decided at the other doors."""
    return _served(request, await asyncio.to_thread(widget), "text/javascript")


async def serve_more(request: web.Request) -> web.StreamResponse:
    """Return the rest of the script, to any site."""
    return _served(request, await asyncio.to_thread(more), "text/javascript")


async def serve_part(request: web.Request) -> web.StreamResponse:
    """Return what an open chat fetches where it needs it, to any site."""
    script = await asyncio.to_thread(part, request.match_info["part"])
    return _served(request, script, "text/javascript")


async def serve_words(request: web.Request) -> web.StreamResponse:
    """Return the texts of one language, to any site."""
    try:
        script = await asyncio.to_thread(words, request.match_info["lang"])
    except KeyError:
        raise web.HTTPNotFound from None
    return _served(request, script, "application/json")


def _packed(content: bytes) -> Script:
    digest = hashlib.sha256(content).hexdigest()[:20]
    return Script(content, gzip.compress(content, 9, mtime=0), f'"{digest}"')


def _served(request: web.Request, script: Script, mime: str) -> web.Response:
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
        "ETag": script.etag,
        "Cache-Control": f"public, max-age={_FRESH_S}, stale-while-revalidate=86400",
        "Vary": "Accept-Encoding",
    }
    if script.etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    if packed:
        headers["Content-Encoding"] = "gzip"
    return web.Response(
        body=script.packed if packed else script.content,
        content_type=mime,
        charset="utf-8",
        headers=headers,
    )
