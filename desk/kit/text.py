"""Text: folding for comparison, cutting for display, cleaning what comes from outside."""

import hashlib
import re
import unicodedata
from html import unescape

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")  # they could turn what is written beside them
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_FILE_NAME = 200  # characters
_INDEXED_BYTES = 600
_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"</(p|li|h[1-6]|pre|blockquote|td|th)>|<br\b[^>]*>")  # a space when read
_SPACES = re.compile(r"\s+")


def fold(text: str) -> str:
    """Return `text` for comparison: no case, no accents, single spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _SPACES.sub(" ", bare).strip().casefold()


def clean(text: str) -> str:
    """Return `text` as valid storable Unicode: no NUL, no lone surrogates, line ends as newline."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def indexed(word: str) -> str:
    """Return a name from outside as an index holds it: itself, or its beginning and its hash.

    PostgreSQL refuses index rows above 2,704 bytes, and a Message-ID may be as long as a mail.
    """
    word = clean(word)
    encoded = word.encode()
    if len(encoded) <= _INDEXED_BYTES:
        return word
    digest = hashlib.sha256(encoded).hexdigest()
    return f"{encoded[: _INDEXED_BYTES - 70].decode(errors='ignore')} #{digest}"


def one_line(text: str) -> str:
    """Return `text` on one line with single spaces: for subjects, names and list rows.

    Signs that turn the direction of writing are left out: a name must not turn its neighbours.
    """
    return _SPACES.sub(" ", _TURNS.sub("", clean(text))).strip()


def shorten(text: str, limit: int) -> str:
    """Return `text` on one line, at most `limit` characters, cut at a word with an ellipsis."""
    line = one_line(text)
    if len(line) <= limit:
        return line
    cut = line[: limit - 1]
    head = cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut
    return head.rstrip() + "…"


def file_name(name: str) -> str:
    """Return a file's name without folders, controls or tricks; "" when nothing is left."""
    last = re.split(r"[/\\]", one_line(name))[-1]
    bare = _FORBIDDEN.sub("", last).strip(" .")
    if len(bare) <= _FILE_NAME:
        return bare
    stem, dot, extension = bare.rpartition(".")
    if dot and len(extension) <= 10:
        return stem[: _FILE_NAME - len(extension) - 1] + dot + extension
    return bare[:_FILE_NAME]


def without_tags(html: str) -> str:
    """Return the words of HTML that we made ourselves, for previews; not a sanitiser."""
    return one_line(unescape(_TAG.sub("", _BREAK.sub(" ", html))))


def letters_of(text: str) -> str:
    """Return the letters and digits of a text alone: what stays however it is quoted."""
    return "".join(one for one in text.casefold() if one.isalnum())
