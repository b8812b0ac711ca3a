"""How much a machine may make the desk say, and what gives a machine away."""

from typing import Annotated

from msgspec import Meta, Struct

Times = Annotated[int, Meta(ge=1, le=10_000)]


class Limits(Struct, frozen=True, kw_only=True):
    """Where machines write beside people, as by e-mail. The defaults stop two desks in a minute."""

    answer_again_hours: Annotated[int, Meta(ge=1, le=720)] = 24  # to one sender of one inbox
    answers_per_case: Times = 3  # automatic ones
    answers_per_domain: Times = 20  # automatic ones, within an hour
    equal_messages: Times = 3  # within an hour in one case: this one is a machine's, and muted
    token_domains: Times = 3  # a signed token used from more of them has gone round


LIMITS = Limits()
