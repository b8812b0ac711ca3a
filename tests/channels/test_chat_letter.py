"""A visitor asks for the conversation by letter: once as it stands, and nobody for another."""

from desk.ports.inbound import CustomerAsked, Wish
from tests.channels.chat_page import SHOP, answer, open_shop, say


async def test_asking_again_is_one_request_until_more_was_said() -> None:
    async with open_shop() as shop:
        session = await shop.session(form={"email": "ada@home.example"})
        assert session["has_address"]
        await say(shop, session["token"], "Where is my cup?")
        token = {"Authorization": f"Bearer {session['token']}"}
        url = shop.url("letter")
        for _ in range(2):
            async with shop.http.post(url, headers={"Origin": SHOP, **token}) as response:
                assert response.status == 204
        _, asked = await shop.heard(2)
        assert isinstance(asked, CustomerAsked)
        assert asked.wish is Wish.TRANSCRIPT
        assert asked.thread == session["conversation"]
        assert asked.sender.email == "ada@home.example"
        await shop.channel.send(answer(shop.visitor(), "On Monday."), 0)
        async with shop.http.post(url, headers={"Origin": SHOP, **token}) as response:
            assert response.status == 204
        assert len(await shop.heard(3)) == 3


async def test_nobody_asks_without_the_token_or_too_often() -> None:
    async with open_shop(messages_per_minute=1) as shop:
        assert (await shop.post("letter"))[0] == 401
        token = {"Authorization": f"Bearer {(await shop.session())['token']}"}
        async with shop.http.post(shop.url("letter"), headers={"Origin": SHOP, **token}) as one:
            assert one.status == 204
        assert (await shop.post("letter", **token))[0] == 429
