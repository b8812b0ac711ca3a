"""Starting a mail server of the system from a folder of its own, and ending it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

_STARTS_WITHIN_S = 20.0


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def open_to_servers(folder: Path) -> None:
    """Let a server that gave up its rights pass through a test's own folders."""
    for one in (folder, *folder.parents):
        if one.stat().st_uid == 0 and one != Path("/"):
            one.chmod(one.stat().st_mode | 0o055)


@contextmanager
def serving(command: Sequence[str], port: int, log: Path) -> Iterator[None]:
    """Run a server while the context is open; its log is in what fails.

    Raises:
        AssertionError: it is not installed, or nobody listens on `port` in time.
    """
    program = shutil.which(command[0], path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert program, f"{command[0]} is not installed: apt-get install it"
    with subprocess.Popen([program, *command[1:]]) as server:
        try:
            _wait_for(port, server, log)
            yield
        finally:
            server.terminate()


def end_all_in(folder: Path) -> None:
    """End every process that works in `folder`; nobody else's does."""
    for one in psutil.process_iter():
        with suppress(psutil.Error):
            if Path(one.cwd()).is_relative_to(folder):
                one.kill()


def _wait_for(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < until and server.poll() is None:
        with socket.socket() as sock:
            sock.settimeout(1)
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    words = log.read_text(errors="replace") if log.exists() else ""
    raise AssertionError(f"the server does not answer on port {port}:\n{words}")
