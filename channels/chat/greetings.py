"""What stands at the top of a chat and before the first message, in the visitor's language."""

from collections.abc import Mapping
from types import MappingProxyType

from channels.chat.config import ChatSettings

FIELDS = ("title", "greeting", "reply_hint")  # of ChatSettings, and of each language in its words

_OURS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "de": {"title": "Schreiben Sie uns", "greeting": "Guten Tag. Wie können wir helfen?"},
        "es": {"title": "Escríbanos", "greeting": "Hola. ¿En qué podemos ayudarle?"},
        "fr": {"title": "Écrivez-nous", "greeting": "Bonjour. Comment pouvons-nous vous aider ?"},
        "it": {"title": "Ci scriva", "greeting": "Buongiorno. Come possiamo aiutarla?"},
        "pt": {"title": "Escreva-nos", "greeting": "Olá. Como podemos ajudar?"},
    }
)


def greetings(settings: ChatSettings, language: str | None) -> dict[str, str]:
    """Return title, greeting and hint: the inbox's for this language, else what it says to all.

    An inbox that says nothing of its own greets in the visitor's language.
    """
    told = settings.words.get(language or "", {})
    return {name: told.get(name) or _said(settings, name, language or "") for name in FIELDS}


def _said(settings: ChatSettings, name: str, language: str) -> str:
    said: str = getattr(settings, name)
    is_ours = said == getattr(ChatSettings(), name)
    return _OURS.get(language, {}).get(name, said) if is_ours else said
