"""The addresses that customers answer at: each carries what it is for, until when, and a mark."""

from datetime import UTC, datetime, timedelta

from desk.kit.ids import is_signed, sign

ANSWER, STOP = "rating.answer", "rating.stop"
STOP_FOR = timedelta(days=730)  # an old mail's link must still stop them


def token(secret: str, purpose: str, rating_id: int, until: datetime) -> str:
    """Return what stands in an address about a rating; the same for the same arguments."""
    payload = f"{rating_id}.{int(until.timestamp())}"
    return f"{payload}.{sign(secret, purpose, payload)}"


def read(secret: str, purpose: str, given: str) -> tuple[int, datetime] | None:
    """Return which rating a token is about and until when it holds; None for one not ours."""
    payload, _, mark = given.rpartition(".")
    rating_id, _, until = payload.partition(".")
    if not is_signed(secret, purpose, payload, mark):
        return None
    return int(rating_id), datetime.fromtimestamp(int(until), UTC)
