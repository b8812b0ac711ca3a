"""How sure a suggestion is: a logistic over what speaks for it, correctable per desk. Pure."""

from math import exp

from msgspec import Struct


class Confidence(Struct, frozen=True, kw_only=True):
    """The logistic that turns what was found into a chance, and the desk's own correction."""

    bias: float = -5.19
    bm25: float = 0.50
    top: float = 2.39
    margin: float = 3.72
    cosine: float = 2.33
    coverage: float = 1.97
    scale: float = 1.0  # Platt scaling, learned from the desk's decisions
    shift: float = 0.0

    def of(self, signs: "Signs") -> float:
        """Return the chance, 0 to 1."""
        raw = (
            self.bias
            + self.bm25 * signs.bm25
            + self.top * signs.top
            + self.margin * signs.margin
            + self.cosine * signs.cosine
            + self.coverage * signs.coverage
        )
        return 1 / (1 + exp(-max(-30.0, min(30.0, self.scale * raw + self.shift))))


class Signs(Struct, frozen=True, kw_only=True):
    """What speaks for one article: the input of `Confidence`."""

    bm25: float  # its BM25 as a share of what the question's words could reach
    top: float  # the learner's score
    margin: float  # how far that is ahead of the best rival
    cosine: float  # likeness to the nearest title or phrase, 0 to 1
    coverage: float  # weight of the question's words that the article holds, 0 to 1
