"""Kills a child at random moments, again and again, until its work is done all the same.

`killed(module, *arguments)` imports `module` once in a parent process that forks a child for
each life, so that a life begins within milliseconds. The child calls `module.main(arguments)`,
which calls `ready()` when its work begins and returns when no work is left.
"""

import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

READY = "ready"
ROOT = Path(__file__).parents[2]


def killed(module: str, *arguments: str, kills: int = 20, longest_ms: float = 100) -> int:
    """Let `module` work, killed up to `kills` times; return how many lives ended by a kill.

    Blocks: call it by `asyncio.to_thread`. Each life is killed up to `longest_ms` after it was
    ready; the last one may end in peace.

    Raises:
        AssertionError: a life ended by itself in another way than in peace.
    """
    rng, hits = Random(20), 0
    command = [sys.executable, "-m", "tests.contracts.kill", module, *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as parent:
        for _ in range(kills):
            status = _one_life(parent, rng.uniform(0, longest_ms))
            if status == 0:
                break
            assert status == signal.SIGKILL, f"a life ended with status {status}"
            hits += 1
        else:
            assert _one_life(parent, None) == 0
    return hits


def ready() -> None:
    """Say, in a child, that the work begins: from now on the kill may come."""
    print(READY, flush=True)


def _one_life(parent: "subprocess.Popen[str]", kill_after_ms: float | None) -> int:
    """Start a child, perhaps kill it, and return its wait status."""
    assert parent.stdin is not None
    assert parent.stdout is not None
    parent.stdin.write("live\n")
    parent.stdin.flush()
    child = int(parent.stdout.readline())
    line = parent.stdout.readline().strip()
    if line == READY:
        if kill_after_ms is not None:
            time.sleep(kill_after_ms / 1000)
            os.kill(child, signal.SIGKILL)  # not yet waited for, so the id is still its own
        line = parent.stdout.readline().strip()
    parent.stdin.write("buried\n")
    parent.stdin.flush()
    return int(line)


def _bear_children(module: str, arguments: list[str]) -> None:
    """Fork a child for each line of stdin and tell its id and then its end on stdout."""
    main = importlib.import_module(module).main
    while sys.stdin.readline():
        child = os.fork()
        if child == 0:
            main(arguments)
            sys.stdout.flush()
            os._exit(0)
        print(child, flush=True)
        ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # a zombie keeps its id
        print(ended.si_status if ended else -1, flush=True)
        sys.stdin.readline()
        os.waitpid(child, 0)


if __name__ == "__main__":
    _bear_children(sys.argv[1], sys.argv[2:])
