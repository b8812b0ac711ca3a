"""Makes archives of what is known of a person, and erases people, unit by unit."""

import asyncio
import json
import tempfile
import zipfile
from collections.abc import Mapping
from html import escape
from typing import Any

import msgspec

from desk.db.engine import Database
from desk.db.jobs import Job
from desk.db.runner import run_jobs
from desk.kit.clock import Clock
from desk.kit.errors import Conflict, NotFound
from desk.kit.text import one_line
from desk.ports.channel import Blobs
from desk.privacy import actions, queries
from desk.privacy.queries import Saying

_BATCH = 200
_IN_MEMORY_BYTES = 20_000_000
_READ_ME = "Open index.html to read it; data.json is the same for programs."


class Privacy:
    """Works on privacy requests as they fall due."""

    def __init__(
        self, db: Database, blobs: Blobs, clock: Clock, originals: Mapping[str, str]
    ) -> None:
        self._originals_end = originals  # by kind of channel: how a file with a payload ends
        self._db = db
        self._blobs = blobs
        self._clock = clock

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for kind, work in (
                (actions.ARCHIVE, self.archive),
                (actions.ERASE, self.erase),
                (actions.EXPIRE, self.expire),
            ):
                group.create_task(run_jobs(self._db, kind, work, clock=self._clock, concurrency=1))

    async def erase(self, job: Job) -> None:
        """Erase a person; whatever a crash leaves undone is done by the next process."""
        files = None
        while files is None:
            files = await self._db.write(actions.advance, job, now=self._clock.now())
        for blob in files:
            await self._blobs.remove(blob)
        await self._db.write(actions.conclude, job, len(files), now=self._clock.now())

    async def archive(self, job: Job) -> None:
        """Make an archive: a page, the same as data, files, and messages as they came."""
        request = await self._db.read(queries.one, job.payload["request"])
        about = await self._db.read(queries.about, request.customer_id)
        counts = {"cases": len(about["cases"]), "messages": 0, "files": 0}
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
                said = await self._said(packed, request.customer_id, counts)
                whole = {**msgspec.to_builtins(about), "messages": msgspec.to_builtins(said)}
                pages = {
                    "README.txt": f"{_READ_ME} Request {request.id}.",  # no two are one file
                    "data.json": json.dumps(whole, indent=1, ensure_ascii=False, default=str),
                    "index.html": page(request.name, whole),
                }
                for name, text in pages.items():
                    await asyncio.to_thread(_put, packed, name, text)
            file.seek(0)
            blob = await self._blobs.put(await asyncio.to_thread(file.read))
        try:
            await self._db.write(actions.keep_archive, job, blob, counts, now=self._clock.now())
        except Conflict:  # called off, its person erased meanwhile, or another worker made it
            if not await self._db.read(actions.is_an_archive, blob):
                await self._blobs.remove(blob)

    async def expire(self, job: Job) -> None:
        """Remove an archive whose week is over."""
        blob = await self._db.read(actions.archive_of, job)
        if blob is not None:
            await self._blobs.remove(blob)
        await self._db.write(actions.run_out, job)

    async def _said(
        self, packed: zipfile.ZipFile, customer_id: int, counts: dict[str, int]
    ) -> list[Saying]:
        """Put files and originals into the archive, and return what was said."""
        found: list[Saying] = []
        while some := await self._db.read(
            queries.said, customer_id, found[-1].id if found else 0, _BATCH
        ):
            for one in some:
                await self._originals(packed, one, counts)
            found += some
        counts["messages"] = len(found)
        return found

    async def _originals(
        self, packed: zipfile.ZipFile, one: Saying, counts: dict[str, int]
    ) -> None:
        if one.arrival_id is not None:
            raw = await self._db.read(queries.payload, one.arrival_id)
            name = f"originals/{one.id}.{self._originals_end.get(one.channel, 'json')}"
            await asyncio.to_thread(_put, packed, name, raw)
        for file in one.files:
            file["path"] = f"files/{file['id']}-{_safe(file['name'])}"
            blob = file.pop("blob")
            try:
                content = await self._blobs.get(blob) if blob else b""
            except NotFound:
                content = b""
            await asyncio.to_thread(_put, packed, file["path"], content)
            counts["files"] += 1


def page(name: str, whole: dict[str, Any]) -> str:
    """Return the archive as a page that needs nothing else."""
    known = escape(json.dumps(whole["customer"], indent=1, ensure_ascii=False, default=str))
    lines = "".join(map(_line, whole["messages"]))
    cases = "".join(
        f"<li>#{one['number']} {escape(one['subject'])} ({one['status']})</li>"
        for one in whole["cases"]
    )
    notes = "".join(
        f"<h3>{one['at']}</h3><pre>{escape(one['text'])}</pre>" for one in whole["notes"]
    )
    rated = "".join(
        f"<li>#{one['number']}: {one['score']} of 5 {escape(one['comment'])}</li>"
        for one in whole["ratings"]
        if one["score"]
    )
    title = escape(f"What is kept about {name or 'this customer'}")
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>'
        "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto}"
        "pre{white-space:pre-wrap;overflow-wrap:anywhere}</style></head>"
        f"<body><h1>{title}</h1><h2>Who</h2><pre>{known}</pre><h2>Cases</h2><ul>{cases}</ul>"
        f"<h2>Ratings given</h2><ul>{rated}</ul><h2>What was said</h2>{lines}"
        f"<h2>What colleagues noted</h2>{notes}"
        "</body></html>"
    )


def _line(one: dict[str, Any]) -> str:
    files = "".join(
        f'<li><a href="{escape(file["path"])}">{escape(file["name"])}</a></li>'
        for file in one["files"]
    )
    head = f"#{one['case']} · {one['at']} · {one['author']} · {one['channel']}"
    subject = f"<strong>{escape(one['subject'])}</strong>" if one["subject"] else ""
    return f"<h3>{escape(head)}</h3>{subject}<pre>{escape(one['text'])}</pre><ul>{files}</ul>"


def _safe(name: str) -> str:
    kept = "".join(one if one.isalnum() or one in "._- " else "_" for one in one_line(name))
    return kept.strip(". ")[-100:] or "file"


def _put(packed: zipfile.ZipFile, name: str, content: str | bytes) -> None:
    """Add a file without a time: the same archive, made again after a crash, is the same file."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    packed.writestr(entry, content, compress_type=zipfile.ZIP_DEFLATED)
