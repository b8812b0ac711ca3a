"""How long a message waits for its suggested answers, with the demo's articles."""

import asyncio
import tempfile
import time
from pathlib import Path

from sqlalchemy import Connection

from bot.demo import seed_words
from bot.demo.furnish import ARTICLES
from desk.db.open import open_database
from desk.events.actors import SYSTEM
from desk.kit.clock import SystemClock
from knowledge import intake
from knowledge.index import KnowledgeIndex
from knowledge.rules import ArticleDraft
from tests.bench.figures import Figure, calibrate, figure, percentile
from tests.schema import create_schema

ARTICLES_MANY = 500


async def measure(quick: bool) -> list[Figure]:
    """Return p50 and p95 with a dozen articles, and with five hundred."""
    drafts = await asyncio.to_thread(lambda: intake.read_folder(ARTICLES)[0])
    many = [_variant(drafts[n % len(drafts)], n) for n in range(ARTICLES_MANY)]
    return [
        figure_
        for chosen in (drafts, many)
        for figure_ in await _latency(chosen, 50 if quick else 200)
    ]


async def _latency(drafts: list[ArticleDraft], questions: int) -> list[Figure]:
    words = await asyncio.to_thread(seed_words.load)
    asked = [topic.ask for language in words.values() for topic in language.topics]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        await asyncio.to_thread(create_schema, str(path))
        db, calibration, index = open_database(str(path)), calibrate(), KnowledgeIndex()
        await db.write(_publish, drafts)
        await db.read(index.freshen)
        took_ms = []
        for number in range(questions):
            started = time.perf_counter()
            await db.read(index.suggest, asked[number % len(asked)])
            took_ms.append((time.perf_counter() - started) * 1000)
        await db.close()
    name = f"suggest, {len(drafts)} articles"
    return [
        figure(f"{name}, p50", percentile(took_ms, 0.5), "ms", calibration),
        figure(f"{name}, p95", percentile(took_ms, 0.95), "ms", calibration),
    ]


def _publish(c: Connection, drafts: list[ArticleDraft]) -> None:
    intake.import_drafts(c, drafts, actor=SYSTEM, now=SystemClock().now())


def _variant(draft: ArticleDraft, number: int) -> ArticleDraft:
    """Return the article again under another name, about something a little different."""
    from msgspec.structs import replace

    return replace(draft, slug=f"{draft.slug}-{number}", title=f"{draft.title} {number}")
