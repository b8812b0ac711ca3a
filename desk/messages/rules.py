"""What a message and a delivery may become. Pure."""

from enum import StrEnum


class DeliveryState(StrEnum):
    """Where one send of one part stands. What the channel cannot tell is never shown as known."""

    QUEUED = "queued"
    SENDING = "sending"  # committed before the call: found after a crash, it means "unknown"
    ACCEPTED = "accepted"  # the network took it
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNCERTAIN = "uncertain"  # it may have arrived; a person decides


_ORDER = [DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.READ]

SETTLED = frozenset({*_ORDER, DeliveryState.FAILED, DeliveryState.UNCERTAIN})
ARRIVED = frozenset(_ORDER)


def may_report(before: str, after: str) -> bool:
    """Return whether a channel's report moves a delivery: only forward, whatever the order.

    A failure reported later (a bounce) beats "accepted", not "read".
    """
    if after == DeliveryState.FAILED:
        return before in (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN)
    if before == DeliveryState.UNCERTAIN:
        return after in ARRIVED
    if before not in ARRIVED or after not in ARRIVED:
        return False
    return _ORDER.index(DeliveryState(after)) > _ORDER.index(DeliveryState(before))


def summary(states: list[str]) -> str:
    """Return the one state to show for a message of several parts: the worst, then the least."""
    if not states:
        return ""
    for bad in (DeliveryState.FAILED, DeliveryState.UNCERTAIN):
        if bad in states:
            return bad.value
    order = [DeliveryState.QUEUED, DeliveryState.SENDING, *_ORDER]
    return min(states, key=lambda state: order.index(DeliveryState(state)))
