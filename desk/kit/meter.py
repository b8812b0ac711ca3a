"""Rate limits: a generic cell rate algorithm per key, in one process's memory."""

from collections import OrderedDict


class RateLimit:
    """Allows `burst` calls at once per key and `per_s` calls a second in the long run."""

    def __init__(self, per_s: float, burst: int, keys: int = 10_000) -> None:
        self._interval_s = 1.0 / per_s
        self._slack_s = self._interval_s * (burst - 1)
        self._keys = keys
        self._next: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, key: str, now_s: float) -> float:
        """Take one call for `key` and return 0, or return how many seconds to wait untaken.

        `now_s` is any monotonic reading in seconds. The oldest keys are forgotten past the cap.
        """
        due = max(self._next.get(key, now_s), now_s)
        if due - now_s > self._slack_s:
            return due - now_s - self._slack_s
        self._next[key] = due + self._interval_s
        self._next.move_to_end(key)
        if len(self._next) > self._keys:
            self._next.popitem(last=False)
        return 0.0
