"""Bytes into text: what a declared charset means in practice, and what to do when it lies."""

import codecs
import re

import cchardet

from desk.kit.text import clean

# What senders mean by these names is a superset of what the names promise.
_MEANT = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb-2312": "gb18030",
    "euc-cn": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "big5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
}
_JAPANESE = ("iso2022_jp", "iso2022_jp_2", "iso2022_jp_ext", "iso2022_jp_2004", "iso2022_jp_3")
# Python codecs that are not charsets of mail: escapes and transports.
_NOT_CHARSETS = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs"}
_DETECTABLE_BYTES = 80  # below it a detector guesses worse than cp1252
_TOLERATED_SHARE = 0.02
_NAME = re.compile(r"[^a-z0-9._:-]")


def decode(raw: bytes, declared: str | None = None) -> str:
    """Return `raw` as storable text: the declared charset, utf-8, a detector, at last cp1252.

    Never fails; the result has no NUL, no lone surrogate, and newline as line end.
    """
    text = _declared(raw, declared) if declared else None
    if text is None:
        text = _strict(raw, "utf-8")
    if text is None:
        text = _detected(raw)
    if text is None:
        text = raw.decode("cp1252", "replace")
    return clean(text.removeprefix("\ufeff"))


def is_known(charset: str | None) -> bool:
    """Return whether `charset` names something bytes can be read with."""
    return bool(charset and _codecs_for(charset))


def fits(raw: bytes, charset: str | None) -> bool:
    """Return whether all of `raw` can be read as `charset`."""
    return bool(charset) and any(_strict(raw, name) is not None for name in _codecs_for(charset))


def _declared(raw: bytes, declared: str) -> str | None:
    names = _codecs_for(declared)
    for name in names:
        text = _strict(raw, name)
        if text is not None:
            return text
    if names == ("utf-8",) and raw:
        text = raw.decode("utf-8", "replace")
        if text.count("\ufffd") <= max(1, len(raw) * _TOLERATED_SHARE) and _has_multibyte(text):
            return text
    if names and names[0] in _JAPANESE:
        return raw.decode(names[0], "replace")
    return None


def _has_multibyte(text: str) -> bool:
    return any(c > "\x7f" and c != "\ufffd" for c in text)


def _codecs_for(charset: str | None) -> tuple[str, ...]:
    name = _NAME.sub("", (charset or "").strip().strip("\"'").lower().partition("*")[0])
    if name.startswith("iso-2022-jp"):
        return _JAPANESE
    name = _MEANT.get(name, name)
    for guess in (name, name.removeprefix("x-"), name.replace("windows", "cp").replace("-", "")):
        try:
            found = codecs.lookup(guess)
        except (LookupError, ValueError, UnicodeError):
            continue
        # A codec that is no text encoding (hex, zip) would not give text.
        if found._is_text_encoding and found.name not in _NOT_CHARSETS:
            return (found.name,)
    return ()


def _strict(raw: bytes, name: str) -> str | None:
    try:
        return raw.decode(name)
    except (UnicodeError, ValueError):
        return None


def _detected(raw: bytes) -> str | None:
    if len(raw) < _DETECTABLE_BYTES:
        return None
    name = cchardet.detect(raw[:20_000]).get("encoding")
    return _declared(raw, name) if name else None
