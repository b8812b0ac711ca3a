"""What solved cases teach: one weight row per article, moved by each example. Pure."""

from collections.abc import Iterable, Sequence
from random import Random

from msgspec import Struct

from knowledge.features import Vector, dot

CAP = 0.1  # the largest step one example may take
MARGIN = 1.0  # how far the right article should be ahead


class Example(Struct, frozen=True):
    """A text and the article that answered it."""

    text: str
    article_id: int


class Lesson(Struct, frozen=True):
    """An example as the learner sees it: φ, the right article, and who competes.

    `standing` holds the score of each competitor, the right one included, before learning.
    """

    phi: Vector
    right: int
    standing: dict[int, float]


class Learner:
    """Multiclass passive-aggressive: when a rival is too near, right and rival move apart.

    Only the difference that learning makes is kept here, a sparse row per article; what an
    article's own words are worth comes with each lesson.
    """

    def __init__(self) -> None:
        self._rows: dict[int, Vector] = {}

    def score(self, phi: Vector, article_id: int) -> float:
        """Return what learning adds to an article's score for φ; 0 for one it never met."""
        row = self._rows.get(article_id)
        return dot(phi, row) if row else 0.0

    def study(self, lesson: Lesson) -> tuple[int, float]:
        """Learn one example; return the rival it moved and how far, 0 when all was well."""
        scores = {at: s + self.score(lesson.phi, at) for at, s in lesson.standing.items()}
        own = scores.pop(lesson.right)
        square = dot(lesson.phi, lesson.phi)
        if not scores or not square:
            return lesson.right, 0.0
        rival = min(scores, key=lambda at: (-scores[at], at))
        loss = MARGIN - own + scores[rival]
        tau = min(CAP, loss / (2 * square)) if loss > 0 else 0.0
        self.move(lesson, rival, tau)
        return rival, tau

    def move(self, lesson: Lesson, rival: int, by: float) -> None:
        """Move the right article towards φ and `rival` away from it."""
        for article_id, signed in ((lesson.right, by), (rival, -by)) if by else ():
            row = self._rows.setdefault(article_id, {})
            for at, weight in lesson.phi.items():
                row[at] = row.get(at, 0.0) + signed * weight

    def forget(self, article_id: int) -> None:
        """Drop what was learned about an article."""
        self._rows.pop(article_id, None)

    def subtract(self, drift: "Learner", steps: int) -> None:
        """Take drift / steps away: from the last state to the mean of all states."""
        for article_id, moves in drift._rows.items():
            row = self._rows[article_id]
            for at, weight in moves.items():
                row[at] -= weight / steps


def rehearse(lessons: Sequence[Lesson], rng: Random, passes: int = 5) -> Learner:
    """Return a learner taught from nothing: shuffled passes, the average of all its states.

    Averaging keeps the last examples of a pass from weighing more than the first.
    """
    learner, drift = Learner(), Learner()
    order = list(lessons)
    steps = 0
    for _ in range(passes):
        rng.shuffle(order)
        for lesson in order:
            rival, tau = learner.study(lesson)
            drift.move(lesson, rival, tau * steps)
            steps += 1
    learner.subtract(drift, steps or 1)
    return learner


def kept(phrases: Iterable[str], cap: int) -> list[str]:
    """Return at most `cap` phrases: the newest half, and of the older the most different."""
    unique = list(dict.fromkeys(phrases))
    if len(unique) <= cap:
        return unique
    newest = unique[-(cap // 2) :]
    older = unique[: -(cap // 2)]
    while len(older) > cap - len(newest):
        older.pop(_most_alike(older))
    return older + newest


def _most_alike(phrases: Sequence[str]) -> int:
    """Return the index of the phrase that shares the largest part of its words with another."""
    bags = [frozenset(p.lower().split()) for p in phrases]

    def likeness(at: int) -> float:
        one = bags[at]
        others = (b for i, b in enumerate(bags) if i != at)
        return max((len(one & b) / (len(one | b) or 1) for b in others), default=0.0)

    return max(range(len(phrases)), key=lambda at: (likeness(at), -at))
