"""HTML bodies: made harmless, cut before the quote, read as text."""

import re

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

from channels.email.forward_words import BEGINS
from desk.kit.text import clean

LIMIT_CHARACTERS = 2_000_000  # beyond it only the text is shown


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TAGS = _words(
    "a abbr address b big blockquote br caption center cite code col colgroup dd del dfn div dl dt "
    "em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong "
    "sub sup table tbody td tfoot th thead tr tt u ul var"
)
_CONTENT_TAGS = _words(
    "script style title head noscript noembed noframes iframe object embed applet svg math select "
    "option textarea template xmp plaintext frameset"
)
_EVERYWHERE = {"align", "dir", "lang", "style", "valign"}
_CELL = {"bgcolor", "colspan", "height", "rowspan", "width"}
_ATTRIBUTES = {
    "*": _EVERYWHERE,
    "a": {"href"},
    "font": {"color", "face", "size"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start", "type"},
    "table": {"bgcolor", "border", "cellpadding", "cellspacing", "width"},
    "td": _CELL,
    "th": _CELL,
    "tr": {"bgcolor"},
}
_STYLES = _words(
    "background-color border border-bottom border-collapse border-color border-left border-right "
    "border-style border-top border-width color direction font font-family font-size font-style "
    "font-weight height letter-spacing line-height list-style-type margin margin-bottom "
    "margin-left margin-right margin-top max-width min-width padding padding-bottom padding-left "
    "padding-right padding-top text-align text-decoration text-indent text-transform "
    "vertical-align white-space width"
)
_LINK = re.compile(r"(?:https?://|mailto:|tel:)", re.I)
_IMAGE = re.compile(r"(?:https?://|cid:|data:image/(?:png|jpeg|gif|webp)[;,])", re.I)
# Browsers pass over controls and spaces inside a scheme, so they go before it is judged.
_INVISIBLE = re.compile(
    r"[\x00-\x20\x7f-\xa0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f"
    r"\u3000\ufeff\u00ad]"
)
_BAD_STYLE = re.compile(
    r"url\s*\(|expression|@import|\\|/\*|javascript:|behaviou?r|-moz-binding", re.I
)

_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=set(_CONTENT_TAGS),
    attributes=_ATTRIBUTES,
    attribute_filter=lambda tag, name, value: _attribute(tag, name, value),
    url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
    filter_style_properties=set(_STYLES),
    link_rel="noopener noreferrer nofollow",
    strip_comments=True,
)


_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)[^<>]*>", re.I)
_NEVER_NEST = _words("area base br col hr img input li link meta option p td th tr wbr")
_DEEPEST = 500


def flattened(html: str) -> str:
    """Return `html`, without its tags when they are nested deeper than any mail is.

    Parsers need time by the square of the depth: a hundred thousand open tags hold one up.
    """
    depth = deepest = 0
    for tag in _TAG.finditer(html):
        if tag[2].lower() not in _NEVER_NEST:
            depth = max(0, depth - 1) if tag[1] else depth + 1
            deepest = max(deepest, depth)
    return html if deepest <= _DEEPEST else _TAG.sub(" ", html)


def sanitise(html: str) -> str:
    """Return `html` with nothing that runs, loads by itself elsewhere, or covers the page.

    Links keep http, https, mailto and tel; images http, https, cid and small data types.
    Idempotent.
    """
    # nh3 sets several attributes in an order of its own; in text "<" is escaped, so this is a tag.
    return _CLEANER.clean(flattened(clean(html))).replace("<a ", '<a target="_blank" ')


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name in ("href", "src"):
        bare = _INVISIBLE.sub("", value)
        allowed = _IMAGE if tag == "img" else _LINK
        return bare if allowed.match(bare) else None
    if name == "style" and _BAD_STYLE.search(value):
        return None
    return value


_BLOCKS = _words(
    "address article aside blockquote body caption center dd div dl dt fieldset figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section "
    "table tbody tfoot thead tr ul"
)
_PARAGRAPHS = _words("blockquote dl h1 h2 h3 h4 h5 h6 ol p pre table ul")
_UNSEEN = _words("script style head title noscript template iframe object svg math")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_MANY_LINES = re.compile(r"\n{3,}")
_LINE_SPACES = re.compile(r"[ \t\xa0]*\n[ \t]*")


def to_text(html: str) -> str:
    """Return what a reader sees of `html`, as plain text with paragraphs."""
    root = LexborHTMLParser(flattened(clean(html))).root
    if root is None:
        return ""
    writer = _Writer()
    writer.walk(root)
    return writer.text()


class _Writer:
    """Collects the text of a document in reading order, without recursion."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.preformatted = 0

    def walk(self, root: LexborNode) -> None:
        waiting: list[LexborNode | str] = [root]
        while waiting:
            one = waiting.pop()
            if isinstance(one, str):
                self._close(one)
                continue
            tag = one.tag or ""
            if tag == "-text":
                self._write(one.text_content or "")
            elif tag not in _UNSEEN:
                self._open(one, tag)
                waiting.append(tag)
                waiting.extend(reversed(list(one.iter(include_text=True))))

    def text(self) -> str:
        joined = _LINE_SPACES.sub("\n", "".join(self.out).replace("\xa0", " "))
        return _MANY_LINES.sub("\n\n", joined).strip()

    def _open(self, node: LexborNode, tag: str) -> None:
        if tag == "br":
            self.out.append("\n")
        elif tag in _BLOCKS:
            self._break(2 if tag in _PARAGRAPHS else 1)
        elif tag in ("td", "th"):
            self._gap()
        if tag == "li":
            self.out.append("- ")
        elif tag == "hr":
            self.out.append("---\n")
        elif tag == "pre":
            self.preformatted += 1

    def _close(self, tag: str) -> None:
        if tag == "pre":
            self.preformatted -= 1
        if tag in _BLOCKS and tag != "hr":
            self._break(2 if tag in _PARAGRAPHS else 1)

    def _write(self, text: str) -> None:
        if self.preformatted:
            self.out.append(text)
            return
        text = _SPACES.sub(" ", text)
        if text.startswith(" ") and (not self.out or self.out[-1].endswith((" ", "\n"))):
            text = text[1:]
        if text:
            self.out.append(text)

    def _break(self, lines: int) -> None:
        self.out.append("\n" * lines if lines == 2 or not self._at_line_start() else "")

    def _at_line_start(self) -> bool:
        last = next((one for one in reversed(self.out) if one), "\n")
        return last.endswith("\n")

    def _gap(self) -> None:
        if not self._at_line_start():
            self.out.append(" ")


_QUOTES = ", ".join(
    (
        "div.gmail_quote_container",
        "div.gmail_quote",
        "blockquote.gmail_quote",
        "blockquote[type=cite]",
        "div.yahoo_quoted",
        "div.protonmail_quote",
        "blockquote.protonmail_quote",
        "div.moz-cite-prefix",
        "blockquote#replyBlockquote",
        "div.zmail_extra",
        "#OLK_SRC_BODY_SECTION",
        "div.tutanota_quote",
    )
)
_FORWARDED = re.compile(rf"forward|{BEGINS}", re.I)  # such a quote is what the mail is about
_HEAD_CHARACTERS = 300
_FROM_HERE = "#divRplyFwdMsg, #appendonsend, .OutlookMessageHeader, #reply-intro, #stopSpelling"


def without_quotes(html: str) -> str:
    """Return `html` without what mail programs mark up as the message answered to.

    Returns it unchanged when nothing would be left, or when text follows the quote (an answer
    written below or between): then the quote is its context.
    """
    tree = LexborHTMLParser(flattened(html))
    if tree.body is None:
        return html
    had = _visible(tree)
    for node in tree.css(_QUOTES):
        if not _FORWARDED.search(node.text()[:_HEAD_CHARACTERS]):
            node.decompose()
    for node in tree.css(_FROM_HERE):
        _cut_from(node)
    left = _visible(tree)
    if not left or left == had:
        return html
    return tree.body.inner_html or ""


def _visible(tree: LexborHTMLParser) -> str:
    return "".join(tree.body.text().split()) if tree.body is not None else ""


def _cut_from(node: LexborNode) -> None:
    following = []
    after = node.next
    while after is not None:
        following.append(after)
        after = after.next
    for one in (node, *following):
        one.decompose()
