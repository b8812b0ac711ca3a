"""How the inbox is doing, from several voices: the worst of them is what is told."""

from collections.abc import Callable

from desk.ports.channel import Health, HealthState

_WORST_FIRST = (
    HealthState.BROKEN,
    HealthState.TROUBLED,
    HealthState.STARTING,
    HealthState.CONNECTED,
    HealthState.STOPPED,
)


class Voices:
    """Token, sockets, secrets: each says how it is, and the desk hears one word.

    Without this a working socket would cover up a refused bot token.
    """

    def __init__(self, report: Callable[[Health], None]) -> None:
        self._report = report
        self._said: dict[str, Health] = {}
        self._told: Health | None = None

    @property
    def is_well(self) -> bool:
        """Whether every voice says so."""
        return all(each.state is HealthState.CONNECTED for each in self._said.values())

    def say(self, voice: str, health: Health) -> None:
        """Keep what `voice` says and report the whole when it changed."""
        self._said[voice] = health
        worst = min(self._said.values(), key=lambda each: _WORST_FIRST.index(each.state))
        if worst != self._told:
            self._told = worst
            self._report(worst)
