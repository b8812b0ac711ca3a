"""How fast Telegram lets one bot write, and whom it has asked to wait."""

from desk.kit.meter import RateLimit

_FLOODED_CHATS = 3  # this many at once: it is the bot that is too fast, not the chat


class Limits:
    """Token buckets below Telegram's own limits: 30/s per bot, 1/s per chat, 20/min per group.

    All times are readings in seconds of one monotonic clock (the loop's).
    """

    def __init__(self, group_per_minute: float = 17) -> None:
        self._bot = RateLimit(per_s=25.0, burst=5)
        self._private = RateLimit(per_s=1.0, burst=3)
        self._group = RateLimit(per_s=group_per_minute / 60, burst=3)
        self._paused: dict[int, float] = {}
        self._all_paused_until_s = 0.0

    def wait_s(self, chat: int, now_s: float) -> float:
        """Take a turn to write to `chat` and return 0, or return how long to wait, untaken."""
        pause = max(self._all_paused_until_s, self._paused.get(chat, 0.0)) - now_s
        if pause > 0:
            return pause
        self._paused.pop(chat, None)
        if (wait := self._bot.wait_s("", now_s)) > 0:
            return wait
        bucket = self._private if chat > 0 else self._group
        return bucket.wait_s(str(chat), now_s)

    def flooded(self, chat: int, retry_after_s: float, now_s: float) -> None:
        """Note that `chat` was refused for `retry_after_s`; three at once pause the whole bot."""
        self._paused = {c: until for c, until in self._paused.items() if until > now_s}
        self._paused[chat] = now_s + retry_after_s
        if len(self._paused) >= _FLOODED_CHATS:
            self._all_paused_until_s = max(self._paused.values())
