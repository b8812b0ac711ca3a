"""How the places of a job runner are shared between lanes: nobody waits for another's backlog."""

from collections.abc import Mapping


def room(running: Mapping[str, int], places: int) -> dict[str, int]:
    """Return how many more jobs each lane may have under way; `running` tells how many it has.

    Where there are several lanes, one has half of the places at most. The last free places are
    kept for lanes that have nothing under way, one for each, as long as there are more places
    than lanes.
    """
    free = places - sum(running.values())
    most = places if len(running) < 2 else max(1, places // 2)
    idle = sum(1 for count in running.values() if not count)
    kept = idle if places > len(running) else 0
    return {
        lane: max(0, min(most - count, free - kept + (1 if kept and not count else 0)))
        for lane, count in running.items()
    }
