"""Domains that look like another one: letters of several scripts, or of one that reads as ours."""

# ruff: noqa: RUF001  (letters of many scripts are the point)

import unicodedata

# Letters that a reader takes for a Latin one (Unicode's confusables, those that make words).
_LOOKS_LIKE = str.maketrans(
    "аԁеһіјӏорԛѕԝхуьсӓёїүνοιαρκτυωɑɡıļł01",
    "adehijlopqswxybcaeiyvoiapktuwagillol",
)
# Scripts that are written together (UTS 39, "highly restrictive").
_TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"},
    {"LATIN", "CJK", "BOPOMOFO"},
    {"LATIN", "CJK", "HANGUL"},
)
_BORROWED = ("CYRILLIC", "GREEK")  # alphabets whose letters pass for Latin ones


def mixes_scripts(domain: str) -> bool:
    """Return whether a label of a Unicode domain was made to be read as something else.

    Either it has letters of scripts that nobody writes in one word, or all its letters are
    foreign ones that pass for Latin letters.
    """
    return any(_is_odd(label) for label in domain.casefold().split("."))


def resembles(domain: str, other: str) -> bool:
    """Return whether two different domains read alike: "paypa1" and "paypal", "rn" and "m"."""
    return domain.casefold() != other.casefold() and _read(domain) == _read(other)


def _is_odd(label: str) -> bool:
    scripts = {script for char in label if (script := _script(char))}
    if len(scripts) > 1:
        return not any(scripts <= together for together in _TOGETHER)
    if not scripts & set(_BORROWED):
        return False
    letters = [char for char in label if char.isalpha()]
    return all(char.translate(_LOOKS_LIKE).isascii() for char in letters)


def _script(char: str) -> str:
    return unicodedata.name(char, "UNKNOWN").split(" ")[0] if char.isalpha() else ""


def _read(domain: str) -> str:
    bare = unicodedata.normalize("NFKD", domain.casefold().translate(_LOOKS_LIKE))
    kept = "".join(char for char in bare if not unicodedata.combining(char))
    return kept.replace("rn", "m").replace("vv", "w")
