"""What is logged, at the chattiest level, by us and by the libraries: never a secret."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from channels.sandbox.door import MemoryDoor
from channels.sandbox.slack import Fault
from channels.sandbox.telegram import TelegramSandbox
from channels.sandbox.telegram.world import SandboxFile
from desk.kit import log
from desk.kit.clock import SystemClock
from desk.ports.messages import InboundMessage
from tests.channels.email_world import ADA, DESK, box, channel, door, settings
from tests.channels.slack_world import answer, slack_world
from tests.channels.telegram_desk import HELLO, writing_to_ada


class Kept(logging.Handler):
    """Keeps every line, as it would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[list[str]]:
    root, kept = logging.getLogger(), Kept()
    handlers, level = root.handlers[:], root.level
    log.configure("debug")
    kept.setFormatter(root.handlers[0].formatter)
    root.handlers[:] = [kept]
    yield kept.lines
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


async def test_telegrams_token_is_in_no_line(lines: list[str]) -> None:
    async with TelegramSandbox() as sandbox:
        secret = sandbox.token.partition(":")[2]
        door = MemoryDoor(SystemClock())
        async with writing_to_ada(sandbox, door) as (channel, ada):
            await ada.send("see", file=SandboxFile("a.txt", b"abc"))
            [said] = channel.parse((await door.wait_for(2))[-1].raw)
            assert isinstance(said, InboundMessage)
            await channel.fetch(door.arrivals[-1].raw, said.attachments[0])
            sandbox.faults.drop(method="sendMessage", processed=True)
            with pytest.raises(Exception, match="failed in the middle"):
                await channel.send(HELLO, 0)
            sandbox.token = "1:changed"
            with pytest.raises(Exception, match="does not accept the token"):
                await channel.send(HELLO, 0)
    assert not [line for line in lines if secret in line]


async def test_slacks_tokens_and_tickets_are_in_no_line(lines: list[str]) -> None:
    async with slack_world() as world:
        said = await world.written("between us")
        await world.channel.send(answer(said), 0)
        world.slack.fail("chat.postMessage", Fault(drop=True))
        with pytest.raises(Exception, match="broke before its answer"):
            await world.channel.send(answer(said, id="other"), 0)
        await world.slack.sockets.refresh()
        await world.slack.sockets.until(2)
        await world.slack.sockets.until(1)
        secrets = [world.slack.bot_token, world.slack.app_token, "ticket=", "between us"]
    assert not [line for line in lines for secret in secrets if secret in line]


async def test_a_mailboxs_password_and_its_mails_are_in_no_line(lines: list[str]) -> None:
    async with box() as mail:
        desk = door()
        async with channel(settings(mail)).run(desk):
            await mail.send(ADA, DESK, "Printer on fire", "between us")
            await desk.wait_for(1)
    assert not [line for line in lines for word in ('"secret"', "between us") if word in line]
