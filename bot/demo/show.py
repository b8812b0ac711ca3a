"""`parley demo`: a whole desk with its customers' providers and phones, on this machine alone."""

import asyncio
import socket
import webbrowser
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from desk.kit.errors import DeskError

HOST = "127.0.0.1"


async def show(
    *,
    port: int,
    folder: Path | None,
    browse: bool,
    ready: Callable[[str], None],
    until: Coroutine[Any, Any, None],
) -> None:
    """Run the demo until `until` returns; `ready` is told what happens, at last the address.

    The page is on `port`, the desk on the next one. Without `folder` everything is kept in a
    temporary one, which is removed at the end.

    Raises:
        DeskError: a port is taken.
    """
    asked = asyncio.create_task(until, name="until")
    try:
        for one in (port, port + 1):
            check_free(one)
        ready("Starting …")
        from bot.demo.stage import on_stage  # a second of libraries, after the first word

        async with on_stage(port, folder, ready) as page:
            ready(f"The demo is at {page} (Ctrl-C stops it).")
            if browse:
                await asyncio.to_thread(webbrowser.open, page)
            await asked
            ready("Stopping …")
    finally:
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)


def check_free(port: int) -> None:
    """Raise DeskError, with the mend, when something listens on `port` already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as taken:
            raise DeskError(
                f"Port {port} cannot be used: something else listens there. Stop it, or choose "
                f"another: parley demo --port {port + 1000 if port < 60_000 else 8090}."
            ) from taken
