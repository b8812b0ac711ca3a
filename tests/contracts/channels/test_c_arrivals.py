"""How nothing is lost or doubled on the way in."""

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import timedelta

import pytest

from desk.kit.errors import ChannelBusy
from desk.ports.messages import ButtonPressed, Choice, InboundMessage
from tests.contracts.channels.house import LARGEST_BYTES, Side
from tests.contracts.channels.lines import Line
from tests.contracts.channels.phones import File, Refusal
from tests.contracts.channels.table import contract, instead

LARGEST = {"telegram": 20 * 1024 * 1024}  # the network's own limit


def words(line: Line) -> list[str]:
    return [said.text for said in line.told() if isinstance(said, InboundMessage)]


@contract("What was not committed is not acknowledged, and comes again")
async def test_what_was_not_committed_comes_again(line: Line) -> None:
    line.door.trouble = ChannelBusy("the disk is full", 0.01)
    writing = asyncio.create_task(line.phone.write("hello"))
    await line.door.wait_until(lambda: line.door.refused > 0)
    assert line.door.arrivals == []
    line.door.trouble = None
    await writing
    await line.heard(1)
    assert words(line) == ["hello"]


@contract("What was committed and not acknowledged comes again, and is one message")
async def test_what_was_committed_and_not_acknowledged_is_one_message(line: Line) -> None:
    line.door.deaths = 2
    await line.phone.write("hello")
    await line.door.wait_until(lambda: line.door.offered > 2)
    await line.phone.write("still there?")
    await line.door.wait_until(lambda: "still there?" in words(line))
    assert words(line) == ["hello", "still there?"]


@contract("One conversation has one order: messages of a burst arrive as they were written")
async def test_a_burst_arrives_as_it_was_written(line: Line) -> None:
    lines = [f"line {number}" for number in range(20)]
    for text in lines:
        await line.phone.write(text)
    await line.heard(len(lines))
    assert words(line) == lines
    assert len({one.order_key for one in line.door.arrivals}) in (1, len(lines))


@contract(
    "A pressed button says what was chosen, and under which message",
    only=("chat", "telegram", "slack"),
)
async def test_a_pressed_button_says_what_was_chosen(line: Line) -> None:
    asked = await line.asked()
    choices = (Choice(label="Yes", value="y:1"), Choice(label="No", value="n:1"))
    (sent,) = await line.send(await line.answer(asked, "Is it well now?", choices=choices))
    shown = await line.phone.sees(lambda one: one.buttons)
    assert shown.buttons == ("Yes", "No")
    await line.phone.press(shown, "No")
    pressed = (await line.heard(2))[-1]
    assert isinstance(pressed, ButtonPressed)
    assert (pressed.value, pressed.source_external_id) == ("n:1", sent)
    assert pressed.sender.address == asked.sender.address


@instead(test_a_pressed_button_says_what_was_chosen, "the choices are a numbered list with links")
async def test_choices_are_a_numbered_list(line: Line) -> None:
    asked = await line.asked()
    link = "https://desk.example/rate/1"
    choices = (Choice(label="Good", value="g", url=link), Choice(label="Bad", value="b"))
    await line.send(await line.answer(asked, "How was it?", choices=choices))
    shown = await line.phone.reads("How was it?")
    assert "1. Good: " + link in shown.text
    assert "2. Bad" in shown.text


@contract(
    "What cannot be read is set aside with its reason, and the next message goes on",
    only=("email", "telegram", "slack"),
)
async def test_what_cannot_be_read_is_set_aside(side: Side) -> None:
    before = len(await side.aside())
    await side.phone.poison()
    await side.write("after")
    while len(await side.aside()) == before:
        await side.house.later(timedelta(seconds=2))  # it is tried three times
        await asyncio.sleep(0)
    assert "Unreadable" in (await side.aside())[0]


@instead(test_what_cannot_be_read_is_set_aside, "it is refused under its own id, for good")
async def test_what_cannot_be_read_is_refused(side: Side) -> None:
    await side.phone.poison()
    await side.write("after")
    assert await side.aside() == []


@contract("A kind that nobody knows stops nothing and is kept in the journal")
async def test_an_unknown_kind_stops_nothing(side: Side) -> None:
    await side.phone.unknown()
    await side.write("after")
    assert [one.text for one in await side.said()] == ["after"]


@contract("A desk that was stopped in the middle loses nothing and doubles nothing")
async def test_a_desk_stopped_in_the_middle_loses_nothing(side: Side) -> None:
    first = await side.write("before")
    async with _held_up(side):
        answer = await side.answer("One moment.")
        await side.becomes(answer, lambda now: now.deliveries and now.deliveries[0].attempts)
    await side.house.closes()
    writing = asyncio.create_task(side.phone.write("meanwhile", answering=first))
    await side.house.opens()
    sent = await asyncio.wait_for(writing, 10)
    await side.heard(sent)
    await side.house.later(timedelta(minutes=2))
    await side.arrived(answer)
    assert [one.text for one in await side.said()].count("meanwhile") == 1
    await side.phone.reads("One moment.")
    assert await side.phone.times_read("One moment.") == 1


def _held_up(side: Side) -> AbstractAsyncContextManager[object]:
    return nullcontext() if side.kind == "chat" else side.phone.refusing(Refusal.LATER)


@contract("A file at the limit arrives", needs="files_in_bytes")
async def test_a_file_at_the_limit_arrives(side: Side) -> None:
    whole = LARGEST.get(side.kind, LARGEST_BYTES if side.kind != "email" else LARGEST_BYTES // 2)
    file = File("film.pdf", b"%PDF" + bytes(whole - 4))
    heard = await side.heard(await side.write("The film:", [file]))
    assert [(one.size_bytes, one.problem) for one in heard.files] == [(whole, "")]


@contract(
    "A file over the limit is named with the reason; the words are recorded",
    only=("email", "telegram", "slack"),
)
async def test_a_file_over_the_limit_is_named_and_the_words_stay(side: Side) -> None:
    large = File("film.pdf", b"%PDF" + bytes(LARGEST.get(side.kind, LARGEST_BYTES)))
    heard = await side.heard(await side.write("The film:", [large]))
    if side.kind == "email":  # the limit is of the mail as a whole
        assert "more than this inbox takes" in heard.text
        return
    assert heard.text == "The film:"
    assert "larger than" in heard.files[0].problem


@instead(
    test_a_file_over_the_limit_is_named_and_the_words_stay,
    "it is refused before it is sent, in words",
)
async def test_a_file_over_the_limit_is_refused_in_words(side: Side) -> None:
    large = File("film.pdf", b"%PDF" + bytes(LARGEST_BYTES))
    with pytest.raises(ValueError, match="A file may have up to"):
        await side.phone.write("The film:", [large])
    await side.write("Too large, it seems.")
