"""What may be done with an article, what its file must say, and what feedback teaches. Pure."""

import re
import unicodedata
from enum import StrEnum

from msgspec import Struct

from knowledge.text import LIMIT, without_addresses


class State(StrEnum):
    """Where an article is in its life."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Visibility(StrEnum):
    """Who may read a published article."""

    PUBLIC = "public"
    INTERNAL = "internal"


class Outcome(StrEnum):
    """What became of a suggestion."""

    USED = "used"
    HELPFUL = "helpful"
    NOT_HELPFUL = "not_helpful"
    IGNORED = "ignored"


class ArticleDraft(Struct, frozen=True, kw_only=True):
    """An article as somebody writes it."""

    slug: str
    language: str
    title: str
    category: str
    body_md: str
    short_answer: str = ""
    visibility: Visibility = Visibility.PUBLIC
    phrases: tuple[str, ...] = ()
    source_path: str | None = None


TEACHES = frozenset({Outcome.USED, Outcome.HELPFUL})
RESERVED = frozenset({"", "search"})  # no slugs: the help centre has its own pages there
MENU_FROM, ANSWER_FROM = 0.35, 0.90  # confidence from which the bot offers a menu, or an answer

_NUMBER = re.compile(r"\w*\d[\w-]*")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_PARAGRAPH = re.compile(r"\n\s*\n")


def impersonal(text: str, limit: int = 500) -> str:
    """Return `text` fit to be kept: no addresses, no numbers, single spaces, cut to `limit`."""
    bare = _NUMBER.sub(" ", without_addresses(text[:LIMIT]))
    return " ".join(bare.split())[:limit].strip()


def slug_of(title: str) -> str:
    """Return the part of the address an article has: small ASCII letters, digits, hyphens.

    A title without any Latin letter has none: the caller falls back to what it has.
    """
    apart = unicodedata.normalize("NFKD", title.lower())
    ascii_only = "".join(c for c in apart if c.isascii())
    return _NOT_SLUG.sub("-", ascii_only).strip("-")[:80].strip("-")


def short_answer_of(body: str, limit: int = 400) -> str:
    """Return the first plain paragraph of a Markdown body: the answer where none is written."""
    for paragraph in _PARAGRAPH.split(body[:20_000]):
        line = " ".join(paragraph.split())
        if line and line[0] not in "#>|-*!`<" and not re.match(r"\d+[.)] ", line):
            return line if len(line) <= limit else line[: limit - 1].rsplit(" ", 1)[0] + "…"
    return ""
