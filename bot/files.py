"""Files in a folder on disk, by the SHA-256 of their content."""

import asyncio
import hashlib
import os
import secrets
from pathlib import Path

from desk.kit.errors import NotFound


class FolderBlobs:
    """Keeps files under `folder`, two letters deep. The same content is kept once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def put(self, content: bytes) -> str:
        """Store `content` and return its key; it is on disk when this returns."""
        return await asyncio.to_thread(self._put, content)

    async def get(self, key: str) -> bytes:
        """Return the bytes behind `key`. Raises NotFound."""
        return await asyncio.to_thread(self._get, key)

    def _put(self, content: bytes) -> str:
        key = hashlib.sha256(content).hexdigest()
        path = self._path(key)
        if path.exists():
            return key
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{key}.{secrets.token_hex(4)}")
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        return key

    def _get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError as missing:
            raise NotFound("There is no such file.") from missing

    def _path(self, key: str) -> Path:
        if len(key) != 64 or not all(letter in "0123456789abcdef" for letter in key):
            raise NotFound("There is no such file.")
        return self.folder / key[:2] / key


def own_secret(folder: Path) -> str:
    """Return the desk's signing secret, made once and kept in `folder`, readable by us alone."""
    path = folder / "secret"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip()
