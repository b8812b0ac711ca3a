"""Secrets are named by reference and never shown."""

from pathlib import Path

import pytest

from desk.kit.errors import Invalid
from desk.kit.secrets import reveal


def test_a_secret_is_read_where_the_reference_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("from a file\n")
    monkeypatch.setenv("PARLEY_TEST_SECRET", "from the environment")
    assert reveal(f"file:{tmp_path / 'token'}") == "from a file"
    assert reveal("env:PARLEY_TEST_SECRET") == "from the environment"
    assert reveal("plain:in:sight") == "in:sight"
    assert reveal("") == ""


@pytest.mark.parametrize("reference", ["hunter2:x", "env:PARLEY_NOT_SET", "file:/nowhere/at/all"])
def test_a_secret_that_is_not_there_is_said_without_showing_it(reference: str) -> None:
    with pytest.raises(Invalid) as raised:
        reveal(reference)
    assert "hunter2" not in raised.value.reason
