"""A Dovecot for a whole module of tests, and the inbox that reads it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot, dovecot

DESK = "support@acme.example"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all that stands here: it needs servers that pip does not bring."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.servers)


@pytest.fixture
def imap(tmp_path: Path) -> Iterator[Dovecot]:
    """A Dovecot with the desk's mailbox and a few others."""
    with dovecot(tmp_path / "dovecot", [DESK, "ada@example.org"]) as server:
        yield server
