"""Starts `parley demo` from an installed wheel and waits for its page: a step of the gate."""

import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

PORT = 18080
PATIENCE_S = 60


def main(parley: str) -> int:
    """Return 0 when the demo's page and its desk answer within a minute and stop when asked."""
    with tempfile.TemporaryDirectory() as folder:
        demo = subprocess.Popen(
            [parley, "demo", "--no-open", "--port", str(PORT)],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            pages = [f"http://127.0.0.1:{PORT}/", f"http://127.0.0.1:{PORT + 1}/readyz"]
            answered = all(_answers(page) for page in pages)
        finally:
            demo.terminate()
            words, _ = demo.communicate(timeout=20)
        print(words)
        left = [path.name for path in Path(folder).iterdir()]
        print(f"answered: {answered}, exit code: {demo.returncode}, left behind: {left}")
        return 0 if answered and demo.returncode == 0 and not left else 1


def _answers(page: str) -> bool:
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        try:
            with urllib.request.urlopen(page, timeout=5) as answer:  # noqa: S310 - loopback
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
