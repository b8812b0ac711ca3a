"""Telegram's text and entities into the model and out of it. Offsets count UTF-16 units. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, groupby, pairwise
from typing import Any
from unicodedata import combining

from msgspec import Struct

from channels.richtext.model import (
    Block,
    Bold,
    Code,
    CodeSpan,
    Document,
    Inline,
    Inlines,
    Italic,
    Link,
    Mention,
    Paragraph,
    Quote,
    Span,
    Spoiler,
    Strike,
    Text,
    Underline,
    is_safe_link,
    visible_text,
)
from channels.richtext.telegram_out import Entity, Part, flatten
from channels.richtext.tidy import tidy
from desk.kit.text import clean

__all__ = ["TEXT_LIMIT", "Entity", "Part", "parse", "render", "split"]

TEXT_LIMIT = 4096  # UTF-16 units of one message
ENTITY_LIMIT = 100  # of one message; Telegram drops what is over

_SPANS: dict[str, type[Span]] = {  # outermost first
    "spoiler": Spoiler,
    "bold": Bold,
    "italic": Italic,
    "underline": Underline,
    "strikethrough": Strike,
}
_QUOTES = ("blockquote", "expandable_blockquote")
_LINKS = ("text_link", "url", "email", "text_mention")


class _Mark(Struct, frozen=True):
    """An entity whose place is counted in characters, not in UTF-16 units."""

    kind: str
    start: int
    end: int
    extra: str = ""  # a URL, a language, a person's id


def parse(text: str, entities: Sequence[Mapping[str, Any]]) -> Document:
    """Return `text` with its entities as a document. Entities out of place are left out."""
    marks = list(_marks(text, entities))
    return Document(tuple(_blocks(text, 0, len(text), marks)))


def _marks(text: str, entities: Iterable[Mapping[str, Any]]) -> Iterator[_Mark]:
    units = list(accumulate((_units(c) for c in text), initial=0))
    place = {unit: at for at, unit in enumerate(units)}  # a half of a pair has no place
    for entity in entities:
        kind, offset, length = entity.get("type"), entity.get("offset"), entity.get("length")
        if not (isinstance(kind, str) and isinstance(offset, int) and isinstance(length, int)):
            continue
        start, end = place.get(offset), place.get(offset + length)
        if start is not None and end is not None and start < end:
            yield _Mark(kind, start, end, _extra(kind, entity, text[start:end]))


def _extra(kind: str, entity: Mapping[str, Any], shown: str) -> str:
    match kind:
        case "text_link":
            return str(entity.get("url", ""))
        case "url":
            return shown if "://" in shown else f"https://{shown}"
        case "email":
            return f"mailto:{shown}"
        case "pre":
            return clean(str(entity.get("language", "")))
        case "text_mention":
            person = entity.get("user")
            return str(person.get("id", "")) if isinstance(person, Mapping) else ""
        case _:
            return ""


def _blocks(text: str, start: int, end: int, marks: list[_Mark]) -> Iterator[Block]:
    at = start
    framed = (mark for mark in marks if mark.kind == "pre" or mark.kind in _QUOTES)
    for mark in sorted(framed, key=lambda mark: mark.start):
        if mark.start < at:
            continue
        yield from _paragraphs(text, at, mark.start, marks)
        if mark.kind == "pre":
            yield Code(clean(text[mark.start : mark.end]).rstrip("\n"), mark.extra)
        elif quoted := tuple(_paragraphs(text, mark.start, mark.end, marks)):
            yield Quote(quoted)
        at = mark.end
    yield from _paragraphs(text, at, end, marks)


def _paragraphs(text: str, start: int, end: int, marks: list[_Mark]) -> Iterator[Paragraph]:
    at = start
    for piece in _between_gaps(text[start:end]):
        stop = at + len(piece)
        content = tidy(tuple(_linked(text, at, stop, marks)))
        if content:
            yield Paragraph(content)
        at = stop


def _between_gaps(text: str) -> Iterator[str]:
    """Yield `text` in pieces that end with their empty lines; together they are `text`."""
    begun = 0
    while (gap := text.find("\n\n", begun)) >= 0:
        yield text[begun : gap + 2]
        begun = gap + 2
    yield text[begun:]


def _linked(text: str, start: int, end: int, marks: list[_Mark]) -> Iterator[Inline]:
    """Yield the inlines of a stretch, with all that one link covers kept in one Link."""
    inside = [mark for mark in marks if mark.start < end and mark.end > start]
    edges = {start, end, *(m.start for m in inside), *(m.end for m in inside)}
    cuts = sorted(edge for edge in edges if start <= edge <= end)
    runs = [
        (since, until, [m for m in inside if m.start <= since and until <= m.end])
        for since, until in pairwise(cuts)
    ]
    for link, covered in groupby(runs, key=lambda run: _link_of(run[2])):
        children = tuple(_styled(text[since:until], over) for since, until, over in covered)
        yield from _as_link(link, children)


def _link_of(marks: list[_Mark]) -> _Mark | None:
    return next((mark for mark in marks if mark.kind in _LINKS), None)


def _as_link(link: _Mark | None, children: Inlines) -> Inlines:
    if link is None:
        return children
    if link.kind == "text_mention" and link.extra:
        return (Mention(link.extra, clean(visible_text(children))),)
    href = clean(link.extra)
    return (Link(href, children),) if is_safe_link(href) else children


def _styled(text: str, marks: list[_Mark]) -> Inline:
    kinds = {mark.kind for mark in marks}
    if "code" in kinds:
        return CodeSpan(text)
    styled: Inline = Text(text)
    for kind in reversed(_SPANS):
        if kind in kinds:
            styled = _SPANS[kind]((styled,))
    return styled


def render(document: Document, limit: int = TEXT_LIMIT) -> list[Part]:
    """Return `document` as messages Telegram takes: each a text and its entities.

    Headings become bold, tables monospace, what cannot be linked shows its address. Every part
    is at most `limit` UTF-16 units and has at most 100 entities; none is blank.
    """
    text, entities = flatten(document)
    return [part for part in split(text, entities, limit) if part[0].strip()]


def split(text: str, entities: Sequence[Entity], limit: int = TEXT_LIMIT) -> list[Part]:
    """Return `text` cut into parts of at most `limit` UTF-16 units; together they are `text`.

    Cut after an empty line, else after a line, else after a space, else between characters;
    never within a surrogate pair. An entity over a cut is closed and opened again.

    Args:
        text: without lone surrogates.
        entities: as Telegram writes them, offsets in UTF-16 units.
        limit: 2 at least, for a character may take two units.
    """
    units = list(accumulate((_units(c) for c in text), initial=0))
    ordered = sorted(entities, key=lambda e: (e["offset"], -e["length"]))
    parts: list[Part] = []
    begun = 0
    while begun < len(text):
        end = _cut(text, units, begun, _fitting(units, begun, limit))
        end = _within_entity_limit(text, units, begun, end, ordered)
        inside = _reopened(ordered, units[begun], units[end])
        parts.append((text[begun:end], inside[:ENTITY_LIMIT]))
        begun = end
    return parts


def _fitting(units: list[int], begun: int, limit: int) -> int:
    """Return the furthest character boundary that `limit` units from `begun` reach."""
    low, high = begun + 1, len(units) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if units[middle] - units[begun] <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _cut(text: str, units: list[int], begun: int, furthest: int) -> int:
    if furthest == len(text):
        return furthest
    least = begun + (furthest - begun) // 4  # a part of a few words helps nobody
    for separator in ("\n\n", "\n", " "):
        found = text.rfind(separator, least, furthest)
        if found >= 0 and found + len(separator) <= furthest:
            return found + len(separator)
    return _between_marks(text, begun, furthest)


def _between_marks(text: str, begun: int, end: int) -> int:
    """Return `end`, moved back so that an accent or a joined emoji stays with its base."""
    moved = end
    while moved > begun + 1 and (_joins(text[moved]) or text[moved - 1] == "\u200d"):
        moved -= 1
    return moved if moved > begun + 1 else end


def _joins(character: str) -> bool:
    is_tone = "\U0001f3fb" <= character <= "\U0001f3ff"
    return is_tone or character in "\u200d\ufe0e\ufe0f\u20e3" or combining(character) > 0


def _within_entity_limit(
    text: str, units: list[int], begun: int, end: int, ordered: Sequence[Entity]
) -> int:
    inside = [e for e in ordered if e["offset"] < units[end] and _end(e) > units[begun]]
    if len(inside) <= ENTITY_LIMIT:
        return end
    over = inside[ENTITY_LIMIT]["offset"]
    boundary = next((at for at in range(begun + 1, end) if units[at] >= over), end)
    return _cut(text, units, begun, boundary) if boundary < len(text) else boundary


def _reopened(ordered: Sequence[Entity], since: int, until: int) -> list[Entity]:
    inside: list[Entity] = []
    for entity in ordered:
        start, end = max(entity["offset"], since), min(_end(entity), until)
        if start < end:
            inside.append({**entity, "offset": start - since, "length": end - start})
    return inside


def _end(entity: Entity) -> int:
    return int(entity["offset"] + entity["length"])


def _units(character: str) -> int:
    return 2 if ord(character) > 0xFFFF else 1
