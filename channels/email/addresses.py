"""Addresses as people really write them in From, To and Cc."""

import re

from msgspec import Struct

from channels.email.headers import decode_words, raw_text, unfold
from desk.kit.text import one_line

_WORD = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=")
_SPEC = re.compile(r"[^\s<>@,;:()\"\[\]]{1,100}@[^\s<>@,;:()\"\[\]]{1,255}")
_QUOTED_SPEC = re.compile(r'"[^"]{0,100}"@[^\s<>@,;:()"]{1,255}')
_NAME_LIMIT = 120
_ENTRY_LIMIT = 1000  # characters of one mailbox; the patterns below are slow on longer ones
_ENTRIES = 1000


class Address(Struct, frozen=True):
    """A mailbox: the name shown, and the address with its domain in lower-case Unicode."""

    name: str
    address: str


def addresses(raw: bytes, fallback: str | None = None) -> list[Address]:
    """Return the mailboxes of an address list, groups opened, in order.

    Entries without an address are left out. Nothing is raised, whatever the input.
    """
    text = unfold(raw)[:100_000].decode("latin-1")
    found = [one for entry in _entries(text)[:_ENTRIES] if (one := _mailbox(entry, fallback))]
    if found or "=?" not in text:
        return found
    # Some senders encode the whole list, angle brackets and all.
    whole = decode_words(raw, fallback)
    return [] if "=?" in whole else addresses(whole.encode(), "utf-8")


def normal(address: str) -> str:
    """Return `address` for comparison: no case, the domain in Unicode, no trailing dot."""
    local, _, domain = address.strip().rpartition("@")
    return f"{local}@{to_unicode(domain)}".casefold() if local else address.strip().casefold()


def to_unicode(domain: str) -> str:
    """Return a domain with its punycode labels read."""
    labels = [_label(label) for label in domain.strip(".").lower().split(".")]
    return ".".join(labels)


def to_ascii(domain: str) -> str:
    """Return a domain as the wire has it. Raises ValueError when it is none."""
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError as bad:
        raise ValueError(f"{domain!r} is not a domain") from bad


def base_of(address: str) -> tuple[str, str]:
    """Return the normal address without its +tag, and the tag in its own case."""
    local, _, domain = address.strip().rpartition("@")
    bare, _, tag = local.partition("+")
    return normal(f"{bare}@{domain}"), tag


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label.encode("ascii").decode("idna")
    except UnicodeError:
        return label


def _entries(text: str) -> list[str]:
    entries = _split(text, quotes=True)
    # A quote that never closes swallows the list: read it again with quotes as letters.
    return entries if entries is not None else (_split(text, quotes=False) or [])


def _split(text: str, *, quotes: bool) -> list[str] | None:
    entries, begun, at = [], 0, 0
    state = _State()
    while at < len(text):
        word = _WORD.match(text, at) if text[at] == "=" else None
        if word:
            at = word.end()
            continue
        char = text[at]
        if char == "\\" and (state.quoted or state.comments):
            at += 1
        elif state.ends_entry(char, quotes=quotes):
            entries.append(text[begun:at])
            begun = at + 1
        at += 1
    return None if state.quoted else [*entries, text[begun:]]


class _State:
    """Where in an address list the reader is."""

    def __init__(self) -> None:
        self.quoted = False
        self.comments = 0
        self.angle = False

    def ends_entry(self, char: str, *, quotes: bool) -> bool:
        if char == '"' and quotes and not self.comments:
            self.quoted = not self.quoted
        elif self.quoted:
            return False
        elif char in "()":
            self.comments = max(0, self.comments + (1 if char == "(" else -1))
        elif self.comments:
            return False
        elif char in "<>":
            self.angle = char == "<"
        return char in ",;:" and not self.angle and not self.quoted and not self.comments


def _mailbox(entry: str, fallback: str | None) -> Address | None:
    entry = entry.strip()[-_ENTRY_LIMIT:]
    if "@" not in entry:
        return None
    angle = re.search(r"<([^<>]*)>?\s*(?:\([^)]*\)\s*)?$", entry) or re.search(
        r"<([^<>]*@[^<>]*)>", entry
    )
    if angle:
        spec, rest = angle[1], entry[: angle.start()] + " " + entry[angle.end() :]
    else:
        bare = _without_comments(entry)
        found = _QUOTED_SPEC.search(bare) or _SPEC.search(bare)
        spec, rest = (found[0], entry.replace(found[0], " ", 1)) if found else ("", entry)
    spec = _spec(spec, fallback)
    if "@" not in spec.strip("@"):
        return None
    return Address(_name(rest, fallback), spec)


def _spec(text: str, fallback: str | None) -> str:
    text = raw_text(_without_comments(text).encode("latin-1"), fallback)
    if "=?" in text:
        text = decode_words(text.encode(), fallback)
    text = text.strip().rpartition(":")[2] if text.startswith("@") else text.strip()
    if text.lower().startswith("mailto:"):
        text = text[7:]
    if not text.startswith('"'):
        text = re.sub(r"\s+", "", text).strip("'")
    local, _, domain = text.rpartition("@")
    return f"{local}@{to_unicode(domain)}" if local and domain else ""


def _name(text: str, fallback: str | None) -> str:
    phrase = _without_comments(text).strip("<> \t")
    if not phrase.strip("\"' "):
        opened = text.find("(")
        phrase = text[opened + 1 : text.rfind(")")] if opened >= 0 else ""
    name = decode_words(_unquoted(phrase).encode("latin-1"), fallback)
    name = name[1:-1] if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"" else name
    return one_line(name).strip('" ')[:_NAME_LIMIT]


def _unquoted(phrase: str) -> str:
    quoted = re.sub(r'"((?:[^"\\]|\\.)*)"', lambda found: found[1], phrase)
    return re.sub(r"\\(.)", r"\1", quoted) if "\\" in quoted else quoted


def _without_comments(text: str) -> str:
    out: list[str] = []
    depth, quoted, skip = 0, False, False
    for char in text:
        if skip:
            skip = False
        elif char == "\\":
            skip = True
        elif char == '"' and not depth:
            quoted = not quoted
        elif char == "(" and not quoted:
            depth += 1
        elif char == ")" and not quoted and depth:
            depth -= 1
            continue
        if not depth:
            out.append(char)
    return "".join(out) if not depth else text
