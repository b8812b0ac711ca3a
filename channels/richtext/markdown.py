"""Markdown into the model and out of it (CommonMark, tables, strikethrough; no HTML). Pure.

A line end within a paragraph is kept as a break: agents and customers mean it. Only http,
https, mailto and tel addresses become links; anything else stays the text that it was.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from channels.richtext import plain
from channels.richtext.markdown_out import write
from channels.richtext.model import (
    Block,
    Blocks,
    Bold,
    Break,
    Code,
    CodeSpan,
    Document,
    Heading,
    Image,
    Inline,
    Inlines,
    Italic,
    Link,
    List,
    Paragraph,
    Quote,
    Rule,
    Strike,
    Table,
    Text,
    is_safe_link,
    visible_text,
)
from channels.richtext.tidy import link_bare_urls, tidy
from desk.kit.text import clean

_LANG = re.compile(r"[A-Za-z0-9_+#.-]+")
_DEEPEST = 40  # block levels; deeper is taken as plain text, for the parser would drop it


def parse(text: str) -> Document:
    """Return what the Markdown in `text` says. Any text is accepted; nothing visible is lost."""
    source = clean(text)
    tokens = _parser().parse(source)
    if any(token.level >= _DEEPEST - 2 for token in tokens):
        return plain.parse(text)
    return Document(tuple(_Reader(tokens, source.split("\n")).blocks()))


def render(document: Document) -> str:
    """Return `document` as Markdown that `parse` reads back; what Markdown cannot say is degraded.

    Underline becomes italic, spoilers are open, mentions and emoji are text. Formats that
    cannot be written without changing their neighbours are dropped, characters never.
    """
    return write(document, parse)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("js-default", {"html": False, "linkify": False, "maxNesting": _DEEPEST})
    parser.disable(["text_join", "linkify", "replacements", "smartquotes"], ignoreInvalid=True)
    setattr(parser, "validateLink", is_safe_link)  # noqa: B010 - typed as a method
    return parser


class _Reader:
    """Walks the parser's tokens once, front to back."""

    def __init__(self, tokens: Sequence[Token], source: Sequence[str]) -> None:
        self._tokens = tokens
        self._source = source
        self._at = 0
        self._depth = 0

    def blocks(self, until: str = "") -> Iterator[Block]:
        """Yield blocks up to the token called `until`, which is passed over."""
        while self._at < len(self._tokens):
            token = self._next()
            if token.type == until:
                return
            yield from self._block(token)

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _within(self, until: str) -> Blocks:
        self._depth += 1
        inside = tuple(self.blocks(until))
        self._depth -= 1
        return inside

    def _block(self, token: Token) -> Iterator[Block]:
        match token.type:
            case "inline":
                yield from _paragraph(token)
            case "heading_open":
                content = tidy(_inlines(self._next().children or []), breaks=False)
                yield Heading(min(int(token.tag[1:]), 3), content)
            case "bullet_list_open" | "ordered_list_open":
                yield self._list(token)
            case "blockquote_open":
                yield Quote(self._within("blockquote_close"))
            case "fence" | "code_block":
                yield self._code(token)
            case "table_open":
                yield self._table(token)
            case "hr":
                yield Rule()
            case _:
                return  # paragraph_open and the like: what they hold comes next

    def _list(self, token: Token) -> List:
        close = token.type.replace("open", "close")
        items: list[Blocks] = []
        while self._next().type != close:
            items.append(self._within("list_item_close"))
        return List(token.tag == "ol", tuple(items), int(token.attrs.get("start", 1)))

    def _code(self, token: Token) -> Code:
        text = token.content.removesuffix("\n")
        # A tab's width depends on where it stands, so within other blocks it is made spaces.
        lang = _LANG.match(token.info.strip())
        return Code(text.expandtabs(4) if self._depth else text, lang[0] if lang else "")

    def _table(self, opened: Token) -> Table | Code:
        """Return the table; as it stands, where the parser would drop cells beyond the header."""
        lines = self._source[slice(*(opened.map or ()))]
        kept = ""
        rows: list[tuple[Inlines, ...]] = []
        row: list[Inlines] = []
        align: list[str] = []
        while (token := self._next()).type != "table_close":
            if token.type == "inline":
                kept += token.content
                row.append(tidy(_inlines(token.children or []), breaks=False))
            elif token.type == "th_open":
                align.append(str(token.attrs.get("style", "")).removeprefix("text-align:"))
            elif token.type == "thead_close":
                kept = ""  # a head fits its table always, and a list's number may stand before it
            elif token.type == "tr_close":
                rows.append(tuple(row))
                row = []
        if _letters("".join(lines[2:])) > _letters(kept):
            return Code("\n".join(line.strip("> \t") for line in lines))
        return Table(rows[0], tuple(rows[1:]), tuple(align))


def _letters(text: str) -> int:
    return sum(c.isalnum() for c in text)


def _paragraph(token: Token) -> Iterator[Block]:
    children = token.children or []
    if len(children) == 1 and children[0].type == "image":
        yield Image(str(children[0].attrs["src"]), clean(_alt(children[0])).replace("\n", " "))
    elif content := tidy(_inlines(children)):
        yield Paragraph(content)


def _alt(token: Token) -> str:
    return visible_text(_inlines(token.children or [])).strip()


_SPANS: dict[str, type[Bold] | type[Italic] | type[Strike]] = {
    "strong": Bold,
    "em": Italic,
    "s": Strike,
}


def _inlines(tokens: Sequence[Token]) -> Inlines:
    """Return what inline tokens say; spans within their like are opened, so depth is bounded."""
    stack: list[list[Inline]] = [[]]
    open_kinds: list[str] = []
    href = ""
    for token in tokens:
        if token.nesting == 1:
            open_kinds.append(token.tag if token.tag not in open_kinds else "")
            href = str(token.attrs.get("href", href))
            if open_kinds[-1]:
                stack.append([])
        elif token.nesting == -1:
            if open_kinds.pop():
                inside = tuple(stack.pop())
                stack[-1].append(_closed(token.tag, inside, href))
        else:
            stack[-1].extend(_leaf(token, in_link="a" in open_kinds))
    return tuple(stack[0])


def _closed(tag: str, inside: Inlines, href: str) -> Inline:
    if tag != "a":
        return _SPANS[tag](inside)
    return Link(href, inside if visible_text(inside).strip() else (Text(href),))


def _leaf(token: Token, *, in_link: bool) -> Iterator[Inline]:
    match token.type:
        case "text" if not in_link:
            yield from link_bare_urls(token.content)
        case "softbreak" | "hardbreak":
            yield Break()
        case "code_inline":
            yield CodeSpan(token.content)
        case "image":
            alt, source = _alt(token), str(token.attrs["src"])
            yield Text(alt) if in_link else Link(source, (Text(alt or source),))
        case _:
            yield Text(token.content)
