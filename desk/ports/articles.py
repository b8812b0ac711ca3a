"""An article of the help centre, as far as a channel shows one."""

from msgspec import Struct


class Article(Struct, frozen=True, kw_only=True):
    """What anybody may read."""

    title: str
    language: str
    text: str  # Markdown
    url: str  # where it stands in the help centre
