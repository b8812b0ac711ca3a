"""In which language a mail is written: told by its words, where the extra `language` is there.

The model takes 120 MB and more than a second to load: it is loaded once, in a thread, when an
inbox opens, and not at all where nobody installed it.
"""

from functools import cache
from threading import Lock
from typing import Any

from msgspec import Struct

_LEAST_CHARACTERS = 20
_SURE = 0.9
_READ_CHARACTERS = 2000
# Those that people write to a desk in; a shorter list makes fewer mistakes in short mails.
_KNOWN = (
    "en es it fr de pt nl pl ru uk tr ar he fa ja zh ko sv da no fi cs sk el hu ro bg hr sl sr lt "
    "lv et hi id ms vi th ca"
)
_NAMES = {"no": "nb"}


class Language(Struct, frozen=True):
    """A language (ISO 639-1) and how sure that is, up to 1."""

    code: str
    confidence: float


_LOADING = Lock()  # inboxes that open together load it once


def load() -> Any:
    """Return what tells languages, None where it is not installed. Blocks at first."""
    with _LOADING:
        return _loaded()


@cache
def _loaded() -> Any:
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ModuleNotFoundError:
        return None
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_KNOWN.split())
    return identifier


def forget() -> None:
    """Let the model go."""
    _loaded.cache_clear()


def detected(text: str) -> Language | None:
    """Return the language of `text`; None when it is short, unclear, or nothing was loaded."""
    if len(text.strip()) < _LEAST_CHARACTERS or not _loaded.cache_info().currsize:
        return None
    identifier = _loaded()
    if identifier is None:
        return None
    code, confidence = identifier.classify(text[:_READ_CHARACTERS])
    return Language(_NAMES.get(code, code), float(confidence)) if confidence >= _SURE else None
