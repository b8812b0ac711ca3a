"""The desk's words into lines of the transcript, and lines into frames. Pure."""

from collections.abc import Iterator
from typing import Any

import msgspec

from channels.chat.config import TEXT_LIMIT
from channels.chat.parse import Edited, Reacted, Said, TakenBack
from channels.richtext import Document, parse_markdown, parse_plain, render_plain
from channels.richtext.model import Block, Image
from desk.ports.channel import Part, RenderPlan, TranscriptLine
from desk.ports.elsewhere import SaidElsewhere
from desk.ports.messages import AuthorKind, OutboundFile, OutboundMessage

_GAP = 2  # line ends between two blocks


def plan(message: OutboundMessage) -> RenderPlan:
    """Return `message` as lines to append: one, or several where the text is over the limit.

    Choices and files stand under the last. Pictures from elsewhere are shown as links: the
    site that embeds the widget need not allow them.
    """
    document = parse_plain(message.text) if message.plain else parse_markdown(message.text)
    texts = list(_split(document)) or [Document()]
    parts = [
        Part(
            index=index,
            body=_body(message, text, last=index + 1 == len(texts)),
            summary=f"message {index + 1} of {len(texts)}" if len(texts) > 1 else "1 message",
        )
        for index, text in enumerate(texts)
    ]
    pictured = any(isinstance(block, Image) for block in document.blocks)
    return RenderPlan(parts=tuple(parts), dropped=("pictures as links",) if pictured else ())


def file_id(message: OutboundMessage, index: int) -> str:
    """Return the id that file number `index` of `message` has for the visitor."""
    return f"{message.id}-{index}"


def own_line(said: Said, cid: str) -> bytes:
    """Return the transcript's line for what the visitor himself said."""
    body = {
        "id": said.id,
        "cid": cid,
        "me": True,
        "from": {"kind": "customer"},
        "text": said.text,
        "nodes": parse_plain(said.text).blocks,
        "files": [_file(f.id, f.name, f.mime, f.size_bytes) for f in said.files],
    }
    return msgspec.json.encode({**body, "pressed": True} if said.pressed is not None else body)


def own_reaction(reacted: Reacted, cid: str) -> bytes:
    """Return the transcript's line for an emoji of the visitor's."""
    body = {"t": "react", "of": reacted.of, "cid": cid, "me": True}
    return msgspec.json.encode({**body, "emoji": reacted.emoji, "on": reacted.on})


def own_edit(edited: Edited, cid: str) -> bytes:
    """Return the transcript's line for other words of the visitor's."""
    body = {"t": "edit", "of": edited.of, "cid": cid, "me": True}
    blocks = parse_plain(edited.text).blocks
    return msgspec.json.encode({**body, "text": edited.text, "nodes": blocks})


def own_gone(back: TakenBack, cid: str) -> bytes:
    """Return the transcript's line for a message that the visitor took back."""
    return msgspec.json.encode({"t": "gone", "of": back.of, "cid": cid, "me": True})


def elsewhere(said: SaidElsewhere) -> bytes:
    """Return the transcript's line for what the visitor or we said by letter."""
    is_his = said.author.kind is AuthorKind.CUSTOMER
    text = parse_plain(said.text) if is_his else parse_markdown(said.text)
    body: dict[str, Any] = {
        "from": {"kind": said.author.kind.value, "name": said.author.name},
        "at": said.said_at,
        "by": "letter",
        "text": render_plain(text),
        "nodes": msgspec.to_builtins(text.blocks),
        "files": [
            _file(letter_file_id(said, i), f.name, f.mime, f.size_bytes)
            for i, f in enumerate(said.files)
        ],
    }
    return msgspec.json.encode({**body, "me": True} if is_his else body)


def letter_file_id(said: SaidElsewhere, index: int) -> str:
    """Return the id that file number `index` of a letter has for the visitor."""
    return f"letter-{said.message_id}-{index}"


def line_frame(conversation: str, line: TranscriptLine) -> dict[str, Any]:
    """Return `line` as the frame that the widget draws: `msg`, or what became of one."""
    body: dict[str, Any] = msgspec.json.decode(line.body)
    if not body:  # erased: its place in line stays
        body = {"t": "gone", "of": external_id(conversation, line.seq)}
    body.setdefault("id", external_id(conversation, line.seq))
    return {"t": "msg", "seq": line.seq, "at": line.at, **body}


def external_id(conversation: str, seq: int) -> str:
    """Return the network's id of a message of ours: its place in its transcript."""
    return f"{conversation}:{seq}"


def _body(message: OutboundMessage, text: Document, *, last: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "from": {"kind": message.author.kind.value, "name": message.author.name},
        "text": render_plain(text),
        "nodes": msgspec.to_builtins(text.blocks),
    }
    if last and message.choices:
        body["choices"] = msgspec.to_builtins(message.choices)
    if last and message.attachments:
        body["files"] = [_out_file(message, i, f) for i, f in enumerate(message.attachments)]
    return body


def _out_file(message: OutboundMessage, index: int, file: OutboundFile) -> dict[str, Any]:
    return _file(file_id(message, index), file.name, file.mime, file.size_bytes)


def _file(id_: str, name: str, mime: str, size_bytes: int) -> dict[str, Any]:
    return {"id": id_, "name": name, "mime": mime, "size": size_bytes}


def _split(document: Document) -> Iterator[Document]:
    """Yield `document` in pieces within the limit, cut between blocks where that is possible."""
    held: list[Block] = []
    size = 0
    for block in _small_blocks(document):
        length = len(render_plain(Document((block,))))
        if held and size + _GAP + length > TEXT_LIMIT:
            yield Document(tuple(held))
            held, size = [], 0
        size += length + (_GAP if held else 0)
        held.append(block)
    if held:
        yield Document(tuple(held))


def _small_blocks(document: Document) -> Iterator[Block]:
    for block in document.blocks:
        text = render_plain(Document((block,)))
        if len(text) <= TEXT_LIMIT:
            yield block
            continue
        for piece in _pieces(text, TEXT_LIMIT):
            yield from parse_plain(piece).blocks


def _pieces(text: str, limit: int) -> Iterator[str]:
    while len(text) > limit:
        cut = max(text.rfind("\n", limit // 2, limit), text.rfind(" ", limit // 2, limit))
        at = cut + 1 if cut > 0 else limit
        yield text[:at]
        text = text[at:]
    yield text
