"""One document model for every channel: parsers into it, renderers out of it. All pure."""

from channels.richtext.html import render as render_html
from channels.richtext.markdown import parse as parse_markdown
from channels.richtext.markdown import render as render_markdown
from channels.richtext.model import Document
from channels.richtext.plain import parse as parse_plain
from channels.richtext.plain import render as render_plain

__all__ = [
    "Document",
    "parse_markdown",
    "parse_plain",
    "render_html",
    "render_markdown",
    "render_plain",
]
