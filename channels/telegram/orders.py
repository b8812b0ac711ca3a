"""What a typed command says: a message with more to it, or a wish that is no message. Pure."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from channels.telegram.wire import Message
from desk.ports.inbound import Wish

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SILENT = ("settings",)  # alone it asks for nothing
_WISHES: Mapping[str, Wish] = MappingProxyType(
    {
        "start": Wish.BEGIN,
        "help": Wish.BEGIN,
        "cases": Wish.CASES,
        "new": Wish.NEW,
        "stop": Wish.QUIET,
    }
)


class Order(Struct, frozen=True, kw_only=True):
    """A message with its command taken apart; without one, `text` is all of it."""

    text: str
    command: str = ""
    to_bot: str = ""  # the bot it names: /help@parley_bot
    wish: Wish | None = None
    value: str = ""
    token: str | None = None  # never left in `text`
    asks: bool = True  # whether there is a request in it


def order_of(message: Message, text: str) -> Order:
    """Return what is said beside a command, and the command. A token never stays in text.

    Alone, /start, /help, /cases, /new and /stop are wishes; with words behind them they are
    requests, but for /start: what stands behind that is no word of the customer's.
    """
    found = _COMMAND.fullmatch(text.strip())
    if message.text is None or found is None:
        return Order(text=text)
    command, bot, rest = found[1].lower(), found[2] or "", (found[3] or "").strip()
    if command == "start" and rest:
        return Order(
            text="" if (token := _token(rest)) else "/start",
            command=command,
            to_bot=bot,
            token=token,
            asks=False,
        )
    wish = Wish.LANGUAGE if command == "lang" else _WISHES.get(command) if not rest else None
    named = command in ("new", "human")
    return Order(
        text=(rest or f"/{command}") if named else text,
        command=command,
        to_bot=bot,
        wish=wish,
        value=rest[:40] if wish else "",
        asks=command not in _SILENT or bool(rest),
    )


def _token(payload: str) -> str | None:
    return payload if _PAYLOAD.fullmatch(payload) else None
