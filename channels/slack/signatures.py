"""Whether a request comes from Slack: its signature over the raw bytes, and its age. Pure."""

import hashlib
import hmac
import re
from datetime import datetime

MAX_SKEW_S = 300

_STAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


def is_genuine(
    body: bytes, *, secret: str, timestamp: str | None, signature: str | None, now: datetime
) -> bool:
    """Return whether `body` was signed with `secret` at most five minutes from `now`.

    Missing or malformed headers and an empty secret are simply not genuine. Compares in
    constant time, over the bytes as they came: nothing is parsed before this says yes.
    """
    if not secret or timestamp is None or signature is None:
        return False
    if not _STAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
        return False
    if abs(now.timestamp() - int(timestamp)) > MAX_SKEW_S:
        return False
    base = b"v0:" + timestamp.encode() + b":" + body
    mac = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={mac}", signature)
