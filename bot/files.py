"""Files in a folder on disk, by the SHA-256 of their content."""

import asyncio
import hashlib
import os
import secrets
from pathlib import Path

from desk.kit.errors import ChannelBusy, DeskError, Invalid, NotFound
from desk.kit.ids import keys_of
from desk.kit.secrets import reveal

_DISK_RETRY_S = 10.0
_SECRET_LEAST = 32  # characters: a file cut short by a crash must sign nothing


class FolderBlobs:
    """Keeps files under `folder`, two letters deep. The same content is kept once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def put(self, content: bytes) -> str:
        """Store `content` and return its key; it is on disk when this returns.

        Raises:
            ChannelBusy: the disk is full or cannot be written; nothing was kept.
        """
        try:
            return await asyncio.to_thread(self._put, content)
        except OSError as trouble:
            reason = f"The file cannot be kept: {trouble.strerror or trouble}."
            raise ChannelBusy(reason, _DISK_RETRY_S) from trouble

    async def get(self, key: str) -> bytes:
        """Return the bytes behind `key`. Raises NotFound."""
        return await asyncio.to_thread(self._get, key)

    async def remove(self, key: str) -> None:
        """Forget a file for good; one that is gone already is gone."""
        await asyncio.to_thread(self._remove, key)

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

    def _remove(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if len(key) != 64 or not all(letter in "0123456789abcdef" for letter in key):
            raise NotFound("There is no such file.")
        return self.folder / key[:2] / key


def signing_secret(reference: str, folder: Path) -> str:
    """Return the desk's signing secret: the one `reference` names, else its own in `folder`.

    Raises:
        Invalid: what the reference names cannot be read, or is too short to sign with.
        DeskError: its own cannot be read or made.
    """
    if not reference:
        return own_secret(folder)
    secret = reveal(reference)
    if min(map(len, keys_of(secret))) < _SECRET_LEAST:
        raise Invalid(f"storage.secret: it has less than {_SECRET_LEAST} characters.")
    return secret


def own_secret(folder: Path) -> str:
    """Return the desk's signing secret, made once and kept in `folder`, readable by us alone.

    Raises:
        DeskError: the folder cannot be written to, or the secret is cut short.
    """
    path = folder / "secret"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_whole(path, secrets.token_hex(32))
        secret = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as trouble:
        reason = f"storage.files: {folder} cannot be used as a folder: {trouble.strerror}."
        raise DeskError(f"{reason} Name one that Parley may write to.") from trouble
    if min(map(len, keys_of(secret))) < _SECRET_LEAST:
        raise DeskError(f"{path} is cut short: restore it, or remove it to have a new one made.")
    return secret


def _write_whole(path: Path, text: str) -> None:
    """Write a new file all at once; one that another process made meanwhile stays."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)
        except FileExistsError:
            pass
        except OSError:  # this disk has no hard links
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
