"""A conversation to keep: as it stands, in the visitor's time, for nobody else."""

import pytest

from channels.chat.origins import is_blocked, networks
from desk.kit.errors import Invalid
from tests.channels.chat_page import SHOP, answer, open_shop, say


async def test_a_visitor_keeps_what_was_said_as_it_stands_now() -> None:
    async with open_shop() as shop:
        session = await shop.session(tz="Europe/Paris", lang="fr")
        await say(shop, session["token"], "Où est ma tasse ?")
        visitor, channel = shop.visitor(), shop.channel
        first = await channel.send(answer(visitor, "On *Monady*."), 0)
        second = await channel.send(answer(visitor, "For somebody else.", "out-2"), 0)
        await channel.edit(answer(visitor, "On *Monday*."), first)
        await channel.take_back(second)
        await channel.react(first, ["👍"])
        headers = {"Origin": SHOP, "Authorization": f"Bearer {session['token']}"}
        async with shop.http.get(shop.url("transcript?you=Vous"), headers=headers) as response:
            assert "attachment" in response.headers["Content-Disposition"]
            text = await response.text()
        assert text == (
            "Écrivez-nous\n\n"
            "2026-03-02 13:00 Vous:\nOù est ma tasse ?\n\n"
            "2026-03-02 13:00 Alice:\nOn Monday.\n"
        )


async def test_a_kept_conversation_has_no_address_at_which_somebody_else_could_answer() -> None:
    async with open_shop() as shop:
        session = await shop.session()
        await say(shop, session["token"], "Thanks")
        page = f"https://desk.example/rate/7.1790000000.{'0af3' * 8}"
        rated = f"4 of 5, thank you.\n\n[Tell us more]({page})\n\n{page}/stop?score=1"
        await shop.channel.send(answer(shop.visitor(), rated), 0)
        other = f"See [this](https://shop.example/cups/7) or https://shop.example/{'0af3' * 8}."
        await shop.channel.send(answer(shop.visitor(), other, "out-2"), 0)
        headers = {"Authorization": f"Bearer {session['token']}"}
        async with shop.http.get(shop.url("transcript"), headers=headers) as response:
            text = await response.text()
        assert "Alice:\n4 of 5, thank you.\n\nTell us more\n\n" in text
        assert "rate" not in text
        assert "this (https://shop.example/cups/7)" in text
        assert f"https://shop.example/{'0af3' * 8}." in text


async def test_a_long_conversation_is_kept_whole_and_a_strange_zone_is_no_trouble() -> None:
    async with open_shop() as shop:
        session = await shop.session(tz="Mars/Olympus")
        await say(shop, session["token"], "Hello")
        for number in range(450):
            await shop.door.append(
                session["conversation"],
                f"k{number}",
                b'{"from":{"kind":"bot","name":""},"text":"word"}',
            )
        headers = {"Authorization": f"Bearer {session['token']}"}
        async with shop.http.get(shop.url("transcript"), headers=headers) as response:
            assert (await response.text()).count("bot:\nword") == 450


async def test_nobody_gets_a_transcript_without_the_token() -> None:
    async with open_shop() as shop:
        async with shop.http.get(shop.url("transcript")) as response:
            assert response.status == 401
        headers = {"Authorization": "Bearer nonsense"}
        async with shop.http.get(shop.url("transcript"), headers=headers) as response:
            assert response.status == 401


@pytest.mark.parametrize(
    ("address", "blocked"),
    [
        ("203.0.113.7", True),
        ("::ffff:203.0.113.7", True),
        ("203.0.114.7", False),
        ("2001:db8::1", True),
        (None, False),
        ("unix", False),
    ],
)
def test_networks_are_kept_out_however_they_are_written(address: str | None, blocked: bool) -> None:
    assert is_blocked(address, ("203.0.113.9/24", "2001:db8::/32")) is blocked


async def test_a_network_that_is_kept_out_gets_in_by_no_door() -> None:
    async with open_shop() as shop:
        token = (await shop.session())["token"]
    async with open_shop(shop.door, blocked_addresses=("127.0.0.0/8", "::1")) as shop:
        for path in ("session", "messages", "form", "files"):
            assert (await shop.post(path, {}, Authorization=f"Bearer {token}"))[0] == 403
        async with shop.http.get(shop.url("socket"), headers={"Origin": SHOP}) as response:
            assert response.status == 403


def test_a_network_that_is_none_is_said_when_the_inbox_is_made() -> None:
    with pytest.raises(Invalid, match="blocked_addresses"):
        networks(("the neighbours",))
