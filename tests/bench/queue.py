"""The queue page: the list an agent works from, at ten and at a hundred thousand cases."""

import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from bot.app import Parley, running
from bot.config import Config, Http, Storage
from bot.demo.seed import fill
from desk.agents.rules import Scope
from desk.agents.tokens import create_token
from desk.cases import queries
from desk.cases.queries import Filter
from desk.events.actors import SYSTEM
from desk.kit.clock import SystemClock
from desk.web import workspace_queries
from tests.bench.figures import Figure, calibrate, figure, percentile
from tests.world import free_port

_AGENT = 1  # the first that the seed hired
_PAGES = (
    "/api/v1/workspace/cases?view=mine",
    "/api/v1/workspace/cases?view=all",
    "/api/v1/cases",
    "/workspace",
)

Look = Callable[[], Awaitable[Any]]


async def measure(quick: bool) -> list[Figure]:
    """Return p50 and p95 of each page over HTTP and of its unit, by number of cases."""
    sizes = (10_000,) if quick else (10_000, 100_000)
    return [one for cases in sizes for one in await _at(cases, 60 if quick else 200)]


async def _at(cases: int, looks: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        port, path = free_port(), Path(folder)
        config = Config(
            http=Http(port=port),
            storage=Storage(url=f"sqlite:///{path / 'bench.db'}", files=str(path / "files")),
        )
        started = time.perf_counter()
        await fill(config, cases=cases, seed=1, say=lambda _: None)
        rate, calibration = cases / (time.perf_counter() - started), calibrate()
        async with running(config) as parley:
            figures = await _looked(parley, f"http://127.0.0.1:{port}", f"{cases:,} cases", looks)
    return [figure(f"seed, {cases:,} cases", rate, "/s", calibration), *figures]


async def _looked(parley: Parley, base: str, name: str, looks: int) -> list[Figure]:
    now = SystemClock().now()
    token = await parley.db.write(
        lambda c: create_token(c, _AGENT, "bench", {Scope.READ}, actor=SYSTEM, now=now)[1]
    )
    figures = []
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(base, headers=headers) as http:
        for page in _PAGES:
            figures += await _timed(f"{name}, GET {page}", partial(_get, http, page), looks)

    async def mine() -> Any:
        return await parley.db.read(workspace_queries.page, "mine", _AGENT, None, now)

    async def listed() -> Any:
        return await parley.db.read(queries.list_cases, Filter())

    figures += await _timed(f"{name}, unit mine", mine, looks)
    figures += await _timed(f"{name}, unit list_cases", listed, looks)
    return figures


async def _timed(name: str, look: Look, looks: int) -> list[Figure]:
    calibration, took_ms = calibrate(), []
    for number in range(looks + 5):
        started = time.perf_counter()
        await look()
        if number >= 5:  # the first ones warm caches
            took_ms.append((time.perf_counter() - started) * 1000)
    return [
        figure(f"{name}, p50", percentile(took_ms, 0.5), "ms", calibration),
        figure(f"{name}, p95", percentile(took_ms, 0.95), "ms", calibration),
    ]


async def _get(http: aiohttp.ClientSession, page: str) -> None:
    async with http.get(page) as answer:
        answer.raise_for_status()
        await answer.read()
