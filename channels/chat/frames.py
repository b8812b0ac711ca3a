"""What goes over the wire between the widget and us: small JSON frames, `t` says which. Pure."""

import json
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from desk.kit.errors import Unreadable
from desk.kit.text import clean

Cid = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{8,64}\Z")]  # the widget's id of a message
Seq = Annotated[int, Meta(ge=0, le=2**53)]


class Hello(Struct, frozen=True, tag="hello", tag_field="t"):
    """The first frame: who I am and the last line I have."""

    token: str
    cursor: Seq = 0
    v: int = 1


class Press(Struct, frozen=True):
    """A button taken: its value and the message (`id`) it was under."""

    value: Annotated[str, Meta(max_length=64)]
    source: Annotated[str, Meta(max_length=128)] = ""


class Emoji(Struct, frozen=True):
    """An emoji put on a message of ours (`of`), or taken off it."""

    of: Annotated[str, Meta(max_length=128)]
    emoji: Annotated[str, Meta(max_length=16)]
    on: bool = True


class Amend(Struct, frozen=True):
    """A message of the visitor's own, by its id and its place in line, that he changes."""

    of: Annotated[str, Meta(max_length=160)]
    seq: Seq
    gone: bool = False  # he takes it back; else `text` of the frame is what it says from now on


class Msg(Struct, frozen=True, tag="msg", tag_field="t"):
    """One message. Sent again with the same `cid` after a cut, it is still one message."""

    cid: Cid
    text: str = ""
    files: Annotated[list[str], Meta(max_length=10)] = []
    action: Press | None = None
    react: Emoji | None = None  # then it says nothing else
    amend: Amend | None = None  # then it is no message of its own
    person: bool = False  # the button that asks for a person


class Read(Struct, frozen=True, tag="read", tag_field="t"):
    """Everything up to `seq` has been seen."""

    seq: Seq


class Page(Struct, frozen=True, tag="page", tag_field="t"):
    """Where the visitor is now, and what the site tells of him there."""

    url: str = ""
    title: str = ""
    about: dict[str, str] = {}


class Typing(Struct, frozen=True, tag="typing", tag_field="t"):
    """The visitor is writing."""

    on: bool = True


class Ping(Struct, frozen=True, tag="ping", tag_field="t"):
    """Still there; `ask`: and when can an answer be expected?"""

    ask: bool = False


Frame = Hello | Msg | Read | Page | Typing | Ping

_reader: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)


def read_frame(data: str | bytes) -> Frame:
    """Return the visitor's frame. Raises Unreadable for anything else."""
    try:
        return _reader.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as wrong:
        raise Unreadable(f"This is not a frame: {wrong}") from wrong


def cid_in(data: str | bytes) -> str | None:
    """Return the `cid` of a frame that cannot be read, so that its writer learns which it is."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return None
    cid = told.get("cid") if isinstance(told, dict) else None
    return clean(cid)[:64] if isinstance(cid, str) else None


def frame(t: str, **fields: Any) -> str:
    """Return one of our frames as JSON text."""
    return msgspec.json.encode({"t": t, **fields}).decode()
