"""Who a visitor is by the word of the site that embeds the chat: a signed token. Pure.

HS256 with a secret, RS256 with a public key; what a token says of its own algorithm counts only
where it is the one that is set. The older way is an HMAC of the user's id.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, Any

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from msgspec import Meta, Struct

from desk.kit.errors import Forbidden, Invalid

LONGEST = timedelta(hours=1)  # a token may be good for
_SKEW = timedelta(minutes=1)  # between the site's clock and ours
_TOKEN = 8192  # characters

_Id = Annotated[str, Meta(min_length=1, max_length=200)]


class Person(Struct, frozen=True):
    """One user of the site, as it signed him."""

    sub: _Id
    email: Annotated[str, Meta(max_length=254)] = ""
    name: Annotated[str, Meta(max_length=200)] = ""


class Named(Struct, frozen=True):
    """The older way: a user's id and the HMAC-SHA256 of it in hex."""

    id: _Id
    hash: Annotated[str, Meta(max_length=64)]


class _Claims(Person, frozen=True):
    exp: float = 0
    nbf: float | None = None


class _Header(Struct, frozen=True):
    alg: str


def signed_person(token: str, secret: str, public_key: str, *, now: datetime) -> Person:
    """Return whom a token names.

    Raises:
        Forbidden: it is not signed with our key, has run out, or is good for too long.
    """
    head, _, rest = token.partition(".")
    body, _, signature = rest.partition(".")
    try:
        if len(token) > _TOKEN:
            raise ValueError
        header = msgspec.json.decode(_unpacked(head), type=_Header)
        given = _unpacked(signature)
        claims = msgspec.json.decode(_unpacked(body), type=_Claims)
        ends = datetime.fromtimestamp(claims.exp, now.tzinfo)
        begins = datetime.fromtimestamp(claims.nbf or 0, now.tzinfo)
    except (ValueError, OverflowError, OSError, binascii.Error, msgspec.DecodeError) as wrong:
        raise Forbidden("This is no signed token of a user.") from wrong
    if not _is_signed(header.alg, f"{head}.{body}".encode(), given, secret, public_key):
        raise Forbidden("This token was not signed with the key of this inbox.")
    if ends + _SKEW < now or begins - _SKEW > now:
        raise Forbidden("This token is not good any more, or not yet.")
    if ends - _SKEW > now + LONGEST:
        raise Forbidden("A token may be good for an hour at most.")
    return Person(claims.sub, claims.email, claims.name)


def named_person(named: Named, secret: str) -> Person:
    """Return whom an id with its HMAC names. Raises Forbidden for a wrong one."""
    mac = hmac.new(secret.encode(), named.id.encode(), hashlib.sha256).hexdigest()
    if not secret or not hmac.compare_digest(mac.encode(), named.hash.lower().encode()):
        raise Forbidden("This user was not signed with the key of this inbox.")
    return Person(named.id)


def check_key(public_key: str) -> None:
    """Raise Invalid unless `public_key` is an RSA key in PEM that can be trusted, or ""."""
    if public_key:
        _key(public_key)


def _is_signed(alg: str, said: bytes, given: bytes, secret: str, public_key: str) -> bool:
    if alg == "HS256" and secret:
        mac = hmac.new(secret.encode(), said, hashlib.sha256).digest()
        return hmac.compare_digest(mac, given)
    if alg == "RS256" and public_key:
        try:
            _key(public_key).verify(given, said, PKCS1v15(), SHA256())
        except InvalidSignature:
            return False
        return True
    return False


@cache
def _key(public_key: str) -> RSAPublicKey:
    try:
        key: Any = load_pem_public_key(public_key.encode())
    except (ValueError, UnsupportedAlgorithm) as wrong:
        raise Invalid("identity_public_key is no public key in PEM.") from wrong
    if not isinstance(key, RSAPublicKey) or key.key_size < 2048:
        raise Invalid("identity_public_key must be an RSA key of 2048 bits or more.")
    return key


def _unpacked(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
