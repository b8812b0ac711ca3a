"""Words out of text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text import Speller, names_in, norm, spelled, stem, tokens, without_addresses

VOCABULARY = {"refund": 9, "delivery": 5, "address": 4, "deliver": 2, "invoice": 3}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("refnud", "refund"),  # a swap is one edit
        ("deliverry", "delivery"),
        ("delivrey", "delivery"),
        ("adress", "address"),
        ("refund", None),  # known
        ("ref", None),  # too short
        ("ab1234", None),  # an order number
        ("something", None),  # nothing near
    ],
)
def test_a_mistyped_word_becomes_the_nearest_known_one(typed: str, meant: str | None) -> None:
    assert Speller(VOCABULARY).meant(typed) == meant


def test_a_new_word_is_known_at_once() -> None:
    speller = Speller(VOCABULARY)
    assert speller.meant("wardobe") is None
    speller.learn(["wardrobe"])
    assert speller.meant("wardobe") == "wardrobe"


def test_names_addresses_and_handles_are_not_spelled() -> None:
    speller = Speller({"martin": 1, "example": 1, "write": 1})
    text = "Please tell Marten and @marton, posted to marton@exampel.com or https://exampel.com/x"
    assert spelled(text, "en", speller) == ["please", "tell", "marten", "and", "posted", "to", "or"]
    assert names_in("ALL IN CAPITALS") == frozenset()


def test_a_german_noun_is_spelled_although_it_has_a_capital() -> None:
    speller = Speller({"lieferung": 3})
    assert spelled("Wo ist meine Lieferumg", "de", speller)[-1] == "lieferung"


def test_accents_and_case_do_not_count() -> None:
    assert tokens("Où est MA Livraison ?") == ["ou", "est", "ma", "livraison"]
    assert norm("İstanbul") == "istanbul"


def test_stems_follow_the_language() -> None:
    assert stem("deliveries", "en") == stem("delivery", "en")
    assert stem("lieferungen", "de") == stem("lieferung", "de")
    assert stem("deliveries", "xx") == "deliveries"


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assert norm(norm(text)) == norm(text)
    assert isinstance(without_addresses(text), str)
    for word in spelled(text, "en", Speller(VOCABULARY)):
        assert word == norm(word)
