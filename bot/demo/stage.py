"""The demo's parts put together: providers in a box, an ordinary desk, and the page."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from bot.app import Parley, running
from bot.config import Config
from bot.demo import cast
from bot.demo.furnish import furnish, settle_in
from bot.demo.settings import HOST, MAIL_PASSWORD, own_names, settings
from bot.demo.story import Narrator
from channels.sandbox.mail import MailSandbox
from channels.sandbox.page import DemoPage, Phone, Stage
from channels.sandbox.page.mail_phone import Account, MailPhone
from channels.sandbox.page.slack_phone import SlackPhone
from channels.sandbox.page.telegram_phone import TelegramPhone
from channels.sandbox.slack import SlackSandbox
from channels.sandbox.telegram import TelegramSandbox
from desk import web as desk_web
from desk.agents import actions as agents
from desk.events.actors import SYSTEM
from desk.kit.clock import Clock, SystemClock

Say = Callable[[str], None]

_FIRST_SECOND = 1_767_225_600  # of 2026: ids of a later run are above those of an earlier one


@asynccontextmanager
async def on_stage(port: int, folder: Path | None, say: Say) -> AsyncIterator[str]:
    """Open everything, from the providers to the page, and yield the page's address."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        if folder is None:
            folder = await stack.enter_async_context(_temporary())
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        say("Starting a mail server, a Telegram and a Slack of our own …")
        number = int(clock.now().timestamp()) - _FIRST_SECOND
        mail = await stack.enter_async_context(MailSandbox(HOST, clock=clock))
        telegram = await stack.enter_async_context(TelegramSandbox(clock=clock))
        telegram.number_from(number)
        slack = await stack.enter_async_context(SlackSandbox(clock, numbers_from=number))
        phones = await _phones(mail, telegram, slack, clock)
        await settle_in(mail, telegram, slack)
        config = settings(folder, port, mail, telegram, slack)
        hired = await furnish(config, clock, say)
        say("Opening the desk …")
        desk = await stack.enter_async_context(running(config, clock))
        enter = partial(_door_for, desk, hired)
        page = await asyncio.to_thread(DemoPage, await _stage(config), phones, enter)
        narrator = asyncio.create_task(Narrator(desk.db, clock, page.tell).run(), name="narrator")
        stack.push_async_callback(_ended, narrator)
        await stack.enter_async_context(page.open(HOST, port))
        yield f"http://{HOST}:{port}"


@asynccontextmanager
async def _temporary() -> AsyncIterator[Path]:
    made = await asyncio.to_thread(tempfile.mkdtemp, prefix="parley-demo-")
    try:
        yield Path(made)
    finally:
        await asyncio.to_thread(shutil.rmtree, made, ignore_errors=True)


async def _phones(
    mail: MailSandbox, telegram: TelegramSandbox, slack: SlackSandbox, clock: Clock
) -> dict[str, Phone]:
    accounts = [Account(*cast.DORA), Account(*cast.ADA)]
    for address in (cast.HELP, *(one.address for one in accounts)):
        await mail.add_mailbox(address, MAIL_PASSWORD)
    number, first, last, username = cast.BRUNO
    bruno = telegram.customer(number, first, last, username)
    person, name, email = cast.CHIDI
    return {
        "bruno": TelegramPhone(telegram, bruno),
        "chidi": SlackPhone(slack, slack.person(person, name, email=email)),
        "dora": MailPhone(mail, accounts, to=cast.HELP, clock=clock),
    }


async def _stage(config: Config) -> Stage:
    tokens = Path(desk_web.__file__).parent / "static" / "tokens.css"
    port = config.http.port
    return Stage(
        shop=cast.SHOP,
        desk=config.public_url,
        inbox="shop",
        shopper=cast.ADA,
        own={key: f"http://{name}:{port}" for key, name in own_names().items()},
        tokens=await asyncio.to_thread(tokens.read_text, encoding="utf-8"),
    )


async def _door_for(desk: Parley, hired: dict[str, int], key: str) -> str:
    """Return the path of a link that opens the desk's door for a colleague, once."""
    token = await desk.db.write(
        agents.create_sign_in_link, hired[key], actor=SYSTEM, now=desk.clock.now()
    )
    return f"/sign-in/link/{token}"


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
