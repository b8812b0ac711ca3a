"""A chat is wanted by mail: it comes once, its answer joins the case, and the chat shows it."""

import aiohttp
from sqlalchemy import Connection, select

from desk.arrivals.tables import transcript_lines
from desk.cases import queries
from desk.cases.queries import Filter
from desk.cases.rules import Status
from tests.channels.chat_page import Wire
from tests.stories.test_four_channels import case_of, said_by
from tests.world import HELP, World

ADA = "ada@home.example"


async def test_ada_takes_her_chat_home_and_goes_on_there(parley: World) -> None:
    await parley.mail.add_mailbox(ADA, "pass")
    headers = {"Origin": parley.base}
    async with (
        parley.hire("Alice") as alice,
        aiohttp.ClientSession(parley.base, headers=headers) as http,
    ):
        asked = {"form": {"email": ADA}, "lang": "fr"}
        async with http.post("/chat/v1/shop/session", json=asked) as response:
            session = await response.json()
        assert session["has_address"]
        assert session["outlook"]["letters"]
        async with http.ws_connect("/chat/v1/shop/socket") as ws:
            wire = Wire(ws)
            await wire.send("hello", v=1, token=session["token"], cursor=0)
            await wire.send("msg", cid="cid-00001", text="Buy this", person=True)
            case = await case_of(parley, "chat", with_bot=False)
            await alice.reply(case.number, "It is **blue**.")
            await said_by(wire, "agent")
            token = {"Authorization": f"Bearer {session['token']}"}
            for _ in range(2):  # an impatient finger
                async with http.post("/chat/v1/shop/letter", headers=token) as response:
                    assert response.status == 204
            letter = await parley.mail.wait_for(ADA)
            assert "Voici votre conversation" in letter.text
            assert "It is blue." in letter.text.replace("*", "")
            assert "Buy this" not in letter.text  # she has only typed the address
            await parley.mail.send(
                f"Ada <{ADA}>", HELP, f"Re: {letter.subject}", "Red!", in_reply_to=letter.message_id
            )
            await parley.until(_stands_in_the_chat)
            await wire.send("ping")
            his = await wire.until("msg")
            assert (his["by"], his["text"]) == ("letter", "Red!")
        every = Filter(statuses=tuple(Status))
        assert len(await parley.desk.db.read(queries.list_cases, every)) == 1
        assert len(parley.mail.inbox_of(ADA)) == 1


def _stands_in_the_chat(c: Connection) -> bool:
    bodies = c.scalars(select(transcript_lines.c.body))
    return any(b"Red!" in body for body in bodies)
