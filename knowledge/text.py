"""Words out of text: folding, tokens, stems, and the speller. Pure."""

import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import snowballstemmer
from rapidfuzz import process
from rapidfuzz.distance import OSA

LIMIT = 4_000  # characters of a question that are read; more says nothing new
_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|\S+@\S+|(?<!\w)@\w+", re.IGNORECASE)
_STEMMERS = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nl": "dutch",
    "no": "norwegian",
    "nb": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "tr": "turkish",
}
_STEMMER_LOCK = threading.Lock()  # a snowball stemmer keeps the word it works on in itself


def norm(text: str) -> str:
    """Return `text` for comparison: compatibility forms apart, lower case, no combining marks."""
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in apart if not unicodedata.combining(c)).lower()


def tokens(text: str) -> list[str]:
    """Return the words of `text`, folded by `norm`, in order."""
    return _WORD.findall(norm(text))


def without_addresses(text: str) -> str:
    """Return `text` without web addresses, mail addresses and handles: they are no words."""
    return _ADDRESS.sub(" ", text)


@lru_cache(maxsize=65_536)
def stem(word: str, language: str) -> str:
    """Return the stem of a folded `word`; the word itself in a language without a stemmer."""
    if len(word) < 3 or len(word) > 40:
        return word
    stemmer = _stemmer(language)
    if stemmer is None:
        return word
    with _STEMMER_LOCK:
        return str(stemmer.stemWord(word))


@lru_cache(maxsize=32)
def _stemmer(language: str) -> Any:
    name = _STEMMERS.get(language)
    return snowballstemmer.stemmer(name) if name in snowballstemmer.algorithms() else None


class Speller:
    """Turns a mistyped word into the vocabulary word that was meant.

    Only words of four letters or more without digits that the vocabulary does not hold; one
    edit under eight letters, two from eight on (a swap of neighbours is one edit).
    """

    def __init__(self, words: Mapping[str, int]) -> None:
        self._counts: Counter[str] = Counter()
        self._by_length: dict[int, list[str]] = {}
        self._answers: dict[str, str | None] = {}
        self.learn(words)

    def learn(self, words: Mapping[str, int] | Iterable[str]) -> None:
        """Add `words` to the vocabulary, with their counts where they are given."""
        counts = Counter(words)
        for word in counts:
            if word not in self._counts:
                self._by_length.setdefault(len(word), []).append(word)
        self._counts.update(counts)
        self._answers.clear()

    def __contains__(self, word: str) -> bool:
        return word in self._counts

    def meant(self, word: str) -> str | None:
        """Return the vocabulary word nearest to `word`, or None: it is known, or too far off."""
        if len(word) < 4 or len(word) > 40 or word in self._counts or not word.isalpha():
            return None
        if word not in self._answers:
            if len(self._answers) > 20_000:
                self._answers.clear()
            self._answers[word] = self._nearest(word)
        return self._answers[word]

    def _nearest(self, word: str) -> str | None:
        reach = 1 if len(word) < 8 else 2
        found: list[tuple[int, bool, int, str]] = []
        for length in range(len(word) - reach, len(word) + reach + 1):
            near = process.extract(
                word,
                self._by_length.get(length, []),
                scorer=OSA.distance,
                processor=None,
                score_cutoff=reach,
                limit=None,
            )
            found += [
                (int(distance), other[0] != word[0], -self._counts[other], other)
                for other, distance, _ in near
            ]
        return min(found)[3] if found else None


def names_in(text: str) -> frozenset[str]:
    """Return the folded words that look like names: capitals inside a sentence of small letters.

    The speller leaves them alone. German writes every noun so: do not ask for German text.
    """
    if text.isupper():
        return frozenset()
    inside = re.findall(r"(?<=[\w,;] )[^\W\d_]\w*", text)
    return frozenset(norm(word) for word in inside if word[0].isupper() and not word.isupper())


def spelled(text: str, language: str, speller: Speller) -> list[str]:
    """Return the words of a question with its misspellings mended; addresses are left out."""
    text = without_addresses(text[:LIMIT])
    kept = frozenset[str]() if language == "de" else names_in(text)
    return [word if word in kept else speller.meant(word) or word for word in tokens(text)]
