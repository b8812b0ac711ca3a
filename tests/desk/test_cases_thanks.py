"""Whether a message only says thank you, in six languages; and what that does to a case."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert

from desk.cases import actions, handlers, jobs
from desk.cases.rules import Status
from desk.cases.tables import no_thanks
from desk.cases.thanks import thanks
from desk.events import log
from desk.events.actors import agent
from desk.kit.clock import FrozenClock
from desk.messages.queries import MessageView
from desk.ports.messages import Attachment, InboundMessage, Sender
from desk.queues import queries as queues
from desk.queues.actions import settle_done
from desk.queues.queries import DoneCases
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_recording import settled

ONLY_THANKS = [
    ("en", "Thanks, works now!"),
    ("en", "Thank you so much, Alice. You can close this."),
    ("en", "Great, no more questions. Have a nice day\nAda"),
    ("en", "👍"),
    ("en", "ok thanks"),
    ("en", "That fixed it, thank you for your quick help!"),
    ("de", "Vielen Dank, jetzt funktioniert es wieder. Liebe Grüße, Jörg"),
    ("de", "Super, danke für die schnelle Antwort!"),
    ("es", "¡Muchas gracias! Ya funciona."),
    ("es", "Perfecto, muchas gracias por su ayuda. Un saludo"),
    ("fr", "Merci beaucoup, ça marche maintenant. Bonne journée"),
    ("fr", "C'est parfait, merci pour votre réponse rapide."),
    ("it", "Grazie mille, ora funziona tutto!"),
    ("it", "Perfetto, grazie per la risposta veloce. Cordiali saluti, Bruno"),
    ("pt", "Muito obrigada, já está resolvido!"),
    ("pt", "Perfeito, obrigado pela ajuda. Um abraço"),
]
MORE_THAN_THANKS = [
    ("en", "Thanks, but it still does not work"),
    ("en", "Thank you. When does it arrive?"),
    ("en", "Thanks! One more question about the invoice"),
    ("en", "Thank you, my new address is 12 Baker Street"),
    ("en", "Thanks for nothing"),
    ("en", "Thanks in advance for the refund"),
    ("en", "It worked for one day only, then it stopped again"),
    ("en", "thanks https://shop.example/cart"),
    ("de", "Danke, aber die Lampe flackert noch"),
    ("de", "Danke, bitte schicken Sie mir noch die Rechnung"),
    ("es", "Gracias, pero todavía no funciona"),
    ("fr", "Merci, mais cela ne marche toujours pas"),
    ("it", "Grazie, però non funziona ancora"),
    ("pt", "Obrigado, mas ainda não funciona"),
    ("en", "Hello"),
    ("en", ""),
]


@pytest.mark.parametrize(("language", "text"), ONLY_THANKS)
def test_thanks_are_known_with_and_without_the_language(language: str, text: str) -> None:
    for known in (language, None, "sv"):
        found = thanks(text, known)
        assert found.is_sure, found
        assert found.reason


@pytest.mark.parametrize(("language", "text"), MORE_THAN_THANKS)
def test_whatever_says_more_is_not_taken_for_thanks(language: str, text: str) -> None:
    for known in (language, None):
        assert not thanks(text, known).is_sure, thanks(text, known)


@given(st.text(max_size=300), st.sampled_from(["en", "de", "xx", None]))
def test_any_text_is_read(text: str, language: str | None) -> None:
    assert 0 <= thanks(text, language).score <= 1


@given(
    st.sampled_from(ONLY_THANKS), st.sampled_from(["but", "when?", "4711", "refund", "still not"])
)
def test_one_word_that_asks_for_something_is_enough(known: tuple[str, str], more: str) -> None:
    language, text = known
    if language == "en":
        assert not thanks(f"{text} {more}", language).is_sure


async def say(desk: PaperDesk, key: str, text: str, **more: Any) -> None:
    ada = Sender(address="ada@example.org")
    said = InboundMessage(external_id=key, sender=ada, thread="t", text=text, **more)
    await desk.arrive(key, said)
    await desk.until(settled)


async def become(desk: PaperDesk, status: Status, case_id: int = 1) -> None:
    who, now = agent(desk.alice), desk.clock.now()
    await desk.db.write(actions.set_status, case_id, status, actor=who, now=now)


async def test_thanks_leave_a_resolved_case_resolved_and_say_why(desk: PaperDesk) -> None:
    await say(desk, "1", "My lamp flickers")
    await become(desk, Status.RESOLVED)
    await say(desk, "2", "Thanks, works now!")
    detail = await desk.detail()
    assert (detail.case.status, detail.case.episode) == ("resolved", 1)
    assert detail.case.unanswered_since is None
    last = [line for line in detail.timeline if isinstance(line, MessageView)][-1]
    assert last.trace[-1].code == "acknowledged"
    assert "case.acknowledged" in [getattr(line, "kind", "") for line in detail.timeline]
    await say(desk, "3", "It flickers again")
    assert (await desk.detail()).case.status == "open"


async def test_thanks_with_a_file_and_thanks_in_an_open_case_are_ordinary_messages(
    desk: PaperDesk,
) -> None:
    await say(desk, "1", "Thank you")
    assert (await desk.detail()).case.unanswered_since is not None
    await become(desk, Status.RESOLVED)
    picture = Attachment(name="lamp.png", mime="image/png", size_bytes=1, ref="r")
    await say(desk, "2", "Thank you", attachments=(picture,))
    assert (await desk.detail()).case.status == "open"


async def test_thanks_for_a_closed_case_open_no_new_one(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await say(desk, "1", "My lamp flickers")
    await become(desk, Status.RESOLVED)
    clock.advance(timedelta(days=10))
    await desk.db.write(jobs.close_resolved, now=clock.now())
    await say(desk, "2", "Thanks a lot!")
    (row,) = await desk.cases()
    assert (row.status, row.preview) == ("closed", "Thanks a lot!")


async def test_thanks_that_an_agent_doubted_open_nothing_where_nothing_can_be_reopened(
    desk: PaperDesk, clock: FrozenClock
) -> None:
    await say(desk, "1", "My lamp flickers")
    await become(desk, Status.RESOLVED)

    def doubted_and_final(c: Connection) -> None:
        c.execute(insert(no_thanks).values(words="great job", learned_at=clock.now()))
        (queue, *_) = queues.list_queues(c)
        settle_done(c, queue.id, DoneCases(reopen_days=0, close_after_days=100))

    await desk.db.write(doubted_and_final)
    await say(desk, "2", "Great job!")
    assert [row.status for row in await desk.cases()] == ["resolved"]


async def test_what_an_agent_reopens_after_is_not_taken_for_thanks_again(desk: PaperDesk) -> None:
    await say(desk, "1", "My lamp flickers")
    await become(desk, Status.RESOLVED)
    await say(desk, "2", "Great job!")
    await become(desk, Status.OPEN)

    def read_facts(c: Any) -> None:
        for event in log.of_case(c, 1, kinds=("case.reopened",)):
            handlers.on_event(c, event, desk.clock.now())

    await desk.db.write(read_facts)
    await become(desk, Status.RESOLVED)
    await say(desk, "3", "great job")
    assert (await desk.detail()).case.status == "open"
