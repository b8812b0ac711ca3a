"""The writing half of Markdown: each paragraph is read back before it is believed. Pure."""

import re
from collections.abc import Callable, Iterator

from channels.richtext.model import (
    Block,
    Blocks,
    Bold,
    Break,
    Code,
    CodeSpan,
    Document,
    Emoji,
    Heading,
    Image,
    Inline,
    Inlines,
    Italic,
    Link,
    List,
    Mention,
    Paragraph,
    Quote,
    Rule,
    Spoiler,
    Strike,
    Table,
    Text,
    Underline,
    visible_text,
)
from channels.richtext.tidy import tidy

Read = Callable[[str], Document]

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SPECIAL = re.compile(r"([\\`*_\[\]]|(?<=~)~|~(?=~)|&(?=[#A-Za-z]))")
_WORD_UNDERSCORE = re.compile(r"(?<=[^\W_])\\_(?=[^\W_])")
_LINE_START = re.compile(r"^(?:([#>+\-=|:])|(\d{1,9})([.)]))", re.MULTILINE)


def write(document: Document, read: Read) -> str:
    """Return `document` as Markdown; `read` is the parser, which says whether a line is right."""
    return _Writer(read).blocks(document.blocks, "-")


class _Writer:
    def __init__(self, read: Read) -> None:
        self._read = read

    def blocks(self, blocks: Blocks, bullet: str, gap: str = "\n\n") -> str:
        """Return `blocks` with `gap` between; lists that touch get unlike markers."""
        written: list[str] = []
        last: Block | None = None
        alternate = False
        for block in blocks:
            touching = isinstance(block, List) and isinstance(last, List)
            alternate = touching and _kind(block) == _kind(last) and not alternate
            text = self._block(block, bullet, alternate=alternate)
            if text is not None:
                written.append(text)
                last = block
        return gap.join(written)

    def _block(self, block: Block, bullet: str, *, alternate: bool) -> str | None:
        match block:
            case Paragraph(content):
                return self._paragraph(tidy(_degraded(content))) or None
            case Heading(level, content):
                return self._heading(level, tidy(_degraded(content), breaks=False))
            case List():
                return self._list(block, _other(bullet) if alternate else bullet, alternate)
            case Quote(blocks):
                return _prefixed(self.blocks(blocks, bullet), "> ", "> ")
            case Code(text, lang):
                return _fence(text, lang)
            case Table():
                return self._table(block)
            case Rule():
                return "***"
            case Image():
                return self._image(block)

    def _paragraph(self, content: Inlines) -> str:
        if not content:
            return ""
        wanted = Document((Paragraph(content),))
        return self._faithful(content, lambda line: line, wanted) or self._parted(content)

    def _parted(self, content: Inlines) -> str:
        """Return `content` as words only; empty lines in it, which no paragraph holds, go."""
        bare = tidy(tuple(_words(content)))
        if bare != content:
            return self._paragraph(bare)
        return _PUNCTUATION.sub(r"\\\1", visible_text(bare))

    def _heading(self, level: int, content: Inlines) -> str:
        mark = "#" * level
        wanted = Document((Heading(level, content),))
        if not content:
            return mark
        written = self._faithful(content, lambda line: f"{mark} {line}", wanted)
        if written is not None:
            return written
        bare = tidy(tuple(_words(content)), breaks=False)
        escaped = f"{mark} " + _PUNCTUATION.sub(r"\\\1", visible_text(bare))
        return escaped if bare == content else self._heading(level, bare)

    def _faithful(
        self, content: Inlines, dress: Callable[[str], str], wanted: Document
    ) -> str | None:
        for escape in (_lightly, _fully):
            written = dress(_line(content, escape))
            if self._read(written) == wanted:
                return written
        return None

    def _list(self, block: List, bullet: str, alternate: bool) -> str:
        tight = all(_is_tight(item) for item in block.items)
        items, gap = [], "\n" if tight else "\n\n"
        for number, item in enumerate(block.items, block.start):
            mark = f"{number}{')' if alternate else '.'} " if block.ordered else f"{bullet} "
            text = self.blocks(item, _other(bullet), gap)
            items.append(_prefixed(text, mark, " " * len(mark)))
        return gap.join(items)

    def _table(self, table: Table) -> str:
        marks = {"left": ":---", "center": ":---:", "right": "---:"}
        align = [*table.align, *("" for _ in table.header)][: len(table.header)]
        rows = [self._row(table.header), _cells([marks.get(a, "---") for a in align])]
        return "\n".join([*rows, *(self._row(row) for row in table.rows)])

    def _row(self, row: tuple[Inlines, ...]) -> str:
        return _cells([self._cell(tidy(_degraded(cell), breaks=False)) for cell in row])

    def _cell(self, content: Inlines) -> str:
        for escape in (_lightly, _fully):
            written = _line(content, escape).replace("|", "\\|")
            wanted = Table((content,), ())
            read = self._read(f"| {written} |\n| --- |").blocks
            if len(read) == 1 and isinstance(read[0], Table) and read[0].header == wanted.header:
                return written
        bare = tidy(tuple(_words(content)), breaks=False)
        if bare != content:
            return self._cell(bare)
        return _PUNCTUATION.sub(r"\\\1", visible_text(bare))

    def _image(self, image: Image) -> str:
        for escape in (_lightly, _fully):
            written = f"![{escape(image.alt)}]({image.source})"
            if self._read(written) == Document((image,)):
                return written
        return self._paragraph(tidy((Text(image.alt or image.source),)))


def _kind(block: Block | None) -> bool | None:
    return block.ordered if isinstance(block, List) else None


def _other(bullet: str) -> str:
    return "+" if bullet == "-" else "-"


def _is_tight(item: Blocks) -> bool:
    match item:
        case (Paragraph(),):
            return True
        case (Paragraph(), List(_, items, 1)):
            return all(_is_tight(inner) for inner in items)
        case _:
            return False


def _prefixed(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    leads = [first, *(rest for _ in lines[1:])]
    led = zip(leads, lines, strict=True)
    return "\n".join(lead + line if line else lead.rstrip() for lead, line in led)


def _fence(text: str, lang: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    info = re.sub(r"[^A-Za-z0-9_+#.-]", "", lang)
    return f"{fence}{info}\n{text}\n{fence}"


def _cells(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _degraded(content: Inlines) -> Inlines:
    """Return `content` in the formats that Markdown has."""
    return tuple(simpler for inline in content for simpler in _simpler(inline))


def _simpler(inline: Inline) -> Iterator[Inline]:
    match inline:
        case Spoiler(children):
            yield from _degraded(children)
        case Underline(children) | Italic(children):
            yield Italic(_degraded(children))
        case Bold(children):
            yield Bold(_degraded(children))
        case Strike(children):
            yield Strike(_degraded(children))
        case Link(href, children):
            yield Link(href, _degraded(children))
        case Mention() | Emoji():
            yield Text(visible_text((inline,)))
        case _:
            yield inline


def _words(content: Inlines) -> Iterator[Inline]:
    """Yield `content` as texts and single breaks; a link shows its address unless it has."""
    last: Inline | None = None
    for inline in content:
        if isinstance(inline, Break) and isinstance(last, Break):
            continue
        last = inline
        if isinstance(inline, Break):
            yield inline
        elif children := getattr(inline, "children", ()):
            yield from _words(children)
            if isinstance(inline, Link) and inline.href not in visible_text(children):
                yield Text(f" ({inline.href})")
        else:
            yield Text(visible_text((inline,)))


def _lightly(text: str) -> str:
    light = _WORD_UNDERSCORE.sub("_", _SPECIAL.sub(r"\\\1", text))
    return _LINE_START.sub(_escaped_start, light)


def _escaped_start(match: re.Match[str]) -> str:
    return f"\\{match[1]}" if match[1] else f"{match[2]}\\{match[3]}"


def _fully(text: str) -> str:
    return _PUNCTUATION.sub(r"\\\1", text)


def _line(content: Inlines, escape: Callable[[str], str]) -> str:
    written = ""
    for inline in content:
        written += _inline(inline, written, escape)
    return written


def _inline(inline: Inline, before: str, escape: Callable[[str], str]) -> str:
    match inline:
        case Bold(children):
            return f"**{_line(children, escape)}**"
        case Italic(children):
            mark = "*" if before[-1:].isalnum() else "_"
            return f"{mark}{_line(children, escape)}{mark}"
        case Strike(children):
            return f"~~{_line(children, escape)}~~"
        case CodeSpan(text):
            return _code_span(text)
        case Link(href, children):
            if children == (Text(href),):
                return href if escape is _lightly else f"<{href}>"
            address = href if escape is _lightly else f"<{href}>"
            return f"[{_line(children, escape)}]({address})"
        case Break():
            return "\\\n" if before.endswith("\n") else "\n"
        case _:
            return escape(visible_text((inline,)))


def _code_span(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    padded = f" {text} " if text[0] in "` " or text[-1] in "` " else text
    return f"{fence}{padded}{fence}"
