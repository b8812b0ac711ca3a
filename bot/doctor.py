"""`parley check`: connects to everything once and says what is well, what is not, and the mend."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bot.app import build_channels
from bot.config import Config
from desk.db.migrate import migrate
from desk.kit.clock import SystemClock
from desk.kit.errors import DeskError
from desk.ports.channel import Finding

TIMEOUT_S = 30


async def examine(config: Config, say: Callable[[str], None]) -> bool:
    """Say each finding in a line; return whether all is well."""
    findings = [("database", finding) for finding in await _database(config)]
    channels = build_channels(config, SystemClock(), secret="unused")  # noqa: S106 - signs nothing
    reports = await asyncio.gather(*(_bounded(channel.check()) for channel in channels.values()))
    for key, report in zip(channels, reports, strict=True):
        findings += [(key, finding) for finding in report]
    for where, finding in findings:
        mark = "ok " if finding.ok else "NOT"
        detail = f": {finding.detail}" if finding.detail else ""
        mend = f" {finding.mend}" if finding.mend and not finding.ok else ""
        say(f"{mark} {where} · {finding.what}{detail}{mend}")
    if not channels:
        say("No inbox is configured yet: see docs/operating.md, Connecting accounts.")
    return all(finding.ok for _, finding in findings)


async def _database(config: Config) -> Sequence[Finding]:
    try:
        await asyncio.to_thread(migrate, config.storage.url)
    except DeskError as refused:
        return [Finding(what="database", ok=False, detail=refused.reason)]
    return [Finding(what="database", ok=True, detail="reachable and up to date")]


async def _bounded(report: Awaitable[list[Finding]]) -> list[Finding]:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await report
    except TimeoutError:
        return [Finding(what="answer", ok=False, detail=f"nothing within {TIMEOUT_S} s")]
