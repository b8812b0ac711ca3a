"""What formatted text is made of: blocks and inlines, plain frozen data.

The same structs are the JSON that the chat widget draws (`msgspec.to_builtins(document)`):
each carries its `type`. Parsers give tidy documents (see tidy.py); renderers take any.
"""

from msgspec import Struct


class Text(Struct, frozen=True, tag="text"):
    """Characters without a format. In a tidy document it holds no line end."""

    text: str


class Bold(Struct, frozen=True, tag="bold"):
    """Strong."""

    children: "Inlines"


class Italic(Struct, frozen=True, tag="italic"):
    """Emphasised."""

    children: "Inlines"


class Strike(Struct, frozen=True, tag="strike"):
    """Struck through."""

    children: "Inlines"


class Underline(Struct, frozen=True, tag="underline"):
    """Underlined."""

    children: "Inlines"


class Spoiler(Struct, frozen=True, tag="spoiler"):
    """Hidden until asked for."""

    children: "Inlines"


class CodeSpan(Struct, frozen=True, tag="code_span"):
    """Code within a line, taken as it is."""

    text: str


class Link(Struct, frozen=True, tag="link"):
    """A link; `href` is http, https, mailto or tel (see `is_safe_link`)."""

    href: str
    children: "Inlines"


class Mention(Struct, frozen=True, tag="mention"):
    """Somebody called by name; `ref` is the channel's id of him."""

    ref: str
    name: str


class Emoji(Struct, frozen=True, tag="emoji"):
    """An emoji by short name; `unicode` is "" where the channel has its own picture."""

    name: str
    unicode: str = ""


class Break(Struct, frozen=True, tag="break"):
    """A new line within a paragraph."""


Inline = (
    Text | Bold | Italic | Strike | Underline | Spoiler | CodeSpan | Link | Mention | Emoji | Break
)
Inlines = tuple[Inline, ...]
Span = Bold | Italic | Strike | Underline | Spoiler  # a format around inlines


class Paragraph(Struct, frozen=True, tag="paragraph"):
    """Lines of text."""

    content: Inlines


class Heading(Struct, frozen=True, tag="heading"):
    """A heading of level 1, 2 or 3."""

    level: int
    content: Inlines


class List(Struct, frozen=True, tag="list"):
    """A list; each item is blocks, so a list nests by holding a List."""

    ordered: bool
    items: "tuple[Blocks, ...]"
    start: int = 1


class Quote(Struct, frozen=True, tag="quote"):
    """Somebody else's words."""

    blocks: "Blocks"


class Code(Struct, frozen=True, tag="code"):
    """A block of code, without the last line end."""

    text: str
    lang: str = ""


class Table(Struct, frozen=True, tag="table"):
    """A table; every row has as many cells as `header`. `align` is "", left, center or right."""

    header: tuple[Inlines, ...]
    rows: tuple[tuple[Inlines, ...], ...]
    align: tuple[str, ...] = ()


class Rule(Struct, frozen=True, tag="rule"):
    """A line between two parts."""


class Image(Struct, frozen=True, tag="image"):
    """A picture on its own; `source` is an https URL or `attachment:ID`."""

    source: str
    alt: str = ""


Block = Paragraph | Heading | List | Quote | Code | Table | Rule | Image
Blocks = tuple[Block, ...]


class Document(Struct, frozen=True):
    """A formatted text."""

    blocks: Blocks = ()


_SAFE_SCHEMES = ("http://", "https://", "mailto:", "tel:")


def is_safe_link(href: str) -> bool:
    """Return whether `href` may be shown as a link: http, https, mailto or tel, nothing else."""
    return href.lower().startswith(_SAFE_SCHEMES) and not any(c.isspace() for c in href)


def visible_text(inlines: Inlines) -> str:
    """Return the characters a reader sees of `inlines`, without any format; breaks as newline."""
    return "".join(_seen(inline) for inline in inlines)


def _seen(inline: Inline) -> str:
    match inline:
        case Text(text) | CodeSpan(text):
            return text
        case Mention(_, name):
            return f"@{name.removeprefix('@')}"
        case Emoji(name, unicode):
            return unicode or f":{name}:"
        case Break():
            return "\n"
        case _:
            return visible_text(inline.children)
