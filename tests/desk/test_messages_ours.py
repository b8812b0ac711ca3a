"""What we wrote and the customer repeats below his answer is cut; what he answers to is kept."""

import pytest

from desk.kit.text import letters_of
from desk.messages.ours import cut

OURS = "Dear Ada,\n\nyour **lamp** left our house on Monday and will be with you on Wednesday.\nBob"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"Thanks!\n\n{OURS}", "Thanks!"),
        (f"Thanks!\n> {OURS.replace(chr(10), chr(10) + '> ')}", "Thanks!"),
        (
            "Thanks!\n\n2026-11-28 Acme <help@acme.example>:\nDear Ada, your lamp left our\nhouse"
            " on Monday and will\nbe with you on Wednesday. Bob\n",
            "Thanks!",
        ),
        (
            "Thanks!\nyour lamp left our house on Monday and will be with you on Wednesday.",
            "Thanks!",
        ),
        (
            f"{OURS}\nBut it is not here, where is it now?",
            None,
        ),
        (f"Thanks!\n{OURS}\nNo: I live elsewhere now, send it to Ulm", None),
        ("Thanks!\nDear Ada, your lamp", None),
        (OURS, None),
        ("Monday?", None),
    ],
)
def test_only_a_repetition_at_the_end_is_cut(text: str, kept: str | None) -> None:
    assert cut(text, [letters_of(OURS)]) == (text if kept is None else kept)
