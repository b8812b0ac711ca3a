"""The table of contracts: a sentence each, the tests that prove it, and each channel's cell.

A contract is declared by decorating its test: the channels that the test runs for are the cells
that say "done", so no cell can say so without a test. Channels whose capabilities lack what the
contract needs are "not offered by the network"; `instead` adds a test of what Parley honestly
does there.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest

from channels import registry
from desk.ports.channel import Capabilities

KINDS = ("email", "chat", "telegram", "slack")
CAPABILITIES: Mapping[str, Capabilities] = {
    kind: registry.channel_class(kind).capabilities for kind in KINDS
}

Test = Callable[..., Any]


class Cell(StrEnum):
    """What a channel makes of a contract."""

    DONE = "done"
    ABSENT = "not offered by the network"
    OPEN = "not done"


@dataclass
class Contract:
    """One promise; `test` proves it, `honest` what happens where the network has no such thing."""

    sentence: str
    test: Test | None  # None: nothing is promised yet
    needs: tuple[str, ...] = ()  # fields of Capabilities, each of which must hold
    undone: tuple[str, ...] = ()  # kinds that could and do not
    honest: Test | None = None
    instead: str = ""

    def cell(self, kind: str) -> Cell:
        """Return what the table says of a channel."""
        if self.test is not None and kind in kinds_of(self.test):
            return Cell.DONE
        return Cell.OPEN if kind in self.undone else Cell.ABSENT


@dataclass
class Part:
    """The contracts of one module, in order; its first docstring line is the heading."""

    title: str
    contracts: list[Contract] = field(default_factory=list)


PARTS: dict[str, Part] = {}


def contract(
    sentence: str,
    *,
    needs: str | tuple[str, ...] = (),
    only: Iterable[str] = KINDS,
    undone: Iterable[str] = (),
) -> Callable[[Test], Test]:
    """Declare a test as the proof of a contract, for each channel that can keep it.

    Args:
        needs: fields of Capabilities; where one is empty, the network does not offer this.
        only: the networks that have it, where no capability tells.
        undone: where it could be and is not done; the table says so until a capability claims it.
    """
    fields = (needs,) if isinstance(needs, str) else needs
    kinds = [kind for kind in KINDS if kind in only and has(kind, fields)]
    if not fields:
        kinds = [kind for kind in kinds if kind not in undone]

    def declare(test: Test) -> Test:
        bound = _bound(test, kinds)
        part = PARTS.setdefault(test.__module__, Part(_heading(test)))
        part.contracts.append(Contract(sentence, bound, fields, tuple(undone)))
        return bound

    return declare


def promise(sentence: str, needs: str, *, module: str, undone: Iterable[str]) -> None:
    """Name a contract that no channel keeps yet, though the networks `undone` could."""
    PARTS[module].contracts.append(Contract(sentence, None, (needs,), tuple(undone)))


def instead(of: Test, sentence: str, only: Iterable[str] = KINDS) -> Callable[[Test], Test]:
    """Declare a test of what Parley does where the contract proved by `of` cannot be kept."""
    (kept,) = [one for part in PARTS.values() for one in part.contracts if one.test is of]
    kinds = [kind for kind in KINDS if kind in only and kind not in kinds_of(of)]

    def declare(test: Test) -> Test:
        kept.honest, kept.instead = _bound(test, kinds), sentence
        return kept.honest

    return declare


def has(kind: str, fields: Iterable[str]) -> bool:
    """Return whether a channel says of itself that it has all of this."""
    return all(getattr(CAPABILITIES[kind], one) for one in fields)


def kinds_of(test: Test) -> list[str]:
    """Return the channels a test runs for, as pytest sees them."""
    (mark,) = [mark for mark in marks(test) if mark.name == "parametrize"]
    return list(mark.args[1])


def marks(test: Test) -> list[pytest.Mark]:
    """Return the marks on a test."""
    found: list[pytest.Mark] = getattr(test, "pytestmark", [])
    return found


def _bound(test: Test, kinds: list[str]) -> Test:
    world = next(iter(inspect.signature(test).parameters))
    bound: Test = pytest.mark.parametrize(world, kinds, indirect=True)(test)
    return bound


def _heading(test: Test) -> str:
    words = inspect.getdoc(inspect.getmodule(test)) or ""
    return words.splitlines()[0].rstrip(".")
