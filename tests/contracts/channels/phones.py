"""What a customer of any network does and sees: the same verbs on four kinds of phone."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from types import TracebackType
from typing import Self

from msgspec import Struct


class File(Struct, frozen=True):
    """A file that goes one way or the other."""

    name: str
    content: bytes
    mime: str = "application/pdf"


class Seen(Struct, frozen=True, kw_only=True):
    """One message of ours as the customer's program shows it."""

    id: str
    text: str = ""
    bold: tuple[str, ...] = ()  # what stands out in it
    links: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    buttons: tuple[str, ...] = ()  # labels
    answers: str = ""  # the message or thread it stands under, "" for none
    edited: bool = False
    author: str = ""


class Refusal(StrEnum):
    """The classes of errors that a network refuses a send with."""

    LATER = "later"
    UNSURE = "unsure"
    GONE = "gone"
    CONTENT = "content"
    CONTEXT = "context"
    BROKEN = "broken"
    MOVED = "moved"


class NotOffered(AssertionError):
    """A contract asked for what its network does not offer: it is said to run there wrongly."""


class Phone(ABC):
    """One customer with his program. Ids are what the desk knows the message by."""

    address: str = ""
    name: str = "Ada Obi"

    async def __aenter__(self) -> Self:
        """Switch it on."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Switch it off; most have nothing to switch."""
        return

    @abstractmethod
    async def write(self, text: str, files: Sequence[File] = (), answering: str = "") -> str:
        """Send a message and return its id; `answering` is the id of one he sees."""

    @abstractmethod
    async def again(self) -> None:
        """Let the network bring the last message once more."""

    async def swapped(self, first: str, second: str) -> tuple[str, str]:
        """Write twice, the second answering the first; the network brings the second before."""
        raise NotOffered

    async def returns(self) -> None:
        """Let us write again after `leave`."""
        raise NotOffered

    @abstractmethod
    async def poison(self) -> None:
        """Bring what is not this network's language, as far as the network lets it through."""

    @abstractmethod
    async def unknown(self) -> None:
        """Bring kinds of things that nobody has heard of."""

    @abstractmethod
    async def seen(self) -> list[Seen]:
        """Return our messages as they stand now, oldest first."""

    @abstractmethod
    async def stirred(self) -> None:
        """Return after the next change of what is seen."""

    async def alter(self, text: str) -> None:
        """Bring the last message once more under its id, with other words."""
        raise NotOffered

    async def echo(self) -> None:
        """Let the network bring us what we wrote last, as if it were news."""
        raise NotOffered

    async def automatic(self, text: str) -> str:
        """Let a program of his answer, and return the message's id."""
        raise NotOffered

    async def edit(self, message: str, text: str) -> None:
        """Correct a message of his."""
        raise NotOffered

    async def delete(self, message: str) -> None:
        """Take a message of his back."""
        raise NotOffered

    async def react(self, message: str, emoji: str, *, on: bool = True) -> None:
        """Put 👍 or 🎉 on a message, or take it off."""
        raise NotOffered

    async def reactions(self, message: str) -> list[str]:
        """Return the emoji of ours that he sees on a message of his."""
        raise NotOffered

    async def press(self, seen: Seen, label: str) -> None:
        """Press a button that he sees."""
        raise NotOffered

    async def types(self) -> None:
        """Begin to write, where his program tells that."""
        raise NotOffered

    async def read(self, seen: Seen) -> None:
        """Have this message on his screen, where his program tells that."""
        raise NotOffered

    async def leave(self) -> None:
        """Block us, or end the visit."""
        raise NotOffered

    async def sees_typing(self) -> None:
        """Return when he is shown that somebody writes."""
        raise NotOffered

    def refusing(self, refusal: Refusal, times: int = 1) -> AbstractAsyncContextManager[None]:
        """Let the network refuse the next sends while the context is open."""
        raise NotOffered

    async def sees(self, wanted: Callable[[Seen], object], timeout_s: float = 15.0) -> Seen:
        """Return the first message of ours that `wanted` holds for, as soon as there is one."""
        async with asyncio.timeout(timeout_s):
            while True:
                for one in await self.seen():
                    if wanted(one):
                        return one
                await self.stirred()

    async def reads(self, text: str) -> Seen:
        """Return the first message of ours with `text` in it."""
        return await self.sees(lambda one: text in one.text)

    async def times_read(self, text: str) -> int:
        """Return how many of our messages have `text` in them."""
        return sum(text in one.text for one in await self.seen())
