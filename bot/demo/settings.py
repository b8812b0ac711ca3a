"""The demo's desk in settings: ordinary inboxes that happen to point at providers in a box."""

from pathlib import Path

from msgspec.structs import replace

from bot.config import Calendar, Config, Http, Inbox, Promises, Queue, Storage, Target, Work
from bot.demo.cast import COLLEAGUES, HELP, SHOP, TEAM
from channels.sandbox.mail import MailSandbox
from channels.sandbox.slack import SlackSandbox
from channels.sandbox.telegram import TelegramSandbox
from desk.satisfaction.rules import Terms

HOST = "127.0.0.1"
MAIL_PASSWORD = "demo"  # noqa: S105 - of a mailbox in memory

_DAY_AND_NIGHT = {str(day): [["00:00", "24:00"]] for day in range(1, 8)}


def settings(
    folder: Path,
    port: int,
    mail: MailSandbox,
    telegram: TelegramSandbox,
    slack: SlackSandbox,
) -> Config:
    """Return what a config.yaml for this desk would say; the demo page is on `port`."""
    names = [HOST, *own_names().values()]
    page = f"http://{HOST}:{port}"
    minutes = Target(urgent=10, high=20, normal=30, low=60)
    inboxes = {
        "mail": Inbox(channel="email", name=HELP, settings=_mail(mail)),
        "telegram": Inbox(channel="telegram", name="Telegram bot", settings=_bot(telegram)),
        "slack": Inbox(channel="slack", name="Slack app", settings=_app(slack)),
        "shop": Inbox(channel="chat", name="Chat in the shop", bot=True, settings=_chat(page)),
    }
    return Config(
        name=SHOP,
        http=Http(
            host=HOST,
            port=port + 1,
            trusted_origins=[page, *(f"http://{name}:{port + 1}" for name in names)],
        ),
        storage=Storage(url=f"sqlite:///{folder / 'parley.db'}", files=str(folder / "files")),
        calendars={"always": Calendar(zone="UTC", weekly=_DAY_AND_NIGHT)},
        queues={"support": Queue(name="Customer service", calendar="always", teams=[TEAM])},
        work=Work(undo_s=2),  # whoever tries it out waits for the answer
        promises=Promises(first_response_minutes=minutes),
        inboxes={key: replace(one, ratings=True) for key, one in inboxes.items()},
        ratings=Terms(after_minutes=0, letter_after_hours=0, once_in_days=0),
    )


def own_names() -> dict[str, str]:
    """Return a host name of this machine for each colleague, by key.

    Cookies know hosts, not ports: under a name of their own, colleagues can be signed in side
    by side in one browser. Browsers resolve *.localhost themselves; where one does not, the
    demo page falls back on the address that all share.
    """
    return {one.key: f"{one.key}.localhost" for one in COLLEAGUES}


def _mail(box: MailSandbox) -> dict[str, object]:
    server = {"host": box.host, "security": "plain", "password": f"plain:{MAIL_PASSWORD}"}
    return {
        "address": HELP,
        "name": SHOP,
        "imap": {**server, "port": box.imap_port, "take_existing": True},
        "smtp": {**server, "port": box.smtp_port},
    }


def _bot(box: TelegramSandbox) -> dict[str, object]:
    base = {"api_base": box.api_base, "file_base": box.file_base}
    return {"token": f"plain:{box.token}", **base}


def _app(box: SlackSandbox) -> dict[str, object]:
    tokens = {"bot_token": f"plain:{box.bot_token}", "app_token": f"plain:{box.app_token}"}
    return {**tokens, "api_base": box.api_base, "name_wait_s": 2.0}


def _chat(page: str) -> dict[str, object]:
    return {
        "origins": [page],
        "title": SHOP,
        "greeting": "Hello. Ask about an order, a delivery or a return.",
        "reply_hint": "We usually answer within half an hour.",
        "sessions_per_minute": 60,  # every new demo begins a new visit from the same address
    }
