"""What a visitor does becomes an arrival: limits, files, the commit before the acknowledgement."""

import time
from typing import Any

import msgspec

from channels.chat.config import EMOJI, TEXT_LIMIT, ChatSettings
from channels.chat.files import Files
from channels.chat.forms import Forms
from channels.chat.frames import Amend, Emoji, Msg, Page
from channels.chat.parse import Edited, HasRead, Reacted, Said, TakenBack, WantsLetter
from channels.chat.render import line_frame, own_edit, own_gone, own_line, own_reaction
from channels.chat.rooms import Rooms
from channels.chat.visitors import Session, Visitors, at_page
from desk.kit.clock import Clock
from desk.kit.errors import Invalid, NotSignedIn, TooOften
from desk.kit.meter import RateLimit
from desk.kit.text import clean
from desk.ports.channel import Arrival, Door


class Intake:
    """Takes what visitors say, by socket or by request, into one inbox's journal."""

    def __init__(
        self, door: Door, rooms: Rooms, files: Files, *, settings: ChatSettings, clock: Clock
    ) -> None:
        self.visitors = Visitors(door, signed_only=settings.require_identity)
        self.forms = Forms(door, self.visitors, settings)
        self._door = door
        self._rooms = rooms
        self._files = files
        self._clock = clock
        self._limit = RateLimit(settings.messages_per_minute / 60, settings.messages_per_minute)

    async def session(self, seen: Session) -> Session:
        """Return a session as it is now. Raises NotSignedIn when it ended, or is another's."""
        session = await self.visitors.reload(seen.key)
        if session is None or not session.is_still(seen):
            raise NotSignedIn("This chat session is over.")
        return session

    async def say(self, seen: Session, msg: Msg) -> dict[str, Any]:
        """Journal one message and return its frame `ack`. The same `cid` again changes nothing.

        Raises:
            NotSignedIn: the session was ended, or somebody else was named in it.
            Invalid: it cannot be sent as it is (too long, empty, a file of someone else).
            TooOften, ChannelBusy: nothing was taken; send it again after `retry_after_s`.
        """
        session = await self.session(seen)
        await self.forms.check_begun(session)
        arrival = await self._arrival(session, msg)
        wait_s = self._limit.wait_s(session.visitor.id, time.monotonic())
        if wait_s:
            raise TooOften("That is a lot at once. The rest follows in a moment.", wait_s)
        now = session if msg.react or msg.amend else _after(session)
        (accepted,) = await self._door.accept(
            [arrival], state=now.state if now != session else None
        )
        self._rooms.wake(session.conversation)
        return {"t": "ack", "cid": msg.cid, "id": arrival.dedupe_key, "seq": accepted.seq}

    async def read(self, seen: Session, seq: int) -> None:
        """Record that everything up to `seq` was seen, as receipts for the messages of ours."""
        session = await self.session(seen)
        if seq <= session.read:
            return
        lines = await self._door.transcript(session.conversation, session.read)
        lines = [line for line in lines if line.seq <= seq]
        if not lines:
            return
        frames = (line_frame(session.conversation, line) for line in lines)
        said = (frame for frame in frames if frame["t"] == "msg" and not frame.get("me"))
        ours = tuple(frame["id"] for frame in said)
        last = lines[-1].seq
        receipt = Arrival(
            dedupe_key=f"{session.conversation}:read:{last}",
            order_key=session.conversation,
            raw=msgspec.json.encode(HasRead(visitor=session.visitor.id, ids=ours)),
        )
        state = session.changed(read=last, known=max(last, session.known)).state
        await self._door.accept([receipt] if ours else [], state=state)

    async def writes(self, seen: Session) -> None:
        """Show those who answer that the visitor writes."""
        await self._door.writes((await self.session(seen)).conversation)

    async def wants_letter(self, session: Session) -> None:
        """Journal that the visitor wants the conversation by letter, once as it stands.

        Raises TooOften, ChannelBusy.
        """
        wait_s = self._limit.wait_s(session.visitor.id, time.monotonic())
        if wait_s:
            raise TooOften("That is a lot at once. Try again in a moment.", wait_s)
        last = session.known
        while lines := await self._door.transcript(session.conversation, last):
            last = lines[-1].seq
        id_ = f"{session.conversation}:letter:{last}"
        wants = WantsLetter(conversation=session.conversation, visitor=session.visitor, id=id_)
        raw = msgspec.json.encode(wants)
        arrival = Arrival(dedupe_key=id_, order_key=session.conversation, raw=raw)
        await self._door.accept([arrival])

    async def moved(self, seen: Session, page: Page) -> None:
        """Record that the visitor is on another page now: it goes with his next message."""
        await self.visitors.update(at_page(await self.session(seen), page))

    async def _arrival(self, session: Session, msg: Msg) -> Arrival:
        id_ = external_id_of(session.conversation, msg.cid)
        if msg.react:
            reacted = await self._reacted(session, msg.react)
            raw, line = msgspec.json.encode(reacted), own_reaction(reacted, msg.cid)
        elif msg.amend and msg.amend.gone:
            back = await self._taken_back(session, msg.amend)
            raw, line = msgspec.json.encode(back), own_gone(back, msg.cid)
        elif msg.amend:
            edited = await self._edited(session, msg.amend, msg.text)
            raw, line = msgspec.json.encode(edited), own_edit(edited, msg.cid)
        else:
            said = await self._said(session, msg, id_)
            raw, line = msgspec.json.encode(said), own_line(said, msg.cid)
        return Arrival(dedupe_key=id_, order_key=session.conversation, raw=raw, line=line)

    async def _reacted(self, session: Session, put: Emoji) -> Reacted:
        """Raises Invalid for an emoji not offered, or put on what is no message of ours to him."""
        thread, _, seq = put.of.rpartition(":")
        known = thread == session.conversation and seq.isdecimal() and len(seq) < 16
        of = await self._line(thread, int(seq)) if known else {}
        if put.emoji not in EMOJI or of.get("id") != put.of or of.get("me"):
            raise Invalid("This cannot be put on this message.", "/react")
        return Reacted(
            conversation=thread, visitor=session.visitor, of=put.of, emoji=put.emoji, on=put.on
        )

    async def _edited(self, session: Session, own: Amend, text: str) -> Edited:
        """Raises Invalid for what he did not write here, and for words that are none."""
        await self._check_own(session, own)
        words = _words(text)
        if not words:
            raise Invalid("There is nothing in this message.", "/text")
        thread = session.conversation
        return Edited(conversation=thread, visitor=session.visitor, of=own.of, text=words)

    async def _taken_back(self, session: Session, own: Amend) -> TakenBack:
        """Raises Invalid for what he did not write here."""
        await self._check_own(session, own)
        return TakenBack(conversation=session.conversation, of=own.of)

    async def _check_own(self, session: Session, own: Amend) -> None:
        """Raises Invalid for all but his own messages here: no letters, no pressed buttons."""
        line = await self._line(session.conversation, own.seq)
        stands_elsewhere = "by" in line or "pressed" in line
        if line.get("id") != own.of or not line.get("me") or stands_elsewhere:
            raise Invalid("This message cannot be changed.", "/of")

    async def _line(self, thread: str, seq: int) -> dict[str, Any]:
        """Return what was said at a place in line; empty where nothing was."""
        lines = await self._door.transcript(thread, seq - 1, 1)
        frames = [line_frame(thread, line) for line in lines if line.seq == seq]
        return frames[0] if frames and frames[0]["t"] == "msg" else {}

    async def _said(self, session: Session, msg: Msg, id_: str) -> Said:
        text = _words(msg.text)
        if not (text or msg.files or msg.action or msg.person):
            raise Invalid("There is nothing in this message.", "/text")
        return Said(
            id=id_,
            conversation=session.conversation,
            visitor=session.visitor,
            at=self._clock.now(),
            text=text,
            files=await self._files.of(session.visitor.id, msg.files),
            pressed=msg.action.value if msg.action else None,
            pressed_under=(msg.action.source or None) if msg.action else None,
            person=msg.person,
            link_token=session.link_token,
            subject=session.subject,
            told=(*session.told, *_news(session)),
            on_page=session.visitor.page_url != session.page_told,
        )


def _words(text: str) -> str:
    """Return what a visitor wrote, tidy. Raises Invalid when it is too long."""
    words = clean(text).strip()
    if len(words) > TEXT_LIMIT:
        raise Invalid(f"A message holds up to {TEXT_LIMIT:,} characters.", "/text")
    return words


def external_id_of(conversation: str, cid: str) -> str:
    """Return the network's id of a visitor's message. A cid never looks like a place in line."""
    return f"{conversation}:{cid}"


def _after(session: Session) -> Session:
    """Return the session as it is once a message took along what goes with it, once."""
    return session.changed(
        link_token=None,
        formed=True,
        subject=None,
        told=(),
        page_told=session.visitor.page_url,
        form_told=session.visitor.form,
    )


def _news(session: Session) -> list[tuple[str, str]]:
    """Return what the site tells of the visitor and had not told before."""
    return [one for one in session.visitor.form.items() if one not in session.form_told.items()]
