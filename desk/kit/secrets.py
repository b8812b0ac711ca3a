"""Secrets by reference: config names where a secret is kept, never the secret itself."""

import os
from pathlib import Path

from desk.kit.errors import Invalid


def reveal(reference: str) -> str:
    """Return the secret that `reference` points at.

    `env:NAME` reads the environment variable NAME; `file:PATH` reads a file and drops the line
    end after its last line (how Docker and systemd hand secrets over); `plain:VALUE` is VALUE
    itself, for demos and tests; an empty reference is no secret and gives "".

    Call it when the secret is used, not when config is read: a rotated file is then picked up.

    Raises:
        Invalid: the variable is unset, the file cannot be read, or it is no reference at all.
            The value is never part of the reason.
    """
    kind, _, rest = reference.partition(":")
    if not reference:
        return ""
    if kind == "plain":
        return rest
    if kind == "env":
        return _from_environment(rest)
    if kind == "file":
        return _from_file(rest)
    raise Invalid("A secret is written as env:NAME or file:PATH, never as the secret itself.")


def _from_environment(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise Invalid(f"The environment variable {name} is not set; a secret is expected in it.")
    return value


def _from_file(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as trouble:
        raise Invalid(f"The secret file {path} cannot be read.") from trouble
