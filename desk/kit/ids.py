"""Identifiers and secrets: time-sortable public ids, random tokens, their hashes, signatures."""

import hashlib
import hmac
import secrets

from uuid_utils import uuid7


def new_id() -> str:
    """Return a new UUIDv7 as text: unique, sortable by time, safe to show outside."""
    return str(uuid7())


def new_token() -> str:
    """Return 256 random bits as URL-safe text. Store only `hash_token` of it."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """Return the SHA-256 of `token` in hex: what the database keeps of a secret.

    Strangers send tokens of bytes that are no text; those have a hash too, that nobody has.
    """
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


_LENGTH = 32


def sign(secret: str, purpose: str, payload: str, length: int = _LENGTH) -> str:
    """Return the first `length` hex digits of the HMAC-SHA256 of `payload` for one `purpose`.

    The purpose is part of what is signed: a signature made for one door opens no other. A
    secret of several lines signs with the first.
    """
    return _mac(keys_of(secret)[0], purpose, payload)[:length]


def is_signed(
    secret: str, purpose: str, payload: str, signature: str, length: int = _LENGTH
) -> bool:
    """Return whether `signature` was made by `sign` with these; compares in constant time.

    Any line of the secret will do: that is how one is changed while old signatures are about.
    `length` is never taken from the signature: one digit of it is guessed in sixteen tries.
    """
    if not signature.isascii() or len(signature) != length:
        return False
    made = [_mac(key, purpose, payload)[:length] for key in keys_of(secret)]
    return any([hmac.compare_digest(one, signature) for one in made])


def keys_of(secret: str) -> list[str]:
    """Return the keys in a secret, the present one first: one a line."""
    return [line for line in secret.splitlines() if line.strip()] or [secret]


def _mac(key: str, purpose: str, payload: str) -> str:
    return hmac.new(key.encode(), f"{purpose}\0{payload}".encode(), hashlib.sha256).hexdigest()
