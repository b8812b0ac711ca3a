"""The tidy form of inlines, and the finding of bare links: the same meaning, said one way.

Tidy inlines have no empty texts or spans, no span within its like, no two alike side by side,
no space at the edge of a span or a line, and line ends only as Break.
"""

import re
from collections.abc import Iterable, Iterator

from channels.richtext.model import (
    Bold,
    Break,
    CodeSpan,
    Inline,
    Inlines,
    Italic,
    Link,
    Spoiler,
    Strike,
    Text,
    Underline,
)
from desk.kit.text import clean

_URL = re.compile(r"(?<![A-Za-z0-9])https?://[^\s<>\"`|\\^{}]+", re.IGNORECASE)
_SPANS = (Bold, Italic, Strike, Underline, Spoiler)


def tidy(inlines: Inlines, *, breaks: bool = True) -> Inlines:
    """Return `inlines` tidied as the content of one block; `breaks` False makes breaks spaces."""
    flat = list(_merged(_lifted(inlines, frozenset())))
    if not breaks:
        flat = list(_merged(Text(" ") if isinstance(i, Break) else i for i in flat))
    return tuple(_trimmed(flat))


def link_bare_urls(text: str) -> Inlines:
    """Return `text` with its http and https addresses made links; what ends a sentence stays out.

    >>> [type(i).__name__ for i in link_bare_urls("see https://example.org/a_(b).")]
    ['Text', 'Link', 'Text']
    """
    found: list[Inline] = []
    last = 0
    for match in _URL.finditer(text):
        url = _without_tail(match[0])
        if len(url) <= url.index("//") + 2:
            continue
        found.append(Text(text[last : match.start()]))
        found.append(Link(url, (Text(url),)))
        last = match.start() + len(url)
    found.append(Text(text[last:]))
    return tuple(i for i in found if i != Text(""))


def _without_tail(url: str) -> str:
    """Return `url` without the marks that end a sentence; a bracket it opened stays with it."""
    extra = {")": url.count(")") - url.count("("), "]": url.count("]") - url.count("[")}
    end = len(url)
    while url[end - 1] in ".,:;!?'*_~)]":
        mark = url[end - 1]
        if extra.get(mark, 1) <= 0:
            break
        if mark in extra:
            extra[mark] -= 1
        end -= 1
    return url[:end]


def _lifted(inlines: Iterable[Inline], inside: frozenset[type]) -> Iterator[Inline]:
    """Yield inlines with texts cleaned, spans within their like opened, edges of spans bare."""
    for inline in inlines:
        match inline:
            case Text(text):
                yield from _lines(clean(text))
            case CodeSpan(text):
                code = clean(text).replace("\n", " ")
                yield CodeSpan(code) if code.strip() else Text(code)
            case Bold() | Italic() | Strike() | Underline() | Spoiler() | Link():
                yield from _span(inline, inside)
            case _:
                yield inline


def _span(
    span: Bold | Italic | Strike | Underline | Spoiler | Link, inside: frozenset[type]
) -> Iterator[Inline]:
    kind = type(span)
    if kind in inside:
        yield from _lifted(span.children, inside)
        return
    children = list(_merged(_lifted(span.children, inside | {kind})))
    before, children, after = _bare(children)
    yield from before
    if children:
        kept = tuple(children)
        yield Link(span.href, kept) if isinstance(span, Link) else type(span)(kept)
    yield from after


def _bare(children: list[Inline]) -> tuple[list[Inline], list[Inline], list[Inline]]:
    """Return what must stand before the span, in it, and after it."""
    before: list[Inline] = []
    after: list[Inline] = []
    while children and (edge := _edge(children[0], last=False)):
        before.append(edge[0])
        children[:1] = edge[1]
    while children and (edge := _edge(children[-1], last=True)):
        after.insert(0, edge[0])
        children[-1:] = edge[1]
    return before, children, after


def _edge(inline: Inline, *, last: bool) -> tuple[Inline, list[Inline]] | None:
    if isinstance(inline, Break):
        return inline, []
    if not isinstance(inline, Text):
        return None
    kept = inline.text.rstrip() if last else inline.text.lstrip()
    if kept == inline.text:
        return None
    space = inline.text[len(kept) :] if last else inline.text[: len(inline.text) - len(kept)]
    return Text(space), [Text(kept)] if kept else []


def _lines(text: str) -> Iterator[Inline]:
    for number, line in enumerate(text.split("\n")):
        if number:
            yield Break()
        if line:
            yield Text(line)


def _merged(inlines: Iterable[Inline]) -> Iterator[Inline]:
    """Yield `inlines` with neighbours of one kind made one."""
    held: Inline | None = None
    for inline in inlines:
        joined = _joined(held, inline) if held is not None else None
        if joined is None and held is not None:
            yield held
        held = joined or inline
    if held is not None:
        yield held


def _joined(left: Inline, right: Inline) -> Inline | None:
    if isinstance(left, Text) and isinstance(right, Text):
        return Text(left.text + right.text)
    if isinstance(left, _SPANS) and type(left) is type(right):
        return type(left)(tuple(_merged((*left.children, *right.children))))
    return None


def _trimmed(inlines: list[Inline]) -> Iterator[Inline]:
    """Yield `inlines` without space beside a break, and without breaks at the edges."""
    while inlines and isinstance(inlines[-1], Break):
        inlines.pop()
    begun = False
    for at, inline in enumerate(inlines):
        starts = not begun or isinstance(inlines[at - 1], Break)
        ends = at + 1 == len(inlines) or isinstance(inlines[at + 1], Break)
        if isinstance(inline, Text):
            text = inline.text.lstrip() if starts else inline.text
            text = text.rstrip() if ends else text
            if text:
                begun = True
                yield Text(text)
        elif begun or not isinstance(inline, Break):
            begun = True
            yield inline
