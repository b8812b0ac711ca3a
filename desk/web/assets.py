"""Static files, kept in memory under one hash for all: relative imports work, caching is long."""

import asyncio
import gzip
import hashlib
import mimetypes
from collections.abc import Sequence
from pathlib import Path

from aiohttp import hdrs, web
from msgspec import Struct

_FOREVER = "public, max-age=31536000, immutable"
_GZIP_LEAST_BYTES = 512
_TEXTS = ("text/", "application/javascript", "application/json", "image/svg+xml")
_MIMES = {".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml"}


class Asset(Struct, frozen=True):
    """One static file as it is sent."""

    mime: str
    content: bytes
    packed: bytes | None  # gzip, where that is smaller


class Assets:
    """The files of one or more folders, by their path below them; the first folder wins."""

    def __init__(self, folders: Sequence[Path], *, reload: bool = False) -> None:
        self._folders = folders
        self._reload = reload
        self._files = _read(folders)
        self.version = _digest(self._files)

    def url(self, path: str) -> str:
        """Return the address of a file, which changes when any file does.

        Raises:
            KeyError: there is no such file.
        """
        if not self._reload and path not in self._files:
            raise KeyError(f"no static file {path!r}")
        return f"/static/{self.version}/{path}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer `/static/{version}/{path}`; an old version gets today's file, not to be kept."""
        if self._reload:
            self._files = await asyncio.to_thread(_read, self._folders)
        asset = self._files.get(request.match_info["path"])
        if asset is None:
            raise web.HTTPNotFound
        current = request.match_info["version"] == self.version and not self._reload
        headers = {
            hdrs.CONTENT_TYPE: asset.mime,
            hdrs.CACHE_CONTROL: _FOREVER if current else "no-cache",
            hdrs.VARY: "Accept-Encoding",
        }
        if asset.packed and "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
            headers[hdrs.CONTENT_ENCODING] = "gzip"
            return web.Response(body=asset.packed, headers=headers)
        return web.Response(body=asset.content, headers=headers)


def _read(folders: Sequence[Path]) -> dict[str, Asset]:
    files: dict[str, Asset] = {}
    for folder in reversed(folders):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                files[path.relative_to(folder).as_posix()] = _asset(path)
    return files


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    mime = _MIMES.get(path.suffix, guessed)
    text = mime.startswith(_TEXTS)
    packed = (
        gzip.compress(content, 9, mtime=0) if text and len(content) > _GZIP_LEAST_BYTES else None
    )
    return Asset(f"{mime}; charset=utf-8" if text else mime, content, packed)


def _digest(files: dict[str, Asset]) -> str:
    digest = hashlib.sha256()
    for path, asset in sorted(files.items()):
        digest.update(f"{path}\0{len(asset.content)}\0".encode())
        digest.update(asset.content)
    return digest.hexdigest()[:12]
