"""What is asked before a chat: judged by the desk, kept as claims, shown to whoever answers."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.chat import asking
from channels.chat.asking import Answers
from channels.chat.config import ChatSettings, FormField
from desk.ports.messages import InboundMessage
from desk.ports.outlook import Outlook
from tests.channels.chat_page import NOON, SHOP, Shop, open_shop, open_wire, say

ORDER = FormField(name="order", labels={"en": "Order number", "fr": "Commande"}, required=True)
SIZE = FormField(name="size", choices=("S", "L"), choice_labels={"fr": ("Petite", "Grande")})
FORM = (FormField(name="name"), FormField(name="email", required=True), ORDER, SIZE)
FILLED = {"name": "Ada", "email": "ada@example.org", "order": "4711", "size": "L"}
CLOSED = Outlook(is_open=False, opens_at=NOON + timedelta(hours=20))


async def hand_in(shop: Shop, token: str, fields: dict[str, str], **more: Any) -> Any:
    """Hand a form in; returns what is wrong with which field."""
    headers = {"Origin": SHOP, "Authorization": f"Bearer {token}"}
    body = {"fields": fields, **more}
    async with shop.http.post(shop.url("form"), json=body, headers=headers) as response:
        return (await response.json())["wrong"]


async def first_heard(shop: Shop) -> InboundMessage:
    (said,) = await shop.heard(1)
    assert isinstance(said, InboundMessage)
    return said


async def test_nobody_begins_a_chat_before_the_form_is_filled_in() -> None:
    async with open_shop(form=FORM) as shop:
        session = await shop.session(lang="fr")
        names = [field["name"] for field in session["form"]["fields"]]
        assert names == ["name", "email", "order", "size"]
        assert session["form"]["fields"][2]["label"] == "Commande"
        assert session["form"]["fields"][3]["choices"][1] == {"value": "L", "label": "Grande"}
        refused = await say(shop, session["token"], "Where is it?")
        assert (refused["t"], refused["code"], refused["retry_after_s"]) == ("err", "form", None)
        assert await hand_in(shop, session["token"], FILLED) == {}
        assert (await say(shop, session["token"], "Where is it?"))["t"] == "ack"
        assert (await shop.session(token=session["token"]))["form"] is None


async def test_the_answers_go_with_the_first_message_and_are_only_claims() -> None:
    fields = {**FILLED, "subject": "A cup"}
    async with open_shop(form=(*FORM, FormField(name="subject"))) as shop:
        token = (await shop.session())["token"]
        await hand_in(shop, token, fields)
        await say(shop, token, "Where is it?")
        await say(shop, token, "Hello?")
        first, second = await shop.heard(2)
        assert isinstance(first, InboundMessage)
        assert isinstance(second, InboundMessage)
        assert (first.sender.name, first.sender.email) == ("Ada", "ada@example.org")
        assert first.sender.assurance == "none"
        assert first.subject == "A cup"
        told = [remark.detail for remark in first.remarks if remark.code == "told"]
        assert told == ["Order number: 4711", "size: L"]
        assert second.subject is None
        assert second.remarks == ()


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"email": ""}, {"email": "required"}),
        ({"email": "ada at home"}, {"email": "invalid"}),
        ({"email": "a@b@c"}, {"email": "invalid"}),
        ({"order": "  "}, {"order": "required"}),
        ({"order": "4" * 501}, {"order": "too_long"}),
        ({"size": "XXL"}, {"size": "invalid"}),
        ({"size": ""}, {}),
    ],
)
async def test_each_wrong_answer_is_named(wrong: dict[str, str], problem: dict[str, str]) -> None:
    async with open_shop(form=FORM) as shop:
        token = (await shop.session())["token"]
        assert await hand_in(shop, token, {**FILLED, **wrong}) == problem


async def test_what_the_form_does_not_ask_is_not_taken() -> None:
    async with open_shop(form=(FormField(name="order"),)) as shop:
        token = (await shop.session())["token"]
        more = {"name": "Eve", "email": "x" * 50_000, "subject": "Spam", "order": "4711"}
        assert await hand_in(shop, token, more) == {}
        assert max(map(len, shop.door.state.values())) < 1000
        await say(shop, token, "Hello")
        said = await first_heard(shop)
        assert (said.sender.name, said.sender.email, said.subject) == (None, None, None)
        assert [remark.detail for remark in said.remarks] == ["order: 4711"]


async def test_a_form_is_not_handed_in_over_and_over() -> None:
    async with open_shop(form=FORM) as shop:
        token = (await shop.session())["token"]
        headers = {"Authorization": f"Bearer {token}"}
        answers = [await shop.post("form", {"fields": FILLED}, **headers) for _ in range(30)]
        assert answers[0][0] == 200
        assert answers[-1][0] == 429
        assert answers[-1][1]["retry_after_s"]


async def test_consent_is_asked_for_and_kept_with_its_words() -> None:
    consent = {"en": "I agree to be helped", "fr": "Je veux bien"}
    async with open_shop(consent=consent, consent_url="https://shop.example/privacy") as shop:
        session = await shop.session(lang="en")
        assert session["form"]["consent"]["text"] == "I agree to be helped"
        assert await hand_in(shop, session["token"], {}) == {"consent": "required"}
        assert await hand_in(shop, session["token"], {}, consent=True) == {}
        await say(shop, session["token"], "Hello")
        (said,) = (await first_heard(shop)).remarks
        assert said.detail == "Agreed to: I agree to be helped"


async def test_a_closed_desk_asks_for_an_address_and_says_when_it_opens() -> None:
    async with open_shop() as shop:
        shop.door.expected = CLOSED
        session = await shop.session()
        assert session["outlook"]["opens_at"] == "2026-03-03T08:00:00Z"
        assert [(one["name"], one["required"]) for one in session["form"]["fields"]] == [
            ("email", True)
        ]
        assert (await say(shop, session["token"], "Hello"))["code"] == "form"
        assert await hand_in(shop, session["token"], {"email": "ada@example.org"}) == {}
        await say(shop, session["token"], "Hello")
        assert (await first_heard(shop)).sender.email == "ada@example.org"


async def test_a_desk_that_closes_meanwhile_does_not_stop_who_is_talking() -> None:
    async with open_shop() as shop:
        token = (await shop.session())["token"]
        await say(shop, token, "Hello")
        shop.door.expected = CLOSED
        assert (await say(shop, token, "Are you there?"))["t"] == "ack"
        assert (await shop.session(token=token))["form"] is None


async def test_where_a_bot_answers_at_any_hour_nobody_is_asked_for_an_address() -> None:
    async with open_shop() as shop:
        shop.door.expected = Outlook(is_open=False, bot=True)
        session = await shop.session()
        assert session["form"] is None
        assert (await say(shop, session["token"], "Hello"))["t"] == "ack"


async def test_an_inbox_may_do_without_the_form_of_a_closed_desk() -> None:
    async with open_shop(offline_form=False) as shop:
        shop.door.expected = CLOSED
        session = await shop.session()
        assert session["form"] is None
        assert (await say(shop, session["token"], "Hello"))["t"] == "ack"


async def test_a_page_that_waits_learns_how_many_are_before_it() -> None:
    async with open_shop() as shop:
        token = (await shop.session())["token"]
        shop.door.expected = Outlook(ahead=2, reply_s=240)
        async with open_wire(shop, token) as wire:
            await wire.send("ping", ask=True)
            told = (await wire.until("pong"))["outlook"]
            assert (told["ahead"], told["reply_s"]) == (2, 240)
            await wire.send("ping")
            assert (await wire.until("pong"))["outlook"] is None


async def test_the_page_is_told_once_for_all_that_is_written_on_it() -> None:
    async with open_shop() as shop:
        page = {"url": "https://shop.example/cups", "title": "Cups"}
        token = (await shop.session(page=page))["token"]
        await say(shop, token, "Hello")
        await say(shop, token, "Hello?")
        first, second = await shop.heard(2)
        assert isinstance(first, InboundMessage)
        assert isinstance(second, InboundMessage)
        assert [one.detail for one in first.remarks] == ["Cups, https://shop.example/cups"]
        assert second.remarks == ()


@given(
    fields=st.dictionaries(st.sampled_from(["name", "email", "order", "size", "x"]), st.text()),
    consent=st.booleans(),
    away=st.booleans(),
)
def test_any_answers_are_judged(fields: dict[str, str], consent: bool, away: bool) -> None:
    settings = ChatSettings(form=FORM)
    answers = Answers(fields=fields, consent=consent)
    wrong = asking.problems(settings, answers, "en", away=away)
    assert set(wrong) <= {"name", "email", "order", "size"}
    for label, value in asking.told(settings, answers, "en", away=away):
        assert label
        assert value
