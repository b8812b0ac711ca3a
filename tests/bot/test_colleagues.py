"""What an agent mails from his own address about a case of his: an answer or a note, never Ada."""

import pytest

from desk.messages.queries import MessageView, NoteView
from desk.ports.messages import InboundMessage
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_recording import settled
from tests.bot.test_trust import ADA, ALICE, desk, letter

__all__ = ["desk"]


async def said_in_case(desk: PaperDesk) -> list[tuple[str, str]]:
    lines = (await desk.detail()).timeline
    return [
        (one.author, one.text) if isinstance(one, MessageView) else ("note", one.text)
        for one in lines
        if isinstance(one, MessageView | NoteView)
    ]


async def asked(desk: PaperDesk, *, assigned: bool = True) -> None:
    await desk.arrive("1", letter("m1", "Where is my lamp?"))
    await desk.until(settled)
    if assigned:
        await desk.answer(1, "I look.")


def by_alice(**more: object) -> InboundMessage:
    given = {"sender": ALICE, "in_reply_to": ("m1",), "genuine": True}
    return letter("m2", "It is on its way.", **(given | more))


async def test_it_is_an_answer_when_the_customer_was_addressed(desk: PaperDesk) -> None:
    await asked(desk)
    await desk.arrive("2", by_alice(recipients=(ADA.address,)))
    await desk.until(settled)
    assert (await said_in_case(desk))[-1] == ("agent", "It is on its way.")
    (case,) = await desk.cases()
    assert case.status == "pending"


async def test_it_is_a_note_when_only_the_desk_was_addressed(desk: PaperDesk) -> None:
    await asked(desk)
    for key in ("2", "3"):  # the mailbox may be read twice
        await desk.arrive(key, by_alice())
        await desk.until(settled)
    assert (await said_in_case(desk))[2:] == [("note", "It is on its way.")]


@pytest.mark.parametrize("genuine", [None, False])
async def test_who_is_not_vouched_for_speaks_for_nobody(
    desk: PaperDesk, genuine: bool | None
) -> None:
    await asked(desk)
    await desk.arrive("2", by_alice(genuine=genuine, recipients=(ADA.address,)))
    await desk.until(settled)
    assert len(await said_in_case(desk)) == 2
    assert [case.number for case in await desk.cases()] == [1001, 1002]


async def test_an_agent_who_does_not_work_in_the_case_is_a_customer(desk: PaperDesk) -> None:
    await asked(desk, assigned=False)
    await desk.arrive("2", by_alice(recipients=(ADA.address,)))
    await desk.until(settled)
    assert [author for author, _ in await said_in_case(desk)] == ["customer"]
