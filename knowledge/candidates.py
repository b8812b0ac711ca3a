"""Which articles are worth a closer look: BM25 over title, phrases and body, in memory. Pure."""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import log

TITLE, PHRASES, BODY = 3.0, 2.0, 1.0  # what one occurrence in each field counts
_K1, _B = 1.2, 0.75
_ALWAYS = 2  # this many words are asked for, however common
_BUDGET = 4_000  # postings read for one question


class Postings:
    """An inverted index of stems kept in sorted arrays: eight bytes a posting.

    A dropped article's postings stay behind as dead entries and are swept out when a third
    of all articles ever put are dead.
    """

    def __init__(self) -> None:
        self._slots: dict[int, int] = {}  # article id → slot; a slot is never used again
        self._articles: list[int | None] = []
        self._lengths = array("f")
        self._total = 0.0
        self._where: dict[str, tuple[array[int], array[float]]] = {}

    def put(self, article_id: int, fields: Iterable[tuple[float, Sequence[str]]]) -> None:
        """Index an article by the stems of its (weight, stems) fields, in place of before."""
        self.drop(article_id)
        self._slots[article_id] = len(self._articles)
        self._articles.append(article_id)
        self._lengths.append(0.0)
        for weight, stems in fields:
            self.add(article_id, weight, stems)

    def add(self, article_id: int, weight: float, stems: Sequence[str]) -> None:
        """Add `stems` to an article that is there; a negative `weight` takes them out again."""
        slot = self._slots[article_id]
        length = len(stems) if weight > 0 else -len(stems)
        self._lengths[slot] += length
        self._total += length
        for stem, times in Counter(stems).items():
            slots, weights = self._where.setdefault(stem, (array("I"), array("f")))
            at = bisect_left(slots, slot)
            if at == len(slots) or slots[at] != slot:
                slots.insert(at, slot)
                weights.insert(at, 0.0)
            weights[at] += weight * times

    def drop(self, article_id: int) -> None:
        """Forget an article; nothing happens when it is not there."""
        slot = self._slots.pop(article_id, None)
        if slot is None:
            return
        self._articles[slot] = None
        self._total -= self._lengths[slot]
        if len(self._articles) > 3 * len(self._slots) // 2 + 64:
            self._sweep()

    def idf(self, stem: str) -> float:
        """Return how much a stem tells: near zero where every article has it."""
        slots = self._where.get(stem)
        df = min(len(slots[0]), len(self._slots)) if slots else 0
        return log(1 + (len(self._slots) - df + 0.5) / (df + 0.5))

    def knows(self, stem: str) -> bool:
        """Return whether any article has it."""
        return stem in self._where

    def telling(self, stems: Iterable[str]) -> list[str]:
        """Return the known stems worth asking for: rarest first, as many as the budget allows."""
        known = sorted({s for s in stems if s in self._where}, key=lambda s: (-self.idf(s), s))
        told: list[str] = []
        read = 0
        for stem in known:
            read += len(self._where[stem][0])
            if read > _BUDGET and len(told) >= _ALWAYS:
                break
            told.append(stem)
        return told

    def best(
        self, stems: Iterable[str], limit: int, may_show: Callable[[int], bool]
    ) -> list[tuple[int, float]]:
        """Return up to `limit` article ids with their BM25 score, best first.

        Articles that `may_show` refuses are left out before the best are taken.
        """
        scores: dict[int, float] = {}
        mean = self._total / len(self._slots) if self._slots else 1.0
        for stem in self.telling(stems):
            idf = self.idf(stem)
            for slot, weight in zip(*self._where[stem], strict=True):
                tf = weight / (_K1 * (1 - _B + _B * self._lengths[slot] / (mean or 1.0)) + weight)
                scores[slot] = scores.get(slot, 0.0) + idf * (_K1 + 1) * tf
        ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
        found: list[tuple[int, float]] = []
        for slot, score in ranked:
            article = self._articles[slot]
            if article is not None and may_show(article):
                found.append((article, score))
                if len(found) == limit:
                    break
        return found

    def has(self, article_id: int, stem: str) -> bool:
        """Return whether an article holds `stem` in any field."""
        slot = self._slots.get(article_id)
        if slot is None or stem not in self._where:
            return False
        slots, weights = self._where[stem]
        at = bisect_left(slots, slot)
        return at < len(slots) and slots[at] == slot and weights[at] > 0

    def _sweep(self) -> None:
        moved = {slot: new for new, slot in enumerate(sorted(self._slots.values()))}
        self._lengths = array("f", [self._lengths[slot] for slot in moved])
        self._articles = [self._articles[slot] for slot in moved]
        self._slots = {article: moved[slot] for article, slot in self._slots.items()}
        swept: dict[str, tuple[array[int], array[float]]] = {}
        for stem, (slots, weights) in self._where.items():
            left = [(moved[s], w) for s, w in zip(slots, weights, strict=True) if s in moved]
            if left:
                swept[stem] = (array("I", [s for s, _ in left]), array("f", [w for _, w in left]))
        self._where = swept
