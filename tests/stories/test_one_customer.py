"""Ada chats on the shop's page, then proves on Telegram that it is her.

*Alice sends her an invitation in the chat; Ada opens it on her phone and goes on writing there.
It is one customer, one case, and the answer arrives where she wrote last.*
"""

from sqlalchemy import Connection

from desk.cases import queries
from desk.cases.queries import Filter
from desk.cases.rules import Status
from desk.customers import queries as customers
from tests.stories.test_four_channels import case_of, last_words, said_by
from tests.world import World


async def test_ada_goes_on_in_telegram_and_is_the_same_customer(parley: World) -> None:
    async with parley.hire("Alice") as alice, parley.visit() as wire:
        await wire.send("msg", cid="cid-00001", text="A human please, my lamp is broken")
        case = await case_of(parley, "chat", with_bot=False)
        invited = await alice.post(f"/api/v1/cases/{case.number}/links", inbox="telegram")
        await alice.reply(case.number, f"Go on here when you leave: {invited['link']}")
        shown = await said_by(wire, "agent")
        assert "start=" in shown["text"]

        phone = parley.telegram.customer(7, "Ada", "Obi")
        await phone.send(f"/start {shown['text'].partition('start=')[2].split()[0]}")
        await phone.send("It is me, on my phone now")
        await parley.until(lambda c: in_case(c, "It is me, on my phone now"))

        (only,) = await parley.desk.db.read(queries.list_cases, Filter(statuses=tuple(Status)))
        assert only.number == case.number
        assert only.channel == "telegram"
        customer = await parley.desk.db.read(customers.show, only.customer_id)
        assert {one.channel for one in customer.identities} == {"chat", "telegram"}
        assert {one.assurance for one in customer.identities} == {"verified"}

        await alice.reply(case.number, "Thank you, Ada. A new one is on its way.")
        answer = await phone.wait_for(lambda written: not written.mine)
        assert answer.text == "Thank you, Ada. A new one is on its way."


async def test_a_stranger_with_a_made_up_invitation_stays_a_stranger(parley: World) -> None:
    async with parley.hire("Alice"), parley.visit() as wire:
        await wire.send("msg", cid="cid-00001", text="A human please")
        await case_of(parley, "chat", with_bot=False)
        phone = parley.telegram.customer(8, "Mallory")
        await phone.send("/start " + "A" * 40)
        await phone.send("Show me her orders")
        await parley.until(lambda c: last_words(c, "telegram") == "Show me her orders")
        cases = await parley.desk.db.read(queries.list_cases, Filter(statuses=tuple(Status)))
        assert len({case.customer_id for case in cases}) == 2


def in_case(c: Connection, words: str) -> bool:
    rows = queries.list_cases(c, Filter(statuses=tuple(Status)))
    return any(row.preview == words for row in rows)
