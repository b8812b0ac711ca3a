"""Visitors and their sessions: an opaque token in the browser, its hash and a record with us."""

import re
from typing import Any

import msgspec
from msgspec import Struct

from channels.chat.frames import Page, Seq
from channels.chat.identity import Named, Person
from channels.chat.parse import Visitor
from desk.kit.errors import NotSignedIn
from desk.kit.ids import hash_token, new_id, new_token
from desk.kit.text import one_line, shorten
from desk.ports.channel import Door

_ZONE = re.compile(r"\A[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}\Z")  # a claim still
_ADDRESS = re.compile(r"\A[^@\s<>,;]+@[^@\s<>,;]+\Z")
_DEVICES = 20  # of one visitor
_FIELDS = 20  # of a form
_FIELD = 500  # characters of one


class SessionAsked(Struct, frozen=True, kw_only=True):
    """What the widget tells when a page with it is opened."""

    token: str | None = None
    page: Page | None = None
    lang: str = ""
    tz: str = ""
    solution: str = ""  # of the puzzle that a refusal brought
    form: dict[str, str] = {}
    link_token: str | None = None
    jwt: str | None = None  # by which the site says who he is
    user: Named | None = None  # the older way


class Session(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One browser's visit, kept under the hash of its token for as long as the browser has it."""

    key: str  # the hash of the token
    visitor: Visitor
    conversation: str
    read: Seq = 0  # the last line seen
    known: Seq = 0  # a line known to exist: where to look for the newest ones
    link_token: str | None = None  # goes with the next message, once
    formed: bool = False  # the form was answered, or the chat had begun before there was one
    subject: str | None = None  # goes with the next message, once, as does `told`
    told: tuple[tuple[str, str], ...] = ()
    page_told: str = ""  # the page of the message before
    form_told: dict[str, str] = {}  # what the site had told of him by then

    def changed(self, **fields: Any) -> "Session":
        """Return the session with `fields` changed."""
        return msgspec.structs.replace(self, **fields)

    def is_still(self, seen: "Session") -> bool:
        """Return whether it is whose it was when a page came with it: nobody signed it since."""
        was, now = seen.visitor, self.visitor
        return (was.id, was.sub) == (now.id, now.sub)

    def is_open_to(self, person: Person | None) -> bool:
        """Return whether a page on which the site names `person` may have it.

        Whose user the site signed out is nobody's here until it names him again.
        """
        return self.visitor.sub in (None, person and person.sub)

    @property
    def state(self) -> dict[str, bytes]:
        """What `Door.accept` keeps of it, in the commit of what it belongs to."""
        return {f"session:{self.key}": msgspec.json.encode(self)}


class Visitors:
    """Finds and makes sessions in the door's own state."""

    def __init__(self, door: Door, *, signed_only: bool = False) -> None:
        self._door = door
        self._signed_only = signed_only

    async def resume(self, token: str | None) -> Session | None:
        """Return the session behind `token`, or None when there is none, or no longer."""
        return await self.reload(hash_token(token)) if token else None

    async def reload(self, key: str) -> Session | None:
        """Return the session as it is now; None: it was ended."""
        kept = await self._door.load(f"session:{key}")
        session = msgspec.json.decode(kept, type=Session) if kept else None
        return None if session and self._signed_only and not session.visitor.sub else session

    async def signed_in(self, token: str | None) -> Session:
        """Return the session behind `token`. Raises NotSignedIn when there is none."""
        session = await self.resume(token)
        if session is None:
            raise NotSignedIn("This chat session is over.")
        return session

    async def begin(self, asked: SessionAsked) -> tuple[str, Session]:
        """Make a visitor and return his token, which we do not keep, and his session."""
        token = new_token()
        session = Session(
            key=hash_token(token), visitor=Visitor(id=f"v-{new_id()}"), conversation=new_id()
        )
        return token, await self.update(told(session, asked))

    async def update(self, session: Session) -> Session:
        """Keep `session` as it is now; committed on return. The oldest device too many goes."""
        mark = await self._mark(session.visitor.id)
        others = [one for one in (mark.sessions if mark else ()) if one != session.key]
        marks = await self._marks(session, (*others[-_DEVICES:], session.key))
        await self._door.accept([], state={**session.state, **marks})
        for key in others[:-_DEVICES]:
            await self._door.save(f"session:{key}", None)
        return session

    async def of_person(self, session: Session, person: Person) -> Session:
        """Return the session as one of `person`, whom the site names.

        He comes to the conversation he had on another device, unless he has begun to write here.
        """
        old = session.visitor
        kept = await self._door.load(_person(person.sub))
        known = msgspec.json.decode(kept, type=_Place) if kept else None
        visitor = msgspec.structs.replace(
            old,
            sub=person.sub,
            name=shorten(person.name, 100) or old.name,
            email=one_line(person.email) if like_an_address(person.email) else old.email,
        )
        if known is None or old.sub == person.sub or await self._has_begun(session):
            return session.changed(visitor=visitor)
        if known.visitor != old.id:
            await self._door.save(f"visitor:{old.id}", None)  # nobody ever wrote as him
        visitor = msgspec.structs.replace(visitor, id=known.visitor)
        return session.changed(visitor=visitor, conversation=known.conversation)

    async def _has_begun(self, session: Session) -> bool:
        return bool(await self._door.transcript(session.conversation, 0, 1))

    async def _mark(self, visitor: str) -> "_Mark | None":
        kept = await self._door.load(f"visitor:{visitor}")
        return msgspec.json.decode(kept, type=_Mark) if kept else None

    async def _marks(self, session: Session, sessions: tuple[str, ...]) -> dict[str, bytes]:
        """Return where this visitor is found: by his own id, and by the site's."""
        visitor = session.visitor
        person = _person(visitor.sub) if visitor.sub else ""
        mark = _Mark(session.conversation, sessions, person)
        marks = {f"visitor:{visitor.id}": msgspec.json.encode(mark)}
        if person and not await self._door.load(person):
            place = _Place(visitor.id, session.conversation)
            marks[person] = msgspec.json.encode(place)
        return marks

    async def conversation_of(self, visitor: str) -> str | None:
        """Return where to write to `visitor`; None when he is unknown or his visit was ended."""
        mark = await self._mark(visitor)
        return mark.conversation if mark else None

    async def end(self, visitor: str) -> None:
        """End the visit on all devices: no token is worth anything, nobody can be reached."""
        mark = await self._mark(visitor)
        if mark is None:
            return
        persons = {mark.person}
        for key in mark.sessions:
            found = await self.reload(key)
            if found is not None and found.visitor.sub:
                persons.add(_person(found.visitor.sub))
            await self._door.save(f"session:{key}", None)
        for person in filter(None, persons):
            await self._forget_person(person, visitor)
        await self._door.save(f"visitor:{visitor}", None)

    async def _forget_person(self, person: str, visitor: str) -> None:
        """Forget that a person of the site is `visitor`; whoever else he is meanwhile stays."""
        kept = await self._door.load(person)
        if kept and msgspec.json.decode(kept, type=_Place).visitor == visitor:
            await self._door.save(person, None)

    async def leave(self, session: Session) -> None:
        """End one session: its browser's token is worth nothing from now on."""
        await self._door.save(f"session:{session.key}", None)
        mark = await self._mark(session.visitor.id)
        if mark:
            left = tuple(one for one in mark.sessions if one != session.key)
            mark = msgspec.structs.replace(mark, sessions=left)
            await self._door.save(f"visitor:{session.visitor.id}", msgspec.json.encode(mark))


class _Mark(Struct, frozen=True):
    """Where a visitor is reached, and from which browsers he came."""

    conversation: str
    sessions: tuple[str, ...] = ()
    person: str = ""  # where the person is found that the site said he is


class _Place(Struct, frozen=True):
    """The visitor that a person of the site is, and his conversation."""

    visitor: str
    conversation: str


def _person(sub: str) -> str:
    return f"person:{hash_token(sub)}"


def told(session: Session, asked: SessionAsked) -> Session:
    """Return `session` with what the browser claims now; unusable claims change nothing."""
    old, form = session.visitor, dict(asked.form)
    name, email = form.pop("name", ""), one_line(form.pop("email", ""))
    visitor = msgspec.structs.replace(
        old,
        name=shorten(name, 100) or old.name,
        email=email if like_an_address(email) else old.email,
        language=one_line(asked.lang)[:35] or old.language,
        zone=asked.tz if _ZONE.match(asked.tz) else old.zone,
        form={**old.form, **_fields(form)} if len({**old.form, **form}) <= _FIELDS else old.form,
    )
    session = session.changed(
        visitor=visitor, link_token=_token(asked.link_token) or session.link_token
    )
    return at_page(session, asked.page or Page(old.page_url, old.page_title))


def at_page(session: Session, page: Page) -> Session:
    """Return `session` with the visitor on `page`; addresses that are no web pages are dropped."""
    url = page.url if page.url.startswith(("http://", "https://")) else ""
    visitor = msgspec.structs.replace(
        session.visitor, page_url=one_line(url)[:2048], page_title=one_line(page.title)[:256]
    )
    return session.changed(visitor=with_form(visitor, page.about))


def with_form(visitor: Visitor, form: dict[str, str]) -> Visitor:
    """Return the visitor with what the site tells of him; more than is usual changes nothing."""
    fields = {**visitor.form, **_fields(form)}
    return msgspec.structs.replace(visitor, form=fields) if len(fields) <= _FIELDS else visitor


def like_an_address(email: str) -> bool:
    """Return whether this could be a mail address; whether it is one, only a letter tells."""
    return bool(_ADDRESS.match(email)) and len(email) <= 254


def _fields(form: dict[str, str]) -> dict[str, str]:
    return {one_line(k)[:64]: shorten(v, _FIELD) for k, v in form.items() if one_line(k)}


def _token(link_token: str | None) -> str | None:
    return link_token if link_token and len(link_token) <= 256 else None
