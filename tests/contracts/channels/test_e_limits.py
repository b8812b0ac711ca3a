"""At the limits."""

from typing import Any

import pytest
from msgspec.structs import replace

from desk.kit.errors import Refusal as Why
from desk.kit.errors import Undeliverable
from desk.ports.messages import Choice, OutboundFile
from tests.contracts.channels.house import Side
from tests.contracts.channels.lines import Line
from tests.contracts.channels.table import CAPABILITIES, contract, instead

CHAIR = "🪑"  # two UTF-16 units
MIB = 1024 * 1024


def units(kind: str, text: str) -> int:
    """Return how long a network says that a text is."""
    return len(text.encode("utf-16-le")) // 2 if kind == "telegram" else len(text)


@contract("A text at the limit is one message", needs="text_limit")
async def test_a_text_at_the_limit_is_one_message(line: Line) -> None:
    limit = CAPABILITIES[line.kind].text_limit or 0
    text = CHAIR * (limit // units(line.kind, CHAIR))
    assert len(await line.send(await line.answer(await line.asked(), text))) == 1
    assert [one.text for one in await line.phone.seen()] == [text]


@contract("A text over the limit is several messages; nothing of it is lost", needs="text_limit")
async def test_a_text_over_the_limit_is_several_messages(line: Line) -> None:
    limit = CAPABILITIES[line.kind].text_limit or 0
    text = CHAIR * (limit // units(line.kind, CHAIR) + 1)
    assert len(await line.send(await line.answer(await line.asked(), text))) == 2
    seen = [one.text for one in await line.phone.seen()]
    assert "".join(seen) == text
    assert max(units(line.kind, one) for one in seen) <= limit


@instead(test_a_text_over_the_limit_is_several_messages, "a text of any length is one message")
async def test_a_text_of_any_length_is_one_message(line: Line) -> None:
    text = f"{CHAIR} " * 20_000
    assert len(await line.send(await line.answer(await line.asked(), text))) == 1
    (shown,) = await line.phone.seen()
    assert "".join(shown.text.split()) == CHAIR * 20_000


@contract("The longest text that a customer can send is recorded whole")
async def test_the_longest_text_is_recorded_whole(side: Side) -> None:
    longest = {"email": 60_000, "chat": 10_000, "telegram": 2_048, "slack": 12_000}
    text = CHAIR * longest[side.kind]
    assert (await side.heard(await side.write(text))).text == text


@contract("A longer one is refused in words, before it is lost", only=("chat",))
async def test_a_longer_text_is_refused_in_words(side: Side) -> None:
    with pytest.raises(ValueError, match="A message holds up to 10,000 characters"):
        await side.phone.write("x" * 10_001)


@contract("As many buttons as the network has reach the customer", needs="choices")
async def test_as_many_buttons_as_there_are_reach_him(line: Line) -> None:
    choices = _choices(CAPABILITIES[line.kind].choices)
    message = await line.answer(await line.asked(), "Which?", choices=choices)
    assert line.channel.plan(message).dropped == ()
    await line.send(message)
    assert await _missing(line, choices) == []


@contract("A button too many is shown all the same, or named as left out", needs="choices")
async def test_a_button_too_many_is_shown_or_named(line: Line) -> None:
    choices = _choices(CAPABILITIES[line.kind].choices + 1)
    message = await line.answer(await line.asked(), "Which?", choices=choices)
    await line.send(message)
    if await _missing(line, choices):
        assert any("button" in words for words in line.channel.plan(message).dropped)


@contract(
    "A file of ours over the limit is a link, or is named as left out", only=("email", "telegram")
)
async def test_a_file_over_the_limit_is_named_before_it_is_sent(line: Line) -> None:
    limit = CAPABILITIES[line.kind].files_out_bytes or 0
    message = await _with_file(line, limit + 1)
    plan = line.channel.plan(message)
    if line.kind == "email":
        assert "https://desk.example/" in str(plan.parts[0].body["text"])
    else:
        assert "film.mp4 is larger than 50 MB" in plan.dropped[0]


@instead(
    test_a_file_over_the_limit_is_named_before_it_is_sent,
    "it is sent all the same: the desk's own limit for uploads is what counts",
)
async def test_a_file_of_any_size_is_sent(line: Line) -> None:
    message = await _with_file(line, 2 * (CAPABILITIES[line.kind].files_out_bytes or 0))
    plan = line.channel.plan(message)
    assert plan.dropped == ()
    assert "file" in str(plan.parts[-1].body)


@contract("A file of ours at the limit leaves as a file", needs="files_out_bytes")
async def test_a_file_of_ours_at_the_limit_leaves(line: Line) -> None:
    plan = line.channel.plan(await _with_file(line, CAPABILITIES[line.kind].files_out_bytes or 0))
    assert plan.dropped == ()
    assert "://" not in str(plan.parts[-1].body)


@contract("The same send twice is one message there", needs="repeats_safely")
async def test_the_same_send_twice_is_one_message(line: Line) -> None:
    message = await line.answer(await line.asked(), "On Monday.")
    assert await line.send(message) == await line.send(message)
    assert await line.phone.times_read("On Monday.") == 1


@instead(
    test_the_same_send_twice_is_one_message,
    "the network shows it twice; so what may have arrived is never repeated by itself",
)
async def test_the_network_would_show_it_twice(line: Line) -> None:
    message = await line.answer(await line.asked(), "On Monday.")
    assert await line.send(message) != await line.send(message)
    assert await line.phone.times_read("On Monday.") == 2


@contract("The desk can write first", needs="proactive")
async def test_the_desk_can_write_first(line: Line) -> None:
    asked = await line.asked()  # so that we know him at all
    first: dict[str, Any] = {"thread": "", "in_reply_to": None}
    await line.send(await line.answer(asked, "Your chair is here.", **first))
    await line.phone.reads("Your chair is here.")


@instead(test_the_desk_can_write_first, "it is refused, and the address is marked")
async def test_who_never_wrote_cannot_be_written_to(line: Line) -> None:
    asked = await line.asked()
    stranger: dict[str, Any] = {"recipient": "987654", "thread": "", "in_reply_to": None}
    with pytest.raises(Undeliverable) as refused:
        await line.send(await line.answer(asked, "Your chair is here.", **stranger))
    assert refused.value.refusal is Why.GONE


def _choices(many: int) -> tuple[Choice, ...]:
    return tuple(Choice(label=f"choice {at:03}", value=f"c:{at}") for at in range(many))


async def _missing(line: Line, choices: tuple[Choice, ...]) -> list[str]:
    seen = await line.phone.seen()
    shown = "\n".join([*(one.text for one in seen), *(b for one in seen for b in one.buttons)])
    return [choice.label for choice in choices if choice.label not in shown]


async def _with_file(line: Line, size_bytes: int) -> Any:
    film = OutboundFile(name="film.mp4", mime="video/mp4", size_bytes=size_bytes, blob="b" * 64)
    message = await line.answer(await line.asked(), "The film:")
    return replace(message, attachments=(film,))
