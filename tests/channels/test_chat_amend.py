"""A visitor changes what he wrote, or takes it back: on his pages, and at the desk."""

from typing import Any

import pytest

from desk.ports.elsewhere import SaidElsewhere
from desk.ports.messages import Author, AuthorKind, Choice, MessageDeleted, MessageEdited
from tests.channels.chat_page import NOON, Shop, answer, open_shop, open_wire, say


async def written(shop: Shop, text: str = "I paid 12 EUR.") -> tuple[str, dict[str, Any]]:
    """A conversation with one message of the visitor's: the token, and the message's place."""
    token = (await shop.session())["token"]
    told = await say(shop, token, text)
    return token, {"of": told["id"], "seq": told["seq"]}


async def test_other_words_reach_the_desk_and_every_open_page() -> None:
    async with open_shop() as shop:
        token, mine = await written(shop)
        async with open_wire(shop, token) as page:
            await page.until("msg")
            told = await say(shop, token, "  I paid 21 EUR. ", amend=mine)
            shown = await page.until("edit")
        assert (told["t"], told["seq"]) == ("ack", 2)
        assert (shown["of"], shown["text"], shown["me"], shown["seq"]) == (
            mine["of"],
            "I paid 21 EUR.",
            True,
            2,
        )
        _, edited = await shop.heard(2)
        assert isinstance(edited, MessageEdited)
        assert (edited.external_id, edited.text) == (mine["of"], "I paid 21 EUR.")
        assert edited.sender.address == shop.visitor()


async def test_a_message_taken_back_is_gone_on_his_pages_and_at_the_desk() -> None:
    async with open_shop() as shop:
        token, mine = await written(shop, "My password is swordfish.")
        assert (await say(shop, token, "", amend={**mine, "gone": True}))["t"] == "ack"
        _, gone = await shop.heard(2)
        assert isinstance(gone, MessageDeleted)
        assert gone.external_id == mine["of"]
        lines = (await shop.session(token=token))["messages"]
        assert [(line["t"], line["seq"]) for line in lines] == [("msg", 1), ("gone", 2)]
        headers = {"Authorization": f"Bearer {token}"}
        async with shop.http.get(shop.url("transcript"), headers=headers) as saved:
            assert "swordfish" not in await saved.text()


async def test_a_change_sent_twice_by_a_bad_line_is_one() -> None:
    async with open_shop() as shop:
        token, mine = await written(shop)
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "cid-of-a-change"}
        body = {"text": "I paid 21 EUR.", "amend": mine}
        first = await shop.post("messages", body, **headers)
        assert first == await shop.post("messages", body, **headers)
        assert len(shop.door.arrivals) == 2


@pytest.mark.parametrize("gone", [False, True])
async def test_nobody_changes_what_he_did_not_write_here(gone: bool) -> None:
    async with open_shop() as shop:
        token, mine = await written(shop)
        choices = (Choice(label="Yes", value="y"),)
        ours = await shop.channel.send(answer(shop.visitor(), "Sure?", choices=choices), 0)
        action = {"value": "y", "source": ours}
        pressed = await say(shop, token, "Yes", action=action)
        heard = len(shop.door.arrivals)
        other, his = await written(shop)
        for who, of, seq in (
            (token, ours, 2),  # ours
            (token, pressed["id"], 3),  # a button pressed is no message
            (token, mine["of"], 2),  # another place
            (token, mine["of"], 0),
            (token, mine["of"], 2**53),
            (token, his["of"], 1),
            (other, mine["of"], 1),
        ):
            amend = {"of": of, "seq": seq, "gone": gone}
            refused = await say(shop, who, "Mine now", amend=amend)
            assert (refused["t"], refused["retry_after_s"]) == ("err", None), (of, seq)
        assert len(shop.door.arrivals) == heard + 1


async def test_a_letter_stays_as_it_was_sent() -> None:
    async with open_shop() as shop:
        token, mine = await written(shop)
        thread = mine["of"].rpartition(":")[0]
        writer = Author(kind=AuthorKind.CUSTOMER, name="Ada")
        letter = SaidElsewhere(
            message_id=7, visitor=shop.visitor(), author=writer, said_at=NOON, text="By letter"
        )
        line = await shop.door.append(thread, "letter", shop.channel.shown(letter).line)
        amend = {"of": f"{thread}:{line.seq}", "seq": line.seq, "gone": True}
        assert (await say(shop, token, "", amend=amend))["t"] == "err"


@pytest.mark.parametrize("text", ["", " \n", "x" * 10_001])
async def test_words_that_are_none_or_too_many_are_refused(text: str) -> None:
    async with open_shop() as shop:
        token, mine = await written(shop)
        refused = await say(shop, token, text, amend=mine)
        assert (refused["t"], refused["retry_after_s"]) == ("err", None)
        assert len(shop.door.arrivals) == 1
