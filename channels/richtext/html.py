"""The model as HTML: escaped throughout, no script, no style. Pure."""

from collections.abc import Callable
from html import escape

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
    Spoiler,
    Strike,
    Table,
    Underline,
    is_safe_link,
    visible_text,
)

_TAGS: dict[type, str] = {Bold: "strong", Italic: "em", Strike: "s", Underline: "u"}

ImageUrl = Callable[[str], str | None]  # an image's source to the URL to show, None: words only


def _remote(source: str) -> str | None:
    return source if source.startswith("https://") else None


def render(document: Document, image_url: ImageUrl = _remote) -> str:
    """Return `document` as HTML for the workspace, the help centre or a mail's body.

    Every text is escaped, links open elsewhere and tell the other side nothing. `image_url`
    says where a picture is shown from; as given, only https ones are shown.
    """
    return _blocks(document.blocks, image_url)


def _blocks(blocks: Blocks, image_url: ImageUrl) -> str:
    return "\n".join(_block(block, image_url) for block in blocks)


def _block(block: Block, image_url: ImageUrl) -> str:
    match block:
        case Paragraph(content):
            return f"<p>{_line(content)}</p>"
        case Heading(level, content):
            return f"<h{level}>{_line(content)}</h{level}>"
        case List():
            return _list(block, image_url)
        case Quote(blocks):
            return f"<blockquote>{_blocks(blocks, image_url)}</blockquote>"
        case Code(text, lang):
            kind = f' class="language-{escape(lang)}"' if lang else ""
            return f"<pre><code{kind}>{escape(text)}</code></pre>"
        case Table():
            return _table(block)
        case Rule():
            return "<hr>"
        case Image(source, alt):
            return f"<p>{_image(source, alt, image_url(source))}</p>"


def _list(block: List, image_url: ImageUrl) -> str:
    tag = "ol" if block.ordered else "ul"
    start = f' start="{block.start}"' if block.ordered and block.start != 1 else ""
    items = "".join(f"<li>{_item(item, image_url)}</li>" for item in block.items)
    return f"<{tag}{start}>{items}</{tag}>"


def _item(item: Blocks, image_url: ImageUrl) -> str:
    if item and isinstance(item[0], Paragraph):  # tight: no paragraph around the first line
        return "\n".join(filter(None, (_line(item[0].content), _blocks(item[1:], image_url))))
    return _blocks(item, image_url)


def _table(table: Table) -> str:
    head = "".join(f"<th>{_line(cell)}</th>" for cell in table.header)
    rows = "".join(
        f"<tr>{''.join(f'<td>{_line(cell)}</td>' for cell in row)}</tr>" for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _image(source: str, alt: str, url: str | None) -> str:
    if url:
        return f'<img src="{escape(url)}" alt="{escape(alt)}">'
    return _link(source, escape(alt or source))


def _line(content: Inlines) -> str:
    return "".join(_inline(inline) for inline in content)


def _inline(inline: Inline) -> str:
    match inline:
        case Bold() | Italic() | Strike() | Underline():
            tag = _TAGS[type(inline)]
            return f"<{tag}>{_line(inline.children)}</{tag}>"
        case Spoiler(children):
            return f'<span class="spoiler">{_line(children)}</span>'
        case CodeSpan(text):
            return f"<code>{escape(text)}</code>"
        case Link(href, children):
            return _link(href, _line(children))
        case Break():
            return "<br>\n"
        case _:
            return escape(visible_text((inline,))).replace("\n", "<br>\n")


def _link(href: str, shown: str) -> str:
    if not is_safe_link(href):
        return shown
    away = 'rel="noopener noreferrer nofollow" target="_blank"'
    return f'<a href="{escape(href)}" {away}>{shown}</a>'
