"""A place that the network calls otherwise: its conversations go on; on both engines."""

from sqlalchemy import select

from channels.sandbox.paper import said
from desk.messages.tables import messages
from desk.ports.inbound import PlaceRenamed
from tests.bot.paper_desk import PaperDesk
from tests.bot.test_recording import settled

MOVED = PlaceRenamed(threads=("T:G1:", "T:C9:"), ids=("G1:", "C9:"))


async def test_a_conversation_goes_on_where_its_place_is_called_otherwise(desk: PaperDesk) -> None:
    await desk.arrive("1", said("G1:5", "Where is my lamp?", thread="T:G1:5"))
    await desk.arrive("2", said("G1:6", "Hello?", thread="T:G1:5", in_reply_to=("G1:5",)))
    await desk.arrive("3", said("G11:5", "Another place", thread="T:G11:5"))
    await desk.until(settled)
    for key in ("4", "5"):
        await desk.arrive(key, MOVED)
    await desk.until(settled)
    await desk.arrive("6", said("C9:7", "In the new place", thread="T:C9:5"))
    await desk.arrive("7", said("C9:5", "Where is my lamp?", thread="T:C9:5"))  # known already
    await desk.until(settled)
    one, other = await desk.cases()
    found = await desk.db.read(
        lambda c: c.execute(
            select(messages.c.text, messages.c.thread, messages.c.in_reply_to)
            .where(messages.c.case_id == one.id)
            .order_by(messages.c.id)
        ).all()
    )
    assert [tuple(row) for row in found] == [
        ("Where is my lamp?", "T:C9:5", None),
        ("Hello?", "T:C9:5", "C9:5"),
        ("In the new place", "T:C9:5", None),
    ]
    assert other.subject == "Another place"
    await desk.answer(one.id, "It comes.")
    await desk.until(lambda c: bool(desk.channel.sent))
    assert desk.channel.sent[-1]["thread"] == "T:C9:5"
