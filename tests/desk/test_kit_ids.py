"""Signatures: whole or nothing, in constant time, and alive while a secret is changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.kit.ids import is_signed, keys_of, sign

OLD, NEW = "the old secret of the desk", "the new secret of the desk"


@given(payload=st.text(), purpose=st.text(alphabet="abc.", min_size=1))
def test_a_signature_is_for_its_payload_and_purpose_alone(payload: str, purpose: str) -> None:
    made = sign(OLD, purpose, payload)
    assert is_signed(OLD, purpose, payload, made)
    assert not is_signed(OLD, purpose, f"{payload}x", made)
    assert not is_signed(OLD, f"{purpose}x", payload, made)
    assert not is_signed(NEW, purpose, payload, made)


@pytest.mark.parametrize("length", [0, 1, 2, 31])
def test_a_part_of_a_signature_is_no_signature(length: int) -> None:
    made = sign(OLD, "door", "payload")
    assert not is_signed(OLD, "door", "payload", made[:length])
    assert not is_signed(OLD, "door", "payload", f"{made}0")
    assert not is_signed(OLD, "door", "payload", "é" * len(made))
    short = sign(OLD, "door", "payload", 10)
    assert is_signed(OLD, "door", "payload", short, 10)
    assert not is_signed(OLD, "door", "payload", short)


def test_a_secret_is_changed_while_old_signatures_are_about() -> None:
    both = f"{NEW}\n{OLD}\n"
    assert keys_of(both) == [NEW, OLD]
    assert sign(both, "door", "payload") == sign(NEW, "door", "payload")
    for made in (sign(OLD, "door", "payload"), sign(NEW, "door", "payload")):
        assert is_signed(both, "door", "payload", made)
    assert not is_signed(both, "door", "payload", sign("another", "door", "payload"))
