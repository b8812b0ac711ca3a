"""An article's Markdown as HTML that is safe to show."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

LIMIT = 200_000  # characters of Markdown that are rendered; an article is not a book

_TAGS = {
    *("p", "br", "hr", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre", "code"),
    *("strong", "em", "s", "a", "img", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def to_html(markdown: str) -> str:
    """Return the sanitised HTML of `markdown`; a first-level heading becomes a second-level one."""
    rendered = _parser().render(markdown[:LIMIT])
    rendered = rendered.replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    return nh3.clean(
        rendered,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener",
    )
