"""What the learner sees of a text: two blocks of weighted features as one sparse vector. Pure."""

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import log, sqrt

Vector = dict[int, float]

_GRAMS = (2, 3, 4, 5)


class Features:
    """Counts in how many texts a feature occurs, and weighs the features of a text by it.

    Block W is stems and pairs of neighbouring stems; block C is the 2- to 5-grams of
    characters within words, which see through endings, compounds and misspellings. Each
    feature weighs (1 + ln tf) · idf and each block has length 1, so that φ·φ ≤ 2.
    """

    def __init__(self, *, characters: bool = True) -> None:
        self.characters = characters
        self.texts = 0
        self._ids: dict[str, int] = {}
        self._df = array("I")

    def count(self, words: Sequence[str], stems: Sequence[str]) -> None:
        """Take one more text into the statistics; its features are known from now on."""
        self.texts += 1
        for names in self._blocks(words, stems):
            for name in names:
                at = self._ids.setdefault(name, len(self._df))
                if at == len(self._df):
                    self._df.append(0)
                self._df[at] += 1

    def of(self, words: Sequence[str], stems: Sequence[str]) -> Vector:
        """Return φ of a text by feature number.

        Unknown features are left out but count in the length: a text that is half unknown is
        at most half like anything.
        """
        vector: Vector = {}
        for names in self._blocks(words, stems):
            vector.update(self._weighed(names))
        return vector

    def _blocks(self, words: Sequence[str], stems: Sequence[str]) -> Iterable[Counter[str]]:
        yield Counter(stems) + Counter(f"{a} {b}" for a, b in pairwise(stems))
        if self.characters:
            yield Counter(gram for word in words for gram in _grams(word))

    def _weighed(self, names: Counter[str]) -> Vector:
        block: Vector = {}
        square = 0.0
        for name, times in names.items():
            at = self._ids.get(name)
            weight = (1 + log(times)) * self._idf(self._df[at] if at is not None else 0)
            square += weight * weight
            if at is not None:
                block[at] = weight
        return {at: w / sqrt(square) for at, w in block.items()}

    def _idf(self, df: int) -> float:
        return log((1 + self.texts) / (1 + df)) + 1


def _grams(word: str) -> list[str]:
    """Return the character n-grams of `word` with its edges marked; `#` keeps them from stems."""
    edged = f"_{word[:40]}_"
    return ["#" + edged[at : at + size] for size in _GRAMS for at in range(len(edged) - size + 1)]


def dot(a: Vector, b: Vector) -> float:
    """Return the scalar product of two sparse vectors."""
    if len(b) < len(a):
        a, b = b, a
    return sum(weight * b[at] for at, weight in a.items() if at in b)
