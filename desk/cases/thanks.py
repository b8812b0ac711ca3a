"""Whether a message only says thank you: then a resolved case stays resolved. Pure, and explained.

Every word of the message must be accounted for: thanks, contentment, courtesy, a name. A
question, a "but", a number, anything unknown, and the case is reopened as ever: to be silent
wrongly is worse than to look once more.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache, partial

from msgspec import Struct

from desk.cases.thanks_words import WORDS, ThanksWords
from desk.kit.text import fold
from desk.ports.messages import InboundMessage

SURE_FROM = 0.9
_AGREED = frozenset(("ok", "okay", "k", "kk", "oki", "vale", "alright", "jo"))
_LONGEST = 60  # words; beyond, there is more to it
_NAMES = 3  # unknown words with a capital letter that pass for names
_STRANGE = 0.12  # what an unknown word costs; a name costs a fifth of it
_TOKEN = re.compile(r"[^\W_]+")
_HEART = re.compile(
    "[\U0001f64f\U0001f44d\U0001f44c\u2764\u2665\U0001f496\U0001f60a\U0001f642\U0001f970]"
)
_DOUBT = re.compile(
    "[?\u00bf\u061f\uff1f\U0001f44e\U0001f621\U0001f620\U0001f622\U0001f62d\U0001f615]|https?://|@"
)


class Thanks(Struct, frozen=True, kw_only=True):
    """How sure it is that a message only says thank you (0 to 1), and why, in words."""

    score: float
    reason: str

    @property
    def is_sure(self) -> bool:
        """Whether a case may stay resolved for it."""
        return self.score >= SURE_FROM


def thanks(text: str, language: str | None = None) -> Thanks:
    """Return whether `text` only says thank you.

    `language` is a two-letter code; without one, or with one we do not know, each is tried.
    """
    if doubt := _DOUBT.search(text):
        return Thanks(score=0.0, reason=f"it has “{doubt[0]}”")
    spelled = _TOKEN.findall(text)
    if len(spelled) > _LONGEST:
        return Thanks(score=0.0, reason="it is long")
    if not spelled:
        heart = _HEART.search(text)
        return Thanks(score=0.95, reason=f"only {heart[0]}") if heart else _nothing()
    if language in WORDS:
        return _read(spelled, _compiled(WORDS[language]))
    return _read(spelled, min(map(_compiled, WORDS.values()), key=partial(_strangeness, spelled)))


def only_thanks(message: InboundMessage) -> Thanks | None:
    """Return why a customer's message only says thank you, None when there may be more to it."""
    if message.automation is not None or message.attachments or message.wants_person:
        return None
    found = thanks(message.text, message.language)
    return found if found.is_sure else None


def words_of(text: str) -> str:
    """Return the words of a message as they are compared: "Thanks, Ada!" is "thanks ada"."""
    return " ".join(map(fold, _TOKEN.findall(text)))


class _Book(Struct, frozen=True):
    """Phrases of one language by their kind, as tuples of folded words."""

    kinds: dict[tuple[str, ...], str]
    longest: int


@cache
def _compiled(words: ThanksWords) -> _Book:
    kinds: dict[tuple[str, ...], str] = {}
    for kind in ("more", "filler", "content", "thanks"):  # the later wins for the same phrase
        for phrase in getattr(words, kind).strip().replace("\n", "|").split("|"):
            kinds[tuple(phrase.split())] = kind
    return _Book(kinds, max(map(len, kinds)))


def _read(spelled: Sequence[str], book: _Book) -> Thanks:
    said: dict[str, list[str]] = {"thanks": [], "content": [], "filler": [], "strange": []}
    names = 0
    for words, kind in _phrases(spelled, book):
        if kind == "more":
            return Thanks(score=0.0, reason=f"it says “{' '.join(words)}”")
        is_name = kind == "strange" and words[0][:1].isupper() and words[0][1:].islower()
        if is_name and names < _NAMES and len(spelled) > 1:
            names += 1
        else:
            said[kind].append(" ".join(words))
    if not said["thanks"] and not said["content"]:
        agreed = {word.casefold() for word in spelled} <= _AGREED
        return Thanks(score=0.91, reason="it only agrees") if agreed else _nothing()
    cost = _STRANGE * (len(said["strange"]) + names / 5)
    base = 0.99 if said["thanks"] else 0.94  # "fine now" is less than "fine now, thanks"
    reason = f"it says “{(said['thanks'] + said['content'])[0]}” and nothing else"
    if said["strange"]:
        reason = f"it says “{said['strange'][0]}” too"
    return Thanks(score=round(max(0.0, base - cost), 3), reason=reason)


def _phrases(spelled: Sequence[str], book: _Book) -> Iterable[tuple[Sequence[str], str]]:
    """Yield the message's words with what they are, the longest known phrase first."""
    folded = [fold(word) for word in spelled]
    at = 0
    while at < len(folded):
        for length in range(min(book.longest, len(folded) - at), 0, -1):
            kind = book.kinds.get(tuple(folded[at : at + length]))
            if kind is not None:
                yield spelled[at : at + length], kind
                at += length
                break
        else:
            yield spelled[at : at + 1], "strange"
            at += 1


def _strangeness(spelled: Sequence[str], book: _Book) -> int:
    """Return how many words a language does not know: it is in the one that knows most of them."""
    return sum(kind == "strange" for _, kind in _phrases(spelled, book))


def _nothing() -> Thanks:
    return Thanks(score=0.0, reason="it thanks for nothing")
