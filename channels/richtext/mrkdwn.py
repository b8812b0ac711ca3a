"""Slack's mrkdwn into the model: the form without blocks, and what both forms share. Pure."""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby

from channels.richtext.model import (
    Block,
    Bold,
    Break,
    Code,
    CodeSpan,
    Document,
    Emoji,
    Inline,
    Inlines,
    Italic,
    Link,
    Mention,
    Paragraph,
    Quote,
    Strike,
    Text,
    is_safe_link,
)
from channels.richtext.tidy import link_bare_urls, tidy
from desk.kit.text import clean

Names = Mapping[str, str]  # what people and channels are called, by their ids

_FENCE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_QUOTED = re.compile(r"^(?:&gt;|>) ?", re.MULTILINE)
_GAP = re.compile(r"\n[^\S\n]*\n\s*")
_MARKUP = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<angle>[^<>\n]+)>"
    r"|(?<![\w*])\*(?=[^\s*])(?P<bold>[^*\n]*[^*\s])\*(?![\w*])"
    r"|(?<![\w_])_(?=[^\s_])(?P<italic>[^_\n]*[^_\s])_(?![\w_])"
    r"|(?<![\w~])~(?=[^\s~])(?P<strike>[^~\n]*[^~\s])~(?![\w~])"
    r"|(?<!\w):(?P<emoji>[a-z0-9_+'-]+):(?!\w)"
)
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def parse_mrkdwn(text: str, names: Names | None = None) -> Document:
    """Return what Slack's mrkdwn in `text` says: the form without blocks."""
    blocks: list[Block] = []
    pieces = _FENCE.split(clean(text))
    for at, piece in enumerate(pieces):
        if at % 2:
            blocks += [Code(_plain(piece))] if piece.strip() else []
        else:
            blocks += _said(piece, names or {})
    return Document(tuple(blocks))


def _said(text: str, names: Names) -> Iterator[Block]:
    lines = text.split("\n")
    for is_quote, group in groupby(lines, lambda line: bool(_QUOTED.match(line))):
        joined = "\n".join(group)
        if is_quote:
            quoted = tuple(_mrkdwn_paragraphs(_QUOTED.sub("", joined), names))
            yield from [Quote(quoted)] if quoted else []
        else:
            yield from _mrkdwn_paragraphs(joined, names)


def _mrkdwn_paragraphs(text: str, names: Names) -> Iterator[Paragraph]:
    for part in _GAP.split(text):
        yield from paragraphs(_marked(part, names))


def _marked(text: str, names: Names) -> Inlines:
    """Return the inlines of one piece; a span never holds its own sign, so depth is bounded."""
    found: list[Inline] = []
    at = 0
    for match in _MARKUP.finditer(text):
        found += link_bare_urls(_plain(text[at : match.start()]))
        found.append(_mark(str(match.lastgroup), match[match.lastgroup or 0], names))
        at = match.end()
    return (*found, *link_bare_urls(_plain(text[at:])))


def _mark(kind: str, inside: str, names: Names) -> Inline:
    match kind:
        case "code":
            return CodeSpan(_plain(inside))
        case "emoji":
            return Emoji(inside)
        case "bold":
            return Bold(_marked(inside, names))
        case "italic":
            return Italic(_marked(inside, names))
        case "strike":
            return Strike(_marked(inside, names))
        case _:
            return _angle(inside, names)


def _angle(inside: str, names: Names) -> Inline:
    target, _, shown = inside.partition("|")
    shown = _plain(shown)
    match target[:1]:
        case "@":
            return Mention(target[1:], shown.lstrip("@") or called(names, target[1:]))
        case "#":
            return Text("#" + (shown.lstrip("#") or called(names, target[1:])))
        case "!":
            return Text(shown or "@" + target[1:].split("^")[0])
        case _:
            return link(_plain(target), shown or _plain(target))


def called(names: Names, ref: str) -> str:
    """Return what `ref` is called, or `ref` itself."""
    return names.get(ref) or ref


def link(url: str, shown: str) -> Inline:
    """Return a link, or its text alone when it is not safe to follow."""
    return Link(url, (Text(shown),)) if is_safe_link(url) else Text(shown)


def _plain(text: str) -> str:
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


def paragraphs(inlines: Inlines) -> Iterator[Paragraph]:
    """Yield tidy paragraphs: an empty line parts them."""
    part: list[Inline] = []
    for inline in (*tidy(inlines), Break(), Break()):
        if isinstance(inline, Break) and part and isinstance(part[-1], Break):
            content = tidy(tuple(part))
            part = []
            yield from [Paragraph(content)] if content else []
        else:
            part.append(inline)
