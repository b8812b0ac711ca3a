"""The scorecard of the channels says what the contracts say, and no contract says it untested."""

import msgspec

from desk.ports.channel import Capabilities
from tests.contracts.channels import scorecard
from tests.contracts.channels.table import (
    CAPABILITIES,
    KINDS,
    PARTS,
    Contract,
    Test,
    kinds_of,
    marks,
)

# Numbers and manners that the desk itself goes by: proved where the desk is.
ELSEWHERE = {"join_minutes", "retry_s", "patience_hours", "undo_s", "slots", "letters", "live"}


def contracts() -> list[Contract]:
    scorecard.modules()
    return [one for part in PARTS.values() for one in part.contracts]


def proofs() -> list[Test]:
    both = [test for one in contracts() for test in (one.test, one.honest)]
    return [test for test in both if test is not None]


def test_the_page_is_what_the_contracts_say() -> None:
    written = scorecard.PAGE.read_text(encoding="utf-8") if scorecard.PAGE.exists() else ""
    assert written == scorecard.page(), f"Write docs/channels.md anew: {scorecard.COMMAND}"


def test_each_word_of_it_has_a_test_that_runs() -> None:
    collected = {
        value
        for module in scorecard.modules()
        for name, value in vars(module).items()
        if name.startswith("test_") and value.__module__ == module.__name__
    }
    assert [test.__name__ for test in proofs() if test not in collected] == []
    off = [test for test in proofs() for mark in marks(test) if mark.name != "parametrize"]
    assert off == [], "A contract is kept or it is not: it is never skipped."
    assert [test.__name__ for test in proofs() if not kinds_of(test)] == []


def test_what_a_channel_says_of_itself_is_proved_by_a_contract() -> None:
    proved = {need for one in contracts() for need in one.needs}
    assert proved | ELSEWHERE == set(Capabilities.__struct_fields__)
    claimed = {
        (kind, need)
        for kind in KINDS
        for need in proved
        if getattr(CAPABILITIES[kind], need)
        and not any(need in one.needs and kind in _kinds(one) for one in contracts())
    }
    assert claimed == set(), "A capability that no contract shows to be true."


def test_no_two_contracts_say_the_same() -> None:
    sentences = [one.sentence for one in contracts()]
    assert len(sentences) == len(set(sentences))


def test_capabilities_are_plain_data() -> None:
    assert msgspec.json.decode(msgspec.json.encode(CAPABILITIES["email"]), type=Capabilities)


def _kinds(one: Contract) -> list[str]:
    return kinds_of(one.test) if one.test is not None else []
