"""Emoji in the chat: the visitor's on our messages, ours on his."""

import pytest

from desk.ports.messages import MessageReacted
from desk.ports.optional import Reacts
from tests.channels.chat_page import Shop, answer, open_shop, say


async def answered(shop: Shop) -> tuple[str, str]:
    """A conversation with one answer of ours: the token, and the answer's id."""
    token = (await shop.session())["token"]
    await say(shop, token, "Where is my cup?")
    return token, await shop.channel.send(answer(shop.visitor(), "On its way"), 0)


async def test_a_visitors_emoji_reaches_the_desk_and_can_be_taken_back() -> None:
    async with open_shop() as shop:
        token, ours = await answered(shop)
        for on in (True, False):
            put = {"of": ours, "emoji": "👍", "on": on}
            assert (await say(shop, token, "", react=put))["t"] == "ack"
        _, put_on, took_off = await shop.heard(3)
        assert isinstance(put_on, MessageReacted)
        assert isinstance(took_off, MessageReacted)
        assert (put_on.external_id, put_on.added, put_on.removed) == (ours, ("👍",), ())
        assert (took_off.added, took_off.removed) == ((), ("👍",))
        assert put_on.sender.address == shop.visitor()
        lines = (await shop.session(token=token))["messages"]
        assert [line["t"] for line in lines] == ["msg", "msg", "react", "react"]
        assert [line["seq"] for line in lines] == [1, 2, 3, 4]


async def test_the_same_emoji_sent_twice_by_a_bad_line_is_one() -> None:
    async with open_shop() as shop:
        token, ours = await answered(shop)
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "cid-of-an-emoji"}
        body = {"react": {"of": ours, "emoji": "👍"}}
        first = await shop.post("messages", body, **headers)
        assert first == await shop.post("messages", body, **headers)
        assert len(shop.door.arrivals) == 2


@pytest.mark.parametrize(
    ("of", "emoji"), [("", "💣"), ("other:2", "👍"), ("own", "👍"), (":99", "👍"), (":²", "👍")]
)
async def test_emoji_stand_only_on_what_we_said_here(of: str, emoji: str) -> None:
    async with open_shop() as shop:
        token, ours = await answered(shop)
        thread = ours.rpartition(":")[0]
        on = {"": ours, "own": f"{thread}:1"}.get(of, f"{thread}{of}" if of[:1] == ":" else of)
        refused = await say(shop, token, "", react={"of": on, "emoji": emoji})
        assert (refused["t"], refused["retry_after_s"]) == ("err", None)
        assert len(shop.door.arrivals) == 1


async def test_our_emoji_are_shown_as_they_stand() -> None:
    async with open_shop() as shop:
        token, _ = await answered(shop)
        assert isinstance(shop.channel, Reacts)
        (said, *_) = (await shop.session(token=token))["messages"]
        await shop.channel.react(said["id"], ["👀", "❤"])
        await shop.channel.react(said["id"], ["❤"], ["👀"])
        *_, last = (await shop.session(token=token))["messages"]
        assert (last["t"], last["of"], last["emoji"]) == ("react", said["id"], ["❤"])
