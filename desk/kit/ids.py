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


def sign(secret: str, purpose: str, payload: str, length: int = 32) -> str:
    """Return the first `length` hex digits of the HMAC-SHA256 of `payload` for one `purpose`.

    The purpose is part of what is signed: a signature made for one door opens no other.
    """
    mac = hmac.new(secret.encode(), f"{purpose}\0{payload}".encode(), hashlib.sha256)
    return mac.hexdigest()[:length]


def is_signed(secret: str, purpose: str, payload: str, signature: str) -> bool:
    """Return whether `signature` was made by `sign` with these; compares in constant time."""
    if not signature.isascii():
        return False
    return hmac.compare_digest(sign(secret, purpose, payload, len(signature) or 1), signature)
