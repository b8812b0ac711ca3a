"""Every write to privacy requests: asking, cancelling, and an erasure, step by step.

An erasure is a job of small units. Each commits what it took out together with how far it is, so
that a process may die anywhere and the next goes on. The first unit frees the person's handles:
what he writes from then on belongs to somebody new.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from desk.arrivals import erasing as arrivals
from desk.cases import erasing as cases
from desk.cases import mirroring, standing
from desk.customers import erasing as people
from desk.customers import queries as customers
from desk.db import jobs
from desk.db.jobs import Job
from desk.events import erasing as events
from desk.events import log
from desk.events.actors import SYSTEM
from desk.events.people import CustomerErased
from desk.kit.errors import Conflict, Invalid, NotFound
from desk.messages import erasing as messages
from desk.privacy.tables import privacy_requests
from desk.satisfaction import erasing as ratings

ARCHIVE, ERASE = "privacy-archive", "privacy-erase"  # kinds of jobs
EXPIRE = "privacy-expire"
GRACE = timedelta(minutes=10)  # in which an erasure can be called off
KEPT = timedelta(days=7)  # that an archive can be fetched
_BATCH = 200
_MANY = 2  # identities besides his that say a line: it is not his own words

Left = dict[str, Any]
Step = Callable[[Connection, Left, int, dict[str, int], datetime], int | None]


def ask_archive(c: Connection, customer_id: int, *, agent_id: int, now: datetime) -> int:
    """Let an archive be made of all that is known of a customer; return the request's id."""
    request_id = _ask(c, "archive", customer_id, agent_id, due_at=now, now=now)
    jobs.enqueue(c, ARCHIVE, {"request": request_id}, due_at=now, key=str(request_id))
    return request_id


def ask_erasure(
    c: Connection, customer_id: int, typed_name: str, *, agent_id: int, now: datetime
) -> int:
    """Let a customer be erased in ten minutes; return the request's id.

    Raises:
        Invalid: the name that was typed is not his.
        Conflict: he is being erased already.
    """
    name = customers.show(c, customer_id).name or ""
    if typed_name.split() != name.split() or name == people.NAME:
        raise Invalid("Type the customer's name as it is shown.", pointer="/name")
    request_id = _ask(c, "erasure", customer_id, agent_id, due_at=now + GRACE, now=now)
    jobs.enqueue(c, ERASE, {"request": request_id}, due_at=now + GRACE, key=str(request_id))
    return request_id


def cancel(c: Connection, request_id: int) -> None:
    """Call off an erasure that has not begun. Raises Conflict."""
    waiting = (privacy_requests.c.id == request_id, privacy_requests.c.state == "waiting")
    hit = c.execute(update(privacy_requests).where(*waiting).values(state="cancelled"))
    if hit.rowcount != 1:
        raise Conflict("It has begun, or is over: it cannot be called off.")
    for kind in (ARCHIVE, ERASE):
        jobs.cancel(c, kind, str(request_id))


def keep_archive(
    c: Connection, job: Job, blob: str, counts: dict[str, int], *, now: datetime
) -> None:
    """Note that an archive is made, and finish its job. Raises Conflict when it was called off."""
    jobs.conclude(c, job)
    if _request(c, job).state != "waiting":
        raise Conflict("This archive was called off.")
    done = {"state": "done", "done_at": now, "blob": blob, "counts": counts}
    mine = privacy_requests.c.id == job.payload["request"]
    c.execute(update(privacy_requests).where(mine).values(expires_at=now + KEPT, **done))
    jobs.enqueue(c, EXPIRE, job.payload, due_at=now + KEPT)


def archive_of(c: Connection, job: Job) -> str | None:
    """Return the file of the archive that a job is about, None when it is gone."""
    mine = privacy_requests.c.id == job.payload["request"]
    return c.scalar(select(privacy_requests.c.blob).where(mine))


def is_an_archive(c: Connection, blob: str) -> bool:
    """Return whether a file is an archive that can be fetched."""
    named = select(privacy_requests.c.id).where(privacy_requests.c.blob == blob)
    return c.execute(named.limit(1)).first() is not None


def run_out(c: Connection, job: Job) -> None:
    """Note that an archive's file is gone, and finish the job."""
    jobs.conclude(c, job)
    mine = privacy_requests.c.id == job.payload["request"]
    c.execute(update(privacy_requests).where(mine).values(blob=None))


def advance(c: Connection, job: Job, *, now: datetime) -> list[str] | None:
    """Do one unit of an erasure; return None when there is more to do.

    At the end: the files that nobody else has, to be removed before `conclude`.
    """
    request = _request(c, job)
    if request.state in ("done", "cancelled"):
        return []
    names = list(STEPS)
    left, counts = dict(request.left), dict(request.counts)
    step = request.step or names[0]
    if not request.step and _was_merged(c, left):
        merged = {"state": "cancelled", "counts": {"merged": 1}, "done_at": now}
        c.execute(_of(request.id).values(**merged))
        return []
    go_on = STEPS[step](c, left, request.after, counts, now)
    if go_on is None and step == names[-1]:
        keep = {"left": left, "counts": counts, "state": "working", "step": step}
        c.execute(_of(request.id).values(**keep))
        made = privacy_requests.c.customer_id.in_(left["customers"])
        archives = c.scalars(select(privacy_requests.c.blob).where(made)).all()
        return [
            blob
            for blob in {*left.get("blobs", ()), *filter(None, archives)}
            if not messages.still_used(c, blob)
        ]
    next_step = step if go_on is not None else names[names.index(step) + 1]
    progress = {"step": next_step, "after": go_on or 0, "left": left, "counts": counts}
    c.execute(_of(request.id).values(state="working", **progress))
    return None


def conclude(c: Connection, job: Job, removed: int, *, now: datetime) -> None:
    """Finish an erasure whose files are gone: what is left of it are counts."""
    jobs.conclude(c, job)
    request = _request(c, job)
    if request.state == "cancelled":
        return
    counts = {**request.counts, "files": removed}
    done = {"state": "done", "done_at": now, "left": {}, "counts": counts, "name": ""}
    c.execute(_of(request.id).values(**done))
    other = (
        privacy_requests.c.customer_id.in_(request.left["customers"]),
        privacy_requests.c.id != request.id,
    )
    c.execute(update(privacy_requests).where(*other).values(name="", blob=None))
    fact = CustomerErased(counts=counts)
    log.append(c, fact, now=now, actor=SYSTEM, customer_id=request.customer_id)


def _free(c: Connection, left: Left, after: int, counts: dict[str, int], now: datetime) -> None:
    """Free his handles, and keep until the end what he is looked for by."""
    who = people.person(c, left["customer"])
    left |= {"names": list(who.known_by), "handles": list(who.handles), "said": {}}
    left |= {"customers": list(who.customer_ids), "identities": list(who.identity_ids)}
    left |= {"marks": [], "blobs": [], "threads": [], "arrivals": [], "touched": []}
    left["cases"] = cases.of_customers(c, who.customer_ids)
    people.erase(c, who)
    _stop_archives(c, left["customers"])
    counts["identities"] = len(who.identity_ids)


def _words(
    c: Connection, left: Left, after: int, counts: dict[str, int], now: datetime
) -> int | None:
    ids = messages.written(c, left["identities"], after, _BATCH)
    found = messages.words_of(c, ids)
    for name, more in (
        ("marks", found.marks),
        ("blobs", found.blobs),
        ("threads", found.threads),
        ("arrivals", found.arrival_ids),
        ("touched", found.case_ids),
    ):
        left[name] = sorted({*left[name], *more})
    cases.forget_thanks(c, found.texts)
    messages.erase(c, ids, now=now)
    arrivals.erase_lines(c, [mirroring.line_key(one) for one in ids])
    _count(counts, "messages", len(ids))
    return ids[-1] if len(ids) == _BATCH else None


def _common(
    c: Connection, left: Left, after: int, counts: dict[str, int], now: datetime
) -> int | None:
    """Leave lines alone that several others have too: those are not his words."""
    found, go_on = messages.said_by(c, set(left["marks"]), after, _BATCH)
    said = {known: set(ids) for known, ids in left["said"].items()}
    for known, ids in found.items():
        said[known] = said.get(known, set()) | ids
    left["said"] = {known: sorted(ids)[: _MANY + 1] for known, ids in said.items()}
    if go_on is None:
        many = {known for known, ids in said.items() if len(ids) > _MANY}
        left |= {"marks": [one for one in left["marks"] if one not in many], "said": {}}
    return go_on


def _quotes(
    c: Connection, left: Left, after: int, counts: dict[str, int], now: datetime
) -> int | None:
    marks, addresses = set(left["marks"]), set(left["handles"])
    quoting, go_on = messages.erase_quotes(c, marks, addresses, after, _BATCH)
    _count(counts, "quotes", len(quoting))
    came = [one.arrival_id for one in quoting if one.arrival_id is not None]
    _count(counts, "payloads", arrivals.erase_payloads(c, came))
    for case_id in {one.case_id for one in quoting}:
        standing.preview(c, case_id)
    return go_on


def _cases(c: Connection, left: Left, after: int, counts: dict[str, int], now: datetime) -> None:
    cases.erase(c, left["cases"], now=now)
    counts["cases"] = len(left["cases"])
    counts["notes"] = messages.erase_notes(c, left["cases"])
    for case_id in set(left["touched"]) - set(left["cases"]):
        standing.preview(c, case_id)


def _ratings(c: Connection, left: Left, after: int, counts: dict[str, int], now: datetime) -> None:
    counts["ratings"] = ratings.erase(c, left["identities"], left["cases"], now=now)


def _payloads(
    c: Connection, left: Left, after: int, counts: dict[str, int], now: datetime
) -> int | None:
    if not after:
        for begin in range(0, len(left["arrivals"]), _BATCH):
            some = left["arrivals"][begin : begin + _BATCH]
            _count(counts, "payloads", arrivals.erase_payloads(c, some))
        arrivals.erase_transcripts(c, left["threads"])
    found, go_on = arrivals.naming(c, left["handles"], after, _BATCH)
    nobodys = set(found) - messages.of_others(c, found, left["identities"]) if found else set()
    _count(counts, "payloads", arrivals.erase_payloads(c, nobodys))
    return go_on


def _states(
    c: Connection, left: Left, after: int, counts: dict[str, int], now: datetime
) -> int | None:
    place = tuple(left.get("state", ("", "")))
    go_on = arrivals.erase_states(c, left["handles"], (place[0], place[1]), _BATCH)
    left["state"] = list(go_on or ())
    return 1 if go_on is not None else None


def _facts(
    c: Connection, left: Left, after: int, counts: dict[str, int], now: datetime
) -> int | None:
    return events.erase(
        c,
        customer_ids=left["customers"],
        case_ids=left["cases"],
        known_by=left["names"],
        after=after,
        limit=_BATCH,
    )


STEPS: dict[str, Step] = {
    "free": _free,
    "words": _words,
    "common": _common,
    "quotes": _quotes,
    "cases": _cases,
    "ratings": _ratings,
    "payloads": _payloads,
    "states": _states,
    "facts": _facts,
}


def _was_merged(c: Connection, left: Left) -> bool:
    """Return whether he is not any more who was asked about: merged, or taken apart."""
    records = people.person(c, customers.current_id(c, left["customer"])).customer_ids
    return bool(list(records) != left["records"])


def _stop_archives(c: Connection, customer_ids: Collection[int]) -> None:
    """Let no archive be finished after its person is erased."""
    open_ones = (
        privacy_requests.c.customer_id.in_(customer_ids),
        privacy_requests.c.kind == "archive",
        privacy_requests.c.state == "waiting",
    )
    stop = update(privacy_requests).where(*open_ones).values(state="cancelled")
    for request_id in c.scalars(stop.returning(privacy_requests.c.id)).all():
        jobs.cancel(c, ARCHIVE, str(request_id))


def _ask(
    c: Connection, kind: str, customer_id: int, agent_id: int, *, due_at: datetime, now: datetime
) -> int:
    who = customers.show(c, customer_id)
    records = people.person(c, who.id).customer_ids
    busy = (
        privacy_requests.c.customer_id == who.id,
        privacy_requests.c.kind == "erasure",
        privacy_requests.c.state.in_(["waiting", "working"]),
    )
    if c.execute(select(privacy_requests.c.id).where(*busy)).first() is not None:
        raise Conflict("This customer is being erased.")
    row = {
        "kind": kind,
        "customer_id": who.id,
        "name": who.name or "",
        "agent_id": agent_id,
        "state": "waiting",
        "asked_at": now,
        "due_at": due_at,
        "step": "",
        "after": 0,
        "left": {"customer": who.id, "records": list(records)} if kind == "erasure" else {},
        "counts": {},
    }
    made = insert(privacy_requests).values(**row).returning(privacy_requests.c.id)
    return int(c.execute(made).scalar_one())


def _request(c: Connection, job: Job) -> Row[Any]:
    mine = privacy_requests.c.id == job.payload["request"]
    row = c.execute(select(privacy_requests).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("There is no such request.")
    return row


def _of(request_id: int) -> Any:
    return update(privacy_requests).where(privacy_requests.c.id == request_id)


def _count(counts: dict[str, int], name: str, more: int) -> None:
    counts[name] = counts.get(name, 0) + more
