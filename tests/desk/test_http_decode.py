"""What comes in, held to laws: cursors, pointers, fields, bytes in and an answer out."""

from contextlib import suppress
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.http import decode_cursor, encode_cursor
from desk.http.decode import fields_as, path_value
from desk.http.problems import invalid_from
from desk.kit.errors import Invalid, NotFound


class Inner(msgspec.Struct):
    names: list[str]


class Outer(msgspec.Struct):
    inner: Inner
    count: int = 1


class Fields(msgspec.Struct):
    word: str = "-"
    count: int | None = None
    on: bool = False
    many: list[int] = []


instants = st.integers(0, 250_000_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))


@given(at=instants, number=st.integers(-(2**60), 2**60))
def test_a_cursor_comes_back_as_it_went(at: datetime, number: int) -> None:
    assert decode_cursor(encode_cursor(at, number), tuple[datetime, int]) == (at, number)


@given(text=st.text(max_size=80) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_a_bent_cursor_is_refused_in_words(text: str) -> None:
    with suppress(Invalid):
        number = decode_cursor(text, tuple[int])
        assert decode_cursor(encode_cursor(*number), tuple[int]) == number


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        (b'{"inner": {"names": ["a", 2]}}', "/inner/names/1"),
        (b'{"inner": {}}', "/inner/names"),
        (b"{}", "/inner"),
        (b"[]", ""),
        (b'{"inner": {"names": []}, "count": "x"}', "/count"),
        (b"{", ""),
    ],
)
def test_the_pointer_leads_to_the_fault(raw: bytes, pointer: str) -> None:
    with pytest.raises(msgspec.MsgspecError) as raised:
        msgspec.json.decode(raw, type=Outer)
    assert invalid_from(raised.value).pointer == pointer


@given(st.lists(st.tuples(st.sampled_from(["word", "count", "on", "many", "x"]), st.text())))
def test_any_form_is_taken_or_refused_in_words(fields: list[tuple[str, str]]) -> None:
    with suppress(Invalid):
        assert isinstance(fields_as(fields, Fields), Fields)


def test_an_empty_field_is_not_given_but_an_empty_text_is_one() -> None:
    taken = fields_as([("word", ""), ("count", ""), ("many", "1"), ("many", "2")], Fields)
    assert taken == Fields(word="", count=None, many=[1, 2])


@given(st.text())
def test_any_path_is_something_or_nothing(text: str) -> None:
    try:
        number = path_value(text, int)
    except NotFound:
        return
    assert 0 <= number < 2**63
