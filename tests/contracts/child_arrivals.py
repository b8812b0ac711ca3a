"""The child of test_kill_arrivals: a desk, and a network that brings again what nobody took.

The network remembers what was acknowledged in a file of its own: a payload whose `accept` has
not returned when the desk dies is brought again in the next life, and so is, now and then, one
that was acknowledged long ago.
"""

import asyncio
import os
from pathlib import Path
from random import Random

from channels.sandbox.paper import said
from desk.ports.messages import Sender
from tests.bot.paper_desk import PaperDesk
from tests.contracts.child_paper import live

THREADS, EACH = 8, 40
AGAIN = 0.1  # of what was acknowledged is brought once more


class Network:
    """Brings the payloads of each conversation in order, one after the other."""

    def __init__(self, memory: Path) -> None:
        self.brought = 0  # in this life
        self._taken = set(memory.read_text("ascii").split()) if memory.exists() else set()
        self._memory = os.open(memory, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    async def bring_all(self, desk: PaperDesk) -> None:
        """Bring whatever was not acknowledged in an earlier life."""
        await asyncio.gather(*(self._bring(desk, f"t{number}") for number in range(THREADS)))

    async def _bring(self, desk: PaperDesk, thread: str) -> None:
        rng = Random(f"{thread}:{len(self._taken)}")
        for number in range(EACH):
            key = f"{thread}:{number}"
            if key in self._taken and rng.random() > AGAIN:
                continue
            message = said(key, f"line {number}", thread=thread, sender=Sender(address=thread))
            await desk.arrive(key, message, order=thread)
            os.write(self._memory, f"{key}\n".encode("ascii"))  # one write is all or nothing
            self.brought += 1


def main(arguments: list[str]) -> None:
    """Bring every payload until each is acknowledged, and record them all."""
    url, folder = arguments
    network = Network(Path(folder) / "acknowledged")
    live(url, folder, network.bring_all, lambda _: network.brought > 0, PaperDesk)
