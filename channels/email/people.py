"""Lists of people as mail programs show them: names with commas, brackets of many kinds."""

import re

from channels.email.addresses import Address
from desk.kit.text import one_line

_LIMIT = 500
_BRACKETED = re.compile(
    r"\[(?:mailto:)?\s*([^\s\[\]<>@]+@[^\s\[\]<>]+?)\s*\]|\(mailto:([^\s()]+)\)"
)
_LINKED = re.compile(r"<\s*mailto:\s*", re.I)
_TWICE = re.compile(r"(<[^<>\s]+@[^<>\s]+>)\s*<[^<>]*>")
_SPEC = re.compile(r"[^\s<>@,;:()\"\[\]]{1,100}@[^\s<>@,;()\"\[\]]{1,255}")
_ANGLE = re.compile(r"<\s*([^<>@]{1,100}@[^<>]{1,255}?)\s*>")
_QUOTES = "\"'\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb*_ \t,;"


def people(value: str, *, one: bool = False) -> tuple[Address, ...]:
    """Return the people named in a shown From, To or Cc, in order.

    A person shown without an address has an empty one. A name equal to the address is left
    out. With `one` the value names one person, commas and all.
    """
    text = _LINKED.sub("<", _BRACKETED.sub(lambda found: f"<{found[1] or found[2]}>", value))
    text = _TWICE.sub(r"\1", one_line(text)[:50_000])
    entries = [text] if one else _entries(text)
    found = [_person(entry) for entry in entries[:_LIMIT] if entry.strip(_QUOTES)]
    return tuple(person for person in found if person.name or person.address)


def _entries(text: str) -> list[str]:
    if "@" not in text:
        return re.split(";" if ";" in text else ",", text)
    entries: list[str] = []
    at = 0
    for angle in _ANGLE.finditer(text):
        entries += _before_angle(text[at : angle.start()], angle[0])
        at = angle.end()
    return entries + re.split(r"[,;]", text[at:])


def _before_angle(text: str, angle: str) -> list[str]:
    """Split what stands before <address>: the name of its owner, and perhaps others before him."""
    text = text.strip().lstrip(",;").strip()
    if text.startswith(('"', "'")) and text.count(text[0]) == 2 and text.endswith(text[0]):
        return [f"{text} {angle}"]
    others, mark, name = text.rpartition(";")
    if not mark and "@" in text.rpartition(",")[0]:
        others, mark, name = text.rpartition(",")
    before = re.split("[,;]", others) if mark else []
    return [*before, f"{name} {angle}"]


def _person(entry: str) -> Address:
    angle = _ANGLE.search(entry)
    if angle:
        address = "".join(angle[1].split())
        name = entry[: angle.start()] + " " + entry[angle.end() :]
    else:
        bare = _SPEC.search(entry)
        address = bare[0] if bare else ""
        name = entry.replace(address, " ", 1) if address else entry
    name = one_line(name.replace("<>", "").replace("()", "")).strip(_QUOTES)
    return Address("" if name.casefold() == address.casefold() else name, address)
