"""What the page needs of a phone: what it shows, what its owner can do, when it changes."""

from collections.abc import Mapping
from typing import Any, Protocol

from msgspec import Struct

from desk.kit.errors import Invalid


class PhoneFile(Struct, frozen=True, kw_only=True):
    """A file on its way to or from a phone."""

    name: str
    mime: str
    content: bytes


class Phone(Protocol):
    """One customer's device, as the page sees it."""

    kind: str  # telegram | slack | mail
    owner: str

    def shows(self) -> dict[str, Any]:
        """Return what is on its screen, as JSON."""
        ...

    async def do(self, action: str, asked: Mapping[str, str]) -> None:
        """Let its owner do something. Raises Invalid for what cannot be done."""
        ...

    async def send_file(self, file: PhoneFile) -> None:
        """Let its owner send a file. Raises Invalid where the phone sends none."""
        ...

    def file(self, file_id: str) -> PhoneFile | None:
        """Return a file that is on its screen."""
        ...

    async def changed(self) -> None:
        """Return after the next change of its screen."""
        ...


def words(asked: Mapping[str, str], name: str = "text") -> str:
    """Return a text that was asked for. Raises Invalid when there is none."""
    text = asked.get(name, "").strip()
    if not text:
        raise Invalid("Write something first.", pointer=f"/{name}")
    return text


def no_such(action: str) -> Invalid:
    """Return the error for an action that a phone does not have."""
    return Invalid(f"This phone cannot {action!r}.")
