"""Whether somebody wants a person, in every language at once and with typos. Pure."""

from collections.abc import Collection, Iterable, Sequence

from rapidfuzz.distance import OSA

from bot.flows.phrasebook import HandOverWords, Words
from knowledge.text import tokens

LIMIT = 600  # characters at either end of a message that are read
_REACH = 5  # words between asking and whom for
_SHORT = 3  # words of a message that is nothing but the wish


class HandOver:
    """Finds the wish for a person. Compiled once from the words of all languages."""

    def __init__(self, books: Iterable[Words]) -> None:
        held = [words.hand_over for words in books]
        self._books = [_Compiled(words) for words in held]
        self._identity = [tuple(one.split()) for words in held for one in sorted(words.identity)]

    def wanted(self, text: str) -> bool:
        """Return whether `text` asks for a person, or not to talk with a machine."""
        read = text if len(text) <= 2 * LIMIT else f"{text[:LIMIT]} {text[-LIMIT:]}"
        words = self._without_identity(tokens(read.replace("-", " ")))
        return any(book.wanted(words) for book in self._books)

    def _without_identity(self, words: Sequence[str]) -> Sequence[str]:
        """Cut out "are you a real person": it asks what we are."""
        for phrase in self._identity:
            for at in range(len(words) - len(phrase) + 1):
                if tuple(words[at : at + len(phrase)]) == phrase:
                    return [*words[:at], *words[at + len(phrase) + _REACH :]]
        return words


class _Compiled:
    """The words of one language."""

    def __init__(self, words: HandOverWords) -> None:
        self._words = words
        self._phrases = [tuple(phrase.split()) for phrase in sorted(words.phrases)]

    def wanted(self, words: Sequence[str]) -> bool:
        said = [self._class_of(word) for word in words]
        return (
            self._has_phrase(words)
            or self._is_short_wish(words, said)
            or self._scolds(words, said)
            or any(self._asks_at(said, at) for at in range(len(said)))
        )

    def _class_of(self, word: str) -> frozenset[str]:
        """Return what a word may stand for: talk, pass, want, person …"""
        held = self._words
        kinds = {
            "talk": held.talk,
            "pass": held.pass_on,
            "me": held.me,
            "want": held.want,
            "person": held.person,
            "somebody": held.somebody,
            "real": held.real,
            "machine": held.machine,
            "against": held.against,
            "scold": held.scold,
        }
        exact = frozenset(kind for kind, known in kinds.items() if word in known)
        if exact or word in held.near_misses:
            return exact
        typed = {kind: kinds[kind] for kind in ("talk", "pass", "person", "machine")}
        return frozenset(kind for kind, known in typed.items() if _is_typo_of(word, known))

    def _has_phrase(self, words: Sequence[str]) -> bool:
        return any(
            tuple(words[at : at + len(phrase)]) == phrase
            for phrase in self._phrases
            for at in range(len(words) - len(phrase) + 1)
        )

    def _is_short_wish(self, words: Sequence[str], said: Sequence[frozenset[str]]) -> bool:
        """`agent`, `human please`, `a real person`: little else than the noun."""
        counted = any(word.isdigit() or word == "one" for word in words)
        return len(said) <= _SHORT and any("person" in kinds for kinds in said) and not counted

    def _scolds(self, words: Sequence[str], said: Sequence[frozenset[str]]) -> bool:
        """`this bot is stupid`, `wasting time with a machine`."""
        return any(
            "machine" in said[at]
            and word != "you"
            and _any(said[max(0, at - 4) : at + 4], {"scold"})
            for at, word in enumerate(words)
        )

    def _asks_at(self, said: Sequence[frozenset[str]], at: int) -> bool:
        kinds = said[at]
        ahead = said[at + 1 : at + 1 + _REACH]
        if "talk" in kinds and _any(ahead, {"person", "somebody"}):
            return True  # talk to a person, speak with someone else
        if "talk" in kinds and _any(ahead[:3], {"machine"}):
            return _any(said[max(0, at - 4) : at], {"against"})  # do not want to talk to a bot
        if "pass" in kinds and _any(ahead[:2], {"me"}):
            return _any(ahead, {"person", "somebody"}) or "through" in kinds
        if "want" in kinds and _any(ahead[:3], {"person"}):
            return True  # I need an agent, give me a human
        if "want" in kinds and _any(ahead[:1], {"me"}) and _any(ahead[1:3], {"somebody"}):
            return True  # get me someone else
        if "real" in kinds and _any(ahead[:1], {"person"}):
            return True
        return "somebody" in kinds and _any(ahead[:3], {"talk"})  # is there anyone I can talk to


def _any(said: Sequence[frozenset[str]], wanted: Collection[str]) -> bool:
    return any(kind in kinds for kinds in said for kind in wanted)


def _is_typo_of(word: str, known: Iterable[str]) -> bool:
    """Return whether `word` is a slip of one of `known`: one edit, from eight letters two."""
    if len(word) < 4 or not word.isalpha():
        return False
    for other in known:
        reach = 1 if len(other) < 8 else 2
        if len(other) < 4 or abs(len(word) - len(other)) > reach:
            continue
        if OSA.distance(word, other, score_cutoff=reach) > reach:
            continue
        if len(other) > 4 and (word[0] == other[0] or sorted(word) == sorted(other)):
            return True
        if len(other) == 4 and sorted(word) == sorted(other):
            return True  # of a short word only a swap: `tlak`, never `walk`
    return False
