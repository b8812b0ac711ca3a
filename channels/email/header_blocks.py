"""Header blocks quoted in a text: "From: … Sent: … To: …", in any language, marked or not."""

# ruff: noqa: RUF001  (letters of many scripts are the point)

import re

from channels.email.forward_words import FIELD_OF, FieldName

_MARKS = re.compile(r"^(?:[ \t]{0,3}[>|] ?){0,6}")
_LINE = re.compile(r"^[ \t*_]{0,12}([^\n:：*_<>]{1,30}?)[ \t*_]{0,4}[:：][ \t*_]{0,5}([^\n]*)$")
_FOLDED = re.compile(r"^(?:[ \t]+\S|\s*<|\s*\[)")
_LOOKED_AT = 6


def first_block(text: str) -> int | None:
    """Return where the first header block of `text` begins, or None.

    It names who wrote and one thing more; or two other things, one of them an address.
    """
    at = 0
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if ":" in line or "：" in line:
            field = field_of(line)
            if field is not None and _is_block(lines[place : place + _LOOKED_AT], field):
                return at
        at += len(line) + 1
    return None


def field_of(line: str) -> FieldName | None:
    """Return which header field a line of a quoted header tells, if it is one."""
    found = _LINE.match(_MARKS.sub("", line, count=1))
    return FIELD_OF.get(" ".join(found[1].split()).casefold()) if found else None


def _is_block(lines: list[str], first: FieldName) -> bool:
    if first is FieldName.OTHER:
        return False
    fields = {first}
    has_address = "@" in lines[0]
    blanks = 0
    for place, line in enumerate(lines[1:], 1):
        bare = _MARKS.sub("", line, count=1)
        if not bare.strip():
            blanks += 1
            if blanks > 1:
                break
            continue
        field = field_of(line)
        if field is None:
            if place > 3 or blanks or not (_FOLDED.match(bare) or lines[place - 1].endswith(",")):
                break
            continue
        if field not in fields and field is not FieldName.OTHER:
            fields.add(field)
            has_address = has_address or "@" in line
        blanks = 0
    if FieldName.FROM in fields:
        return len(fields) > 2 or (len(fields) == 2 and bool(lines[0].strip(" *_:")))
    return len(fields) > 1 and FieldName.DATE in fields and has_address
