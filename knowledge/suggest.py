"""Which articles answer a question, how surely, and why. Pure; learns from each solved case."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from math import sqrt
from operator import mul
from random import Random

from msgspec import Struct

from knowledge.candidates import BODY, PHRASES, TITLE, Postings
from knowledge.confidence import Confidence, Signs
from knowledge.features import Features, Vector, dot
from knowledge.learn import Example, Learner, Lesson, kept, rehearse
from knowledge.text import LIMIT, Speller, spelled, stem, tokens, without_addresses

PHRASE_CAP = 50
CANDIDATES, MORE = 40, 20
BODY_LIMIT = 20_000  # characters of an article's body that are indexed
_OWN = 2.0  # what an article's own words weigh against what was learned


class ArticleText(Struct, frozen=True, kw_only=True):
    """What the suggester reads of an article."""

    id: int
    title: str
    phrases: tuple[str, ...] = ()
    body: str = ""
    language: str = "en"
    public: bool = True  # may be shown to customers


class Suggestion(Struct, frozen=True, kw_only=True):
    """One article for one question. `confidence` is the chance that it is the answer."""

    article_id: int
    score: float
    confidence: float
    reason: str
    words: tuple[str, ...] = ()  # words of the question found in the article, the rarest first
    coverage: float = 0.0  # weight of the question's words that the article holds, 0 to 1


class _Query(Struct, frozen=True):
    words: list[str]
    stems: list[str]
    phi: Vector


class _Article:
    """The suggester's own record of an article: its phrases and the centroid of its words."""

    def __init__(self, article: ArticleText) -> None:
        self.id = article.id
        self.language = article.language
        self.public = article.public
        self.title = article.title
        self.phrases = list(dict.fromkeys(article.phrases))[:PHRASE_CAP]
        self.solved = 0
        self.centroid: tuple[array[int], array[float]] | None = None

    def texts(self) -> list[str]:
        return [self.title, *self.phrases]


class Suggester:
    """Finds answers among articles. Deterministic; one per process, kept fresh by index.py.

    `put` and `drop` follow the articles; `learn` takes one solved case and counts in the very
    next question; `practise` goes over all examples again, for the night.
    """

    def __init__(self, articles: Iterable[ArticleText] = (), *, characters: bool = True) -> None:
        self.confidence = Confidence()
        self.examples: list[Example] = []
        self._features = Features(characters=characters)
        self._postings = Postings()
        self._trigrams = Postings()
        self._speller = Speller({})
        self._learner = Learner()
        self._articles: dict[int, _Article] = {}
        self._kinds: Counter[tuple[str | None, bool]] = Counter()  # by language and publicity
        self._phis: dict[tuple[str, str], Vector] = {}
        for article in articles:
            self.put(article)

    def __len__(self) -> int:
        return len(self._articles)

    def put(self, article: ArticleText) -> None:
        """Take an article in, or its new version; what was learned about it stays."""
        before = self._articles.get(article.id)
        new = _Article(article)
        if before is not None:
            learned = [e.text for e in self.examples if e.article_id == article.id]
            new.phrases = kept([*new.phrases, *learned], PHRASE_CAP)
            new.solved = before.solved
            self._kinds[before.language, before.public] -= 1
        self._kinds[new.language, new.public] += 1
        self._articles[article.id] = new
        self._index(new, tokens(article.body[:BODY_LIMIT]))

    def drop(self, article_id: int) -> None:
        """Forget an article and what was learned about it."""
        gone = self._articles.pop(article_id, None)
        if gone is None:
            return
        self._kinds[gone.language, gone.public] -= 1
        self._postings.drop(article_id)
        self._trigrams.drop(article_id)
        self._learner.forget(article_id)
        self.examples = [e for e in self.examples if e.article_id != article_id]

    def learn(self, text: str, article_id: int) -> None:
        """Learn that `article_id` answered `text`; unknown articles and empty texts are ignored."""
        article = self._articles.get(article_id)
        text = without_addresses(text[:LIMIT]).strip()
        if article is None or not tokens(text):
            return
        article.solved += 1
        self.examples.append(Example(text, article_id))
        self._join(article, text)
        self._learner.study(self._lesson(self.examples[-1]))

    def practise(self, rng: Random, passes: int = 5) -> None:
        """Go over all examples again in shuffled passes and keep the averaged weights."""
        self._phis.clear()
        for article in self._articles.values():
            article.centroid = None
        self._learner = rehearse([self._lesson(e) for e in self.examples], rng, passes)

    def suggest(
        self,
        text: str,
        *,
        limit: int = 3,
        language: str | None = None,
        public_only: bool = False,
        earlier: Sequence[str] = (),
    ) -> list[Suggestion]:
        """Return at most `limit` articles for a question, best first.

        `text` is the subject and the last message without quotes; `earlier` up to two turns
        before it, at half weight. Articles in another `language` are left out as long as there
        are any in it; `public_only` leaves out what customers may not see.
        """
        query = self._query(text, earlier, language)
        found = self._candidates(query, self._gate(language, public_only))
        if not found:
            return []
        scored = self._scored(query, found)
        ranked = sorted(scored, key=lambda one: (-one[1], one[0]))[:limit]
        return [self._explained(query, found, ranked, at) for at in range(len(ranked))]

    def spelled(self, text: str, language: str | None = None) -> list[str]:
        """Return the words of `text` as they were meant."""
        return spelled(text, language or "en", self._speller)

    # Indexing

    def _index(self, article: _Article, body: list[str]) -> None:
        language = article.language
        title, phrases = tokens(article.title), [tokens(p) for p in article.phrases]
        flat = [word for phrase in phrases for word in phrase]
        stems = {TITLE: _stems(title, language), PHRASES: _stems(flat, language)}
        self._postings.put(article.id, [*stems.items(), (BODY, _stems(body, language))])
        self._trigrams.put(article.id, [(TITLE, _trigrams(title)), (PHRASES, _trigrams(flat))])
        for text in [title, *phrases]:
            self._features.count(text, _stems(text, language))
        self._speller.learn([*title, *flat, *body])

    def _join(self, article: _Article, text: str) -> None:
        words = tokens(text)
        stems = _stems(words, article.language)
        self._features.count(words, stems)
        self._speller.learn(words)
        if text in article.phrases:
            return
        phrases = kept([*article.phrases, text], PHRASE_CAP)
        for gone in set(article.phrases) - set(phrases):
            self._weigh(article, tokens(gone), -PHRASES)
        self._weigh(article, words, PHRASES)
        article.phrases = phrases
        article.centroid = None

    def _weigh(self, article: _Article, words: list[str], weight: float) -> None:
        self._postings.add(article.id, weight, _stems(words, article.language))
        self._trigrams.add(article.id, weight, _trigrams(words))

    # Asking

    def _query(self, text: str, earlier: Sequence[str], language: str | None) -> _Query:
        tongue = language or "en"
        words = spelled(text, tongue, self._speller)
        stems = _stems(words, tongue)
        phi = self._features.of(words, stems)
        for turn in earlier[-2:]:
            before = spelled(turn, tongue, self._speller)
            for at, weight in self._features.of(before, _stems(before, tongue)).items():
                phi[at] = phi.get(at, 0.0) + weight / 2
        return _Query(words, stems, _scaled(phi))

    def _gate(self, language: str | None, public_only: bool) -> Callable[[int], bool]:
        """Return which articles may be shown: readable ones, in the language if it has any."""
        count = self._kinds[language, True] + (0 if public_only else self._kinds[language, False])

        def may_show(article_id: int) -> bool:
            article = self._articles[article_id]
            readable = article.public or not public_only
            return readable and (not count or article.language == language)

        return may_show

    def _candidates(self, query: _Query, may_show: Callable[[int], bool]) -> dict[int, float]:
        best = self._postings.best(query.stems, CANDIDATES, may_show)
        found = dict(best)
        known = sum(self._postings.knows(s) for s in query.stems)
        if 2 * known <= len(query.stems) or not found:
            for at, _ in self._trigrams.best(_trigrams(query.words), MORE, may_show):
                found.setdefault(at, 0.0)
        return found

    def _scored(self, query: _Query, found: dict[int, float]) -> list[tuple[int, float]]:
        ids = sorted(found)
        learned = [self._pa(query.phi, at) for at in ids]
        if len(self._articles) < 5:
            weight = self._weight(query)
            return [
                (at, pa / (2 * _OWN) + self._coverage(query, at, weight))
                for at, pa in zip(ids, learned, strict=True)
            ]
        share = 0.3 if self.examples else 1.0
        bm25 = _z([found[at] for at in ids])
        return [
            (at, pa + share * words) for at, pa, words in zip(ids, _z(learned), bm25, strict=True)
        ]

    def _pa(self, phi: Vector, article_id: int) -> float:
        return self._own(phi, article_id) + self._learner.score(phi, article_id)

    def _own(self, phi: Vector, article_id: int) -> float:
        """Return how near φ is to an article's own words, before any learning."""
        ids, weights = self._centroid(self._articles[article_id])
        return _OWN * float(sum(map(mul, weights, map(phi.get, ids, repeat(0.0)))))

    def _lesson(self, example: Example) -> Lesson:
        language = self._articles[example.article_id].language
        phi = self._phi(example.text, language)
        stems = _stems(tokens(example.text), language)
        found = self._postings.best(stems, CANDIDATES, self._articles.__contains__)
        rivals = {at for at, _ in found} | {example.article_id}
        return Lesson(phi, example.article_id, {at: self._own(phi, at) for at in sorted(rivals)})

    def _centroid(self, article: _Article) -> tuple["array[int]", "array[float]"]:
        if article.centroid is None:
            texts = article.texts()
            total: Vector = {}
            for text in texts:
                for at, weight in self._phi(text, article.language).items():
                    total[at] = total.get(at, 0.0) + weight
            length = sqrt(dot(total, total) / 2) or 1.0
            article.centroid = (
                array("I", total.keys()),
                array("f", [weight / length for weight in total.values()]),
            )
        return article.centroid

    def _phi(self, text: str, language: str) -> Vector:
        key = (text, language)
        if key not in self._phis:
            if len(self._phis) > 1_000:
                self._phis.clear()
            words = tokens(text)
            self._phis[key] = self._features.of(words, _stems(words, language))
        return self._phis[key]

    # Explaining

    def _weight(self, query: _Query) -> float:
        return sum(self._postings.idf(s) for s in set(query.stems))

    def _coverage(self, query: _Query, article_id: int, weight: float) -> float:
        held = (s for s in set(query.stems) if self._postings.has(article_id, s))
        return sum(self._postings.idf(s) for s in held) / weight if weight else 0.0

    def _explained(
        self,
        query: _Query,
        found: dict[int, float],
        ranked: Sequence[tuple[int, float]],
        at: int,
    ) -> Suggestion:
        article = self._articles[ranked[at][0]]
        pa = [self._pa(query.phi, one) for one, _ in ranked]
        rivals = [score for other, score in enumerate(pa) if other != at]
        weight = self._weight(query)
        signs = Signs(
            bm25=found[article.id] / weight if weight else 0.0,
            top=pa[at],
            margin=pa[at] - max(rivals, default=0.0),
            cosine=max(dot(query.phi, self._phi(t, article.language)) for t in article.texts()) / 2,
            coverage=self._coverage(query, article.id, weight),
        )
        words = self._matched(query, article.id)
        return Suggestion(
            article_id=article.id,
            score=ranked[at][1],
            confidence=self.confidence.of(signs),
            reason=_reason(article.solved, words),
            words=words,
            coverage=signs.coverage,
        )

    def _matched(self, query: _Query, article_id: int) -> tuple[str, ...]:
        pairs = dict(zip(query.words, query.stems, strict=True))
        held = [w for w, s in pairs.items() if self._postings.has(article_id, s)]
        held.sort(key=lambda w: -self._postings.idf(pairs[w]))
        return tuple(w for w in held if len(w) > 2)[:6]


def _reason(solved: int, words: Sequence[str]) -> str:
    """Return why an article is shown, in one line."""
    same = f"same words: {', '.join(words[:4])}" if words else "similar spelling"
    if not solved:
        return same[0].upper() + same[1:]
    cases = "1 case like this was" if solved == 1 else f"{solved} cases like this were"
    return f"{cases} closed with it; {same}"


def _stems(words: Sequence[str], language: str) -> list[str]:
    return [stem(word, language) for word in words]


def _trigrams(words: Iterable[str]) -> list[str]:
    return [f" {w[:40]} "[at : at + 3] for w in words for at in range(min(len(w), 40))]


def _scaled(phi: Vector) -> Vector:
    """Return φ with φ·φ ≤ 2 again after earlier turns were added."""
    square = dot(phi, phi)
    by = sqrt(2 / square) if square > 2 else 1.0
    return {at: weight * by for at, weight in phi.items()}


def _z(values: Sequence[float]) -> list[float]:
    """Return `values` as distances from their mean in standard deviations; zeros when alike."""
    mean = sum(values) / len(values)
    spread = sqrt(sum((v - mean) ** 2 for v in values) / len(values))
    return [(v - mean) / spread if spread > 1e-12 else 0.0 for v in values]
