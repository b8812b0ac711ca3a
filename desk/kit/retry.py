"""When to try again: one backoff for the whole house."""

from random import Random


def backoff_s(
    attempt: int, rng: Random, *, first_s: float = 1.0, cap_s: float = 3600.0, jitter: float = 0.25
) -> float:
    """Return how long to wait before try number `attempt` + 1 (attempts count from 1).

    Doubles from `first_s` up to `cap_s`, then ± `jitter` as a share, so that a thousand
    clients of a restarted server do not come back in the same second.
    """
    base = min(cap_s, first_s * 2.0 ** min(attempt - 1, 60))
    return base * (1 + jitter * (2 * rng.random() - 1))
