"""Tags of cases: words that agents put on them, to find what belongs together."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select, update

from desk.cases.actions import lock
from desk.cases.tables import case_tags, cases
from desk.events import log
from desk.events.actors import Actor
from desk.events.facts import CaseTagged
from desk.kit.errors import Invalid
from desk.kit.text import one_line

MOST, LONGEST = 20, 40  # tags of a case; characters of a tag
_KNOWN = 200


class TagView(Struct, frozen=True, kw_only=True):
    """A tag, and on how many cases it is."""

    tag: str
    cases: int


def set_tags(
    c: Connection, case_id: int, wanted: Sequence[str], *, actor: Actor, now: datetime
) -> None:
    """Let a case have exactly these tags; the same again changes nothing.

    "  VIP " and "vip" are one tag.

    Raises:
        Invalid: one is empty or too long, or they are too many.
        NotFound: there is no such case.
    """
    tags = sorted({tag_of(one) for one in wanted})
    if len(tags) > MOST:
        raise Invalid(f"A case has {MOST} tags at most.", "/tags")
    row = lock(c, case_id)
    before = set(row.tags)
    added, removed = sorted(set(tags) - before), sorted(before - set(tags))
    if not added and not removed:
        return
    if removed:
        gone = (case_tags.c.case_id == case_id, case_tags.c.tag.in_(removed))
        c.execute(delete(case_tags).where(*gone))
    if added:
        c.execute(insert(case_tags), [{"case_id": case_id, "tag": tag} for tag in added])
    c.execute(update(cases).where(cases.c.id == case_id).values(tags=tags))
    fact = CaseTagged(added=tuple(added), removed=tuple(removed))
    log.append(c, fact, now=now, actor=actor, case_id=case_id)


def tag_of(text: str) -> str:
    """Return a tag as it is kept. Raises Invalid."""
    tag = one_line(text).strip().casefold()
    if not tag or len(tag) > LONGEST:
        raise Invalid(f"A tag has 1 to {LONGEST} characters.", "/tags")
    return tag


def known_tags(c: Connection) -> list[TagView]:
    """Return the tags of this desk, the most used first."""
    used = func.count()
    rows = c.execute(
        select(case_tags.c.tag, used.label("cases"))
        .group_by(case_tags.c.tag)
        .order_by(used.desc(), case_tags.c.tag)
        .limit(_KNOWN)
    )
    return [TagView(tag=row.tag, cases=row.cases) for row in rows]
