"""What is said by letter of a chat stands in the chat when its visitor comes back; both engines."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update

from bot.intake import Desk, take_message
from channels.chat.files import Files
from channels.chat.render import elsewhere, line_frame
from desk.arrivals import erasing
from desk.arrivals.queries import load_state, transcript
from desk.cases import mirroring
from desk.db.engine import Database
from desk.events import log
from desk.events.log import START
from desk.kit.clock import FrozenClock
from desk.messages.actions import StoredFile
from desk.messages.queries import messages_of
from desk.messages.tables import messages
from desk.ports.elsewhere import SaidElsewhere, Shown
from desk.ports.messages import Automation, InboundMessage, Sender
from desk.queues import queries as queues
from desk.queues.actions import define_inbox
from tests.bot.paper_desk import INBOX, PaperDesk
from tests.bot.test_away import MAIL, TYPED, later, visit

FILE = StoredFile(name="cup.png", mime="image/png", size_bytes=3, blob="b" * 64)


def shown(said: SaidElsewhere) -> Shown:
    return Shown(elsewhere(said), Files.of_letter(said))


@pytest.fixture
async def desk(database: Database, clock: FrozenClock, tmp_path: Path) -> AsyncIterator[PaperDesk]:
    """A visitor was answered, left, and got it by letter."""
    paper = PaperDesk(database, clock, tmp_path)
    await paper.furnish()

    def mail(c: Connection) -> None:
        (queue, *_) = queues.list_queues(c)
        define_inbox(c, MAIL, "post", "Letters", queue.id, bot=False)

    await database.write(mail)
    async with paper.working():
        await visit(paper)
        assert len(await later(paper, clock)) == 1
        yield paper


async def mails(desk: PaperDesk, id_: str, address: str = TYPED, **more: Any) -> None:
    """Let a letter come in that belongs to the case."""
    files = more.pop("files", ())

    def unit(c: Connection) -> None:
        sender = Sender(address=address)
        message = InboundMessage(
            external_id=id_, sender=sender, text="Monday is fine", case_id=1, **more
        )
        assert take_message(
            c, Desk(inbox=queues.inbox(c, MAIL)), message, files, 0, desk.clock.now()
        )

    await desk.db.write(unit)


async def lines(desk: PaperDesk) -> list[dict[str, Any]]:
    """Hand on all facts, every one twice, and return the frames a page gets."""

    def unit(c: Connection) -> list[dict[str, Any]]:
        for event in log.read(c, START, 1000) * 2:
            mirroring.on_event(c, event, {INBOX: shown}, now=desk.clock.now(), voice="Desk")
        return [line_frame("t", line) for line in transcript(c, INBOX, "t", 0, 100)]

    return await desk.db.write(unit)


async def test_his_mail_and_our_answer_to_it_stand_in_the_chat_once_and_in_order(
    desk: PaperDesk,
) -> None:
    assert await lines(desk) == []  # the letter itself says what stands there already
    await mails(desk, "m1", files=(FILE,))
    (his,) = await lines(desk)
    assert (his["seq"], his["me"], his["text"], his["by"]) == (1, True, "Monday is fine", "letter")
    (file,) = his["files"]
    kept = await desk.db.read(load_state, INBOX, f"file:{file['id']}")
    assert json.loads(kept or b"{}")["visitor"] == "v1"


async def test_what_others_or_machines_write_into_the_case_is_not_shown(desk: PaperDesk) -> None:
    await mails(desk, "m1", address="lawyer@else.example")
    await mails(desk, "m2", automation=Automation.AUTO_REPLY)
    into_the_case = update(messages).values(case_id=1)
    await desk.db.write(lambda c: c.execute(into_the_case))
    assert len(await desk.db.read(lambda c: messages_of(c, 1))) == 6
    assert await lines(desk) == []


async def test_a_letter_that_its_server_warns_of_is_not_shown_as_his_word(desk: PaperDesk) -> None:
    await mails(desk, "m1", genuine=False)
    into_the_case = update(messages).values(case_id=1)
    await desk.db.write(lambda c: c.execute(into_the_case))
    assert await lines(desk) == []


async def test_an_erased_letter_leaves_its_place_and_no_word(desk: PaperDesk) -> None:
    await mails(desk, "m1")
    await lines(desk)
    ids = [m.id for m in await desk.db.read(lambda c: messages_of(c, 1)) if m.inbox == MAIL]
    keys = [mirroring.line_key(one) for one in ids]
    assert await desk.db.write(erasing.erase_lines, keys) == 1
    (gone,) = await lines(desk)
    assert (gone["t"], gone["seq"]) == ("gone", 1)
    assert "text" not in gone


async def test_what_was_not_by_letter_or_is_long_ago_is_not_repeated(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await mails(desk, "m1")
    clock.advance(mirroring.BACK + timedelta(seconds=1))
    assert await lines(desk) == []
