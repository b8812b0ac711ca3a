"""The bot's words in every language, read from words/LANG.yaml."""

from functools import lru_cache
from pathlib import Path

import msgspec
import yaml
from msgspec import Struct

from desk.satisfaction.words import RatingWords
from knowledge.text import tokens

FALLBACK = "en"
_FOLDER = Path(__file__).parent / "words"


class Sentences(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it says. Names in braces are filled in."""

    greeting: str
    what: str
    more: str
    answer: str
    another: str
    solved_it: str
    menu: str
    solved: str
    hand_over: str
    closed: str
    away: str  # begins a letter to who left before reading our answer
    transcript: str  # begins a letter with a whole conversation
    you: str  # who speaks there where the customer does
    number: str  # once, below what opened a case
    receipt: str  # the same to who wrote in a form, where nothing of his can be seen
    merged: str


class Labels(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands on its buttons."""

    yes: str
    no: str
    person: str
    other: str = msgspec.field(name="else")


class Understood(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it understands where nobody pressed a button: whole messages, and alarm words."""

    yes: frozenset[str]
    no: frozenset[str]
    other: frozenset[str] = msgspec.field(name="else")
    hello: frozenset[str]
    alarm: frozenset[str]


class HandOverWords(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words of a wish for a person: see handoff.py for how they combine."""

    talk: frozenset[str]
    pass_on: frozenset[str] = msgspec.field(name="pass")
    me: frozenset[str]
    want: frozenset[str]
    person: frozenset[str]
    somebody: frozenset[str]
    real: frozenset[str]
    machine: frozenset[str]
    against: frozenset[str]
    scold: frozenset[str]
    phrases: frozenset[str]
    near_misses: frozenset[str] = frozenset()  # other words one slip away from one of these
    identity: frozenset[str]  # "are you …": asks what we are, and wishes for nothing


class Replies(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said to somebody who asked for something beside his cases' messages."""

    name: str  # of the language, in it
    cases: str
    case: str
    more: str
    none: str
    states: dict[str, str]
    answered: str
    unanswered: str
    alone: str  # asked where others read along
    new: str
    which: str
    language: str
    quiet: str


class Words(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One language."""

    language: str
    sentences: Sentences
    choices: Labels
    rating: RatingWords
    understood: Understood
    hand_over: HandOverWords
    replies: Replies

    def means(self, text: str, said: frozenset[str]) -> bool:
        """Return whether the whole of `text` is one of the things in `said`."""
        return " ".join(tokens(text[:200])) in said


@lru_cache(maxsize=1)
def all_words() -> dict[str, Words]:
    """Return every language there is a file for. Reads files: call it before a loop runs."""
    found = (_read(path) for path in sorted(_FOLDER.glob("*.yaml")))
    return {words.language: words for words in found}


def words_for(language: str | None) -> Words:
    """Return the words of a language, the English ones where there are none."""
    books = all_words()
    return books.get(language or FALLBACK, books[FALLBACK])


def rating_words(language: str | None) -> tuple[str, RatingWords]:
    """Return what a customer of this language is asked with, and the language it is in."""
    words = words_for(language)
    return words.language, words.rating


def _read(path: Path) -> Words:
    return msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Words)
