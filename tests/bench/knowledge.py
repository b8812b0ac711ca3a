"""How well articles are found, on public questions: `python -m tests.bench knowledge [SETS]`.

One article per intent, titled with its name; k of its questions as solved cases, the others
asked. Which question is for what is told by a hash of its words, so every run splits alike.
"""

import hashlib
import json
import sqlite3
import sys
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from random import Random

from msgspec import Struct
from rapidfuzz import fuzz, process

from bot.flows.handoff import HandOver
from bot.flows.phrasebook import all_words
from knowledge.suggest import ArticleText, Suggester

SAMPLES = Path("../shared/data/knowledge")
ASKED = 1_500  # of the questions kept apart, in a fixed order
SETS = {
    "banking77": ("en", ("banking77.train.jsonl",)),
    "clinc150": ("en", ("clinc150.train.jsonl",)),
    "hwu64": ("en", ("hwu64.train.jsonl",)),
    "arabic": ("ar", ("arbanking_msa_pal.train30.jsonl",)),
}
SHOTS = (0, 3, 10, 30, None)


class Asked(Struct, frozen=True):
    """A question and the title of the article that answers it; "oos": none does."""

    text: str
    label: str


class Share(Struct, frozen=True):
    """How many questions had their article first, and among the first three."""

    first: float
    three: float

    def __str__(self) -> str:
        return f"{self.first:.3f}/{self.three:.3f}"


Find = Callable[[str], list[int]]  # a question in, article ids out, best first


def main(arguments: list[str]) -> int:
    """Print what is asked for, all without names; return the exit code."""
    if not SAMPLES.is_dir():
        print(f"The samples are not at {SAMPLES}.", file=sys.stderr)
        return 2
    chosen = [one for one in arguments if one in SETS]
    for name in chosen if arguments else SETS:
        _accuracy(name)
    if not arguments or "typos" in arguments:
        _typos()
    if not arguments or "scope" in arguments:
        _scope()
    if not arguments or "handover" in arguments:
        _handover()
    if not arguments or "speed" in arguments:
        _speed()
    return 0


def _accuracy(name: str) -> None:
    language, files = SETS[name]
    known, asked = split(read(*files))
    titles = sorted(known)
    print(f"\n{name}: {len(titles)} articles, {len(asked)} questions; top-1/top-3")
    print(f"{'k':>5} {'suggest':>12} {'fts5':>12} {'rapidfuzz':>12}")
    for shots in SHOTS:
        cases = {title: known[title][:shots] for title in titles}
        base = taught(titles, cases, language)
        rows = (
            partial(_ids, base, language=language),
            _fts5(titles, cases),
            _fuzzy(titles, cases),
        )
        shares = " ".join(f"{share(find, titles, asked)!s:>12}" for find in rows)
        print(f"{'all' if shots is None else shots:>5} {shares}", flush=True)


def _typos() -> None:
    known, asked = split(read("banking77.train.jsonl"))
    titles = sorted(known)
    base = taught(titles, {title: known[title][:10] for title in titles}, "en")
    print("\nbanking77, k = 10, words mistyped; top-1/top-3")
    for part in (0.0, 0.1, 0.2, 0.35):
        rng = Random(7)
        mistyped = [Asked(_mistyped(one.text, part, rng), one.label) for one in asked]
        found = share(partial(_ids, base), titles, mistyped)
        print(f"{part:>5.0%} {found!s:>12}", flush=True)


def _scope() -> None:
    """Print how well what no article answers is told from the rest, and how sure is sure."""
    known, asked = split([one for one in read("clinc150.train.jsonl") if one.label != "oos"])
    strangers = [one for one in read("clinc150.valid.jsonl") if one.label == "oos"]
    titles = sorted(known)
    mixed = asked[: 4 * len(strangers)] + strangers
    print(f"\nclinc150 with {len(strangers) / len(mixed):.0%} out of scope")
    print(f"{'k':>5} {'AUROC':>7} {'contained right at 95 %':>24} {'ECE':>6}")
    for shots in (10, 30, 100):
        base = taught(titles, {title: known[title][:shots] for title in titles}, "en")
        judged = [_judged(base, titles, one) for one in mixed]
        good = [sure for sure, _, within in judged if within]
        bad = [sure for sure, _, within in judged if not within]
        told = f"{auroc(good, bad):7.3f} {contained(judged):24.1%} {ece(judged):6.3f}"
        print(f"{shots:>5} {told}", flush=True)


def _handover() -> None:
    wish = HandOver(list(all_words().values()))
    rows = [json.loads(line) for line in (SAMPLES / "nlupp_even.jsonl").open(encoding="utf-8")]
    wanted = [row["text"] for row in rows if row["handoff"]]
    others = [row["text"] for row in rows if not row["handoff"]]
    others += [one.text for one in read("clinc150.train.jsonl", "banking77.train.jsonl")]
    rng = Random(3)
    typed = [_mistyped(text, 0.35, rng) for text in wanted]
    print("\nhand-over: recall, with typos, false alarms")
    found = [sum(map(wish.wanted, texts)) / len(texts) for texts in (wanted, typed, others)]
    print(f"{found[0]:8.1%} {found[1]:8.1%} {found[2]:8.2%}", flush=True)


def _speed() -> None:
    known, asked = split(read("banking77.train.jsonl"))
    titles = sorted(known)
    print("\narticles   p50 ms   p95 ms   memory MB")
    for count in (100, 1_000, 10_000):
        tracemalloc.start()
        base = Suggester(
            ArticleText(
                id=number,
                title=f"{titles[number % len(titles)]} {number}",
                phrases=tuple(known[titles[number % len(titles)]][number % 90 : number % 90 + 3]),
            )
            for number in range(count)
        )
        held = tracemalloc.get_traced_memory()[0] / 1e6
        tracemalloc.stop()
        took = []
        for one in asked[:300]:
            begun = time.perf_counter()
            base.suggest(one.text)
            took.append((time.perf_counter() - begun) * 1000)
        took.sort()
        p50, p95 = took[len(took) // 2], took[len(took) * 95 // 100]
        print(f"{count:8} {p50:8.2f} {p95:8.2f} {held:11.1f}", flush=True)


def read(*names: str) -> list[Asked]:
    """Return the questions of these files."""
    rows = (json.loads(line) for name in names for line in (SAMPLES / name).open(encoding="utf-8"))
    return [Asked(row["text"], row["label"] or "oos") for row in rows]


def split(rows: Sequence[Asked]) -> tuple[dict[str, list[str]], list[Asked]]:
    """Return solved cases by article, and the questions asked: every fifth, by its hash."""
    known: dict[str, list[str]] = defaultdict(list)
    asked: list[Asked] = []
    for one in sorted(rows, key=lambda row: _hash(row.text)):
        if _hash(one.text) % 5:
            known[one.label].append(one.text)
        else:
            asked.append(one)
    return known, [one for one in asked if one.label in known][:ASKED]


def taught(titles: Sequence[str], cases: dict[str, list[str]], language: str) -> Suggester:
    """Return a suggester that has learned these solved cases, as a desk does: and practised."""
    base = Suggester(
        ArticleText(id=number, title=title, language=language)
        for number, title in enumerate(titles)
    )
    examples = [(text, number) for number, title in enumerate(titles) for text in cases[title]]
    Random(1).shuffle(examples)
    for text, number in examples:
        base.learn(text, number)
    if examples:
        base.practise(Random(1))
    return base


def share(find: Find, titles: Sequence[str], asked: Sequence[Asked]) -> Share:
    """Return how often `find` has the right article first, and among three."""
    numbers = {title: number for number, title in enumerate(titles)}
    found = [(find(one.text)[:3], numbers[one.label]) for one in asked]
    first = sum(ids[:1] == [right] for ids, right in found)
    three = sum(right in ids for ids, right in found)
    return Share(first / len(found), three / len(found))


def auroc(good: Sequence[float], bad: Sequence[float]) -> float:
    """Return the chance that one of `good` is above one of `bad`."""
    ranked = sorted([(one, 1) for one in good] + [(one, 0) for one in bad])
    seen = above = 0
    for _, is_good in ranked:
        if is_good:
            above += seen
        else:
            seen += 1
    return above / (len(good) * len(bad))


Judged = tuple[float, bool, bool]  # how sure, whether right, whether there is an answer at all


def contained(judged: Sequence[Judged], precision: float = 0.95) -> float:
    """Return the share of questions answered rightly at the threshold that keeps `precision`."""
    best = right = 0
    for count, (_, is_right, _) in enumerate(sorted(judged, reverse=True), start=1):
        right += is_right
        if right / count >= precision:
            best = right
    return best / sum(within for *_, within in judged)


def ece(judged: Sequence[Judged], bins: int = 10) -> float:
    """Return how far what is promised is from what is kept: the expected calibration error."""
    total = 0.0
    for at in range(bins):
        inside = [
            (sure, right)
            for sure, right, _ in judged
            if at / bins <= sure < (at + 1) / bins or (sure == 1.0 and at == bins - 1)
        ]
        if inside:
            promised = sum(sure for sure, _ in inside) / len(inside)
            kept = sum(right for _, right in inside) / len(inside)
            total += abs(promised - kept) * len(inside) / len(judged)
    return total


def _judged(base: Suggester, titles: Sequence[str], one: Asked) -> Judged:
    found = base.suggest(one.text)
    if not found:
        return 0.0, False, one.label != "oos"
    right = titles[found[0].article_id] == one.label
    return found[0].confidence, right, one.label != "oos"


def _ids(base: Suggester, text: str, *, language: str = "en") -> list[int]:
    return [found.article_id for found in base.suggest(text, language=language)]


def _fts5(titles: Sequence[str], cases: dict[str, list[str]]) -> Find:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE a USING fts5(title, cases, tokenize='porter unicode61')")
    for number, title in enumerate(titles):
        row = (number + 1, title, "\n".join(cases[title]))
        db.execute("INSERT INTO a(rowid, title, cases) VALUES (?, ?, ?)", row)

    def find(text: str) -> list[int]:
        words = " OR ".join(f'"{word}"' for word in _words(text))
        if not words:
            return []
        found = db.execute("SELECT rowid FROM a WHERE a MATCH ? ORDER BY rank LIMIT 3", (words,))
        return [row[0] - 1 for row in found]

    return find


def _fuzzy(titles: Sequence[str], cases: dict[str, list[str]]) -> Find:
    texts = [
        (number, text) for number, title in enumerate(titles) for text in [title, *cases[title]]
    ]
    plain = [text.lower() for _, text in texts]

    def find(text: str) -> list[int]:
        found = process.extract(text.lower(), plain, scorer=fuzz.token_set_ratio, limit=30)
        return list(dict.fromkeys(texts[at][0] for _, _, at in found))[:3]

    return find


def _words(text: str) -> Iterator[str]:
    word = ""
    for char in f"{text} ":
        if char.isalnum():
            word += char
        elif word:
            yield word
            word = ""


def _mistyped(text: str, part: float, rng: Random) -> str:
    """Return `text` with one slip in that part of its longer words."""
    return " ".join(
        _slip(w, rng) if len(w) > 3 and rng.random() < part else w for w in text.split()
    )


def _slip(word: str, rng: Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    letter = rng.choice("abcdefghijklmnopqrstuvwxyz")
    return rng.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at:],
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")
