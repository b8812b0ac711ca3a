"""What seeded customers and agents say: seed.yaml as data, and one case's choice of it."""

from pathlib import Path
from random import Random

import msgspec
import yaml
from msgspec import Struct

_FILE = Path(__file__).parent / "seed.yaml"
_SHARES = {"en": 40, "de": 20, "fr": 15, "es": 15, "it": 10}  # of a hundred


class Topic(Struct, frozen=True, kw_only=True):
    """One reason to write."""

    subject: str
    ask: str
    answer: str
    more: str
    then: str


class Language(Struct, frozen=True, kw_only=True):
    """All that is said in one language."""

    hello: list[str]
    thanks: list[str]
    holding: str
    first: list[str]
    last: list[str]
    products: list[str]
    topics: list[Topic]


class Words(Struct, frozen=True, kw_only=True):
    """What is said in one case."""

    subject: str
    ask: str
    answer: str
    more: str
    then: str
    thanks: str
    holding: str


def load() -> dict[str, Language]:
    """Return what is said, by language. Blocks."""
    return msgspec.convert(yaml.safe_load(_FILE.read_text(encoding="utf-8")), dict[str, Language])


def share(language: str) -> int:
    """Return how many of a hundred customers write in `language`."""
    return _SHARES[language]


def choose(rng: Random, said: Language, name: str) -> Words:
    """Return the words of one case: greeted and signed, about one product and one order."""
    topic = rng.choice(said.topics)
    things = {"product": rng.choice(said.products), "order": rng.randrange(20_000, 99_999)}
    hello, given = rng.choice(said.hello), name.partition(" ")[0]
    first = topic.ask.format(**things)
    return Words(
        subject=topic.subject.format(**things),
        ask=f"{hello}\n\n{first}\n\n{name}",
        answer=f"{given}, {topic.answer.format(**things)}",
        more=topic.more.format(**things),
        then=f"{given}, {topic.then.format(**things)}",
        thanks=rng.choice(said.thanks),
        holding=f"{given}, {said.holding}",
    )
