"""What customers read when they are asked, in one language; the bot's word files fill it."""

from typing import Annotated

from msgspec import Meta, Struct

Scale = Annotated[tuple[str, ...], Meta(min_length=5, max_length=5)]


class RatingWords(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The sentences. {score} is filled in."""

    ask: str  # above five buttons
    ask_by_letter: str  # above five links
    given: str  # in place of the buttons
    more: str  # the link to the page where a comment goes
    stop: str  # the link that ends it
    scale: Scale  # from the worst score to the best
    title: str
    comment: str
    comment_hint: str
    send: str
    thanks: str
    may_change: str
    over: str
    stop_title: str
    stop_button: str
    stopped: str
