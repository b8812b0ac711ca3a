"""What a bot's menu offers and what it answers to /start and /help, in six languages. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct

_WELCOME = ("/start", "/help")
FIRST = "en"  # for everybody whose language is none of these

MENU: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "en": (
            ("new", "Start a new request"),
            ("human", "Talk to a person"),
            ("cases", "My open requests"),
            ("lang", "Language"),
            ("stop", "No automatic messages"),
            ("help", "What this is"),
        ),
        "de": (
            ("new", "Neue Anfrage beginnen"),
            ("human", "Mit einem Menschen sprechen"),
            ("cases", "Meine offenen Anfragen"),
            ("lang", "Sprache"),
            ("stop", "Keine automatischen Nachrichten"),
            ("help", "Was das hier ist"),
        ),
        "fr": (
            ("new", "Nouvelle demande"),
            ("human", "Parler à une personne"),
            ("cases", "Mes demandes en cours"),
            ("lang", "Langue"),
            ("stop", "Plus de messages automatiques"),
            ("help", "À quoi ça sert"),
        ),
        "es": (
            ("new", "Nueva consulta"),
            ("human", "Hablar con una persona"),
            ("cases", "Mis consultas abiertas"),
            ("lang", "Idioma"),
            ("stop", "Sin mensajes automáticos"),
            ("help", "Qué es esto"),
        ),
        "it": (
            ("new", "Nuova richiesta"),
            ("human", "Parlare con una persona"),
            ("cases", "Le mie richieste aperte"),
            ("lang", "Lingua"),
            ("stop", "Niente messaggi automatici"),
            ("help", "Che cos'è"),
        ),
        "pt": (
            ("new", "Novo pedido"),
            ("human", "Falar com uma pessoa"),
            ("cases", "Os meus pedidos abertos"),
            ("lang", "Idioma"),
            ("stop", "Sem mensagens automáticas"),
            ("help", "O que é isto"),
        ),
    }
)

HELP: Mapping[str, str] = MappingProxyType(
    {
        "en": "Write here what it is about, and you are answered here. "
        "/new starts a new request, /human brings a person, "
        "/cases shows what is open.",
        "de": "Schreiben Sie hier, worum es geht; die Antwort kommt hierher. "
        "/new beginnt eine neue Anfrage, /human holt einen Menschen, "
        "/cases zeigt, was offen ist.",
        "fr": "Écrivez ici de quoi il s'agit ; la réponse arrive ici. "
        "/new commence une nouvelle demande, /human appelle une personne, "
        "/cases montre ce qui est en cours.",
        "es": "Escriba aquí de qué se trata; la respuesta llega aquí. "
        "/new empieza una consulta nueva, /human llama a una persona, "
        "/cases muestra lo que está abierto.",
        "it": "Scriva qui di che cosa si tratta; la risposta arriva qui. "
        "/new inizia una nuova richiesta, /human chiama una persona, "
        "/cases mostra ciò che è aperto.",
        "pt": "Escreva aqui do que se trata; a resposta chega aqui. "
        "/new começa um novo pedido, /human chama uma pessoa, "
        "/cases mostra o que está aberto.",
    }
)


class Asked(Struct, frozen=True):
    """A customer's bare /start or /help: the chat to answer in, and the words."""

    chat: int
    words: str


def asked(update: Any) -> Asked | None:
    """Return what is to be answered to an update at once; None to all but a bare /start, /help.

    A /start that carries a token, and a /help with a question, are answered by the desk.
    """
    message = update.get("message") if isinstance(update, dict) else None
    if not isinstance(message, dict) or not isinstance(message.get("text"), str):
        return None
    chat, sender = message.get("chat"), message.get("from")
    if not isinstance(chat, dict) or chat.get("type") != "private":
        return None
    said = message["text"].strip().lower().partition("@")[0]
    if said not in _WELCOME or type(chat.get("id")) is not int:
        return None
    code = sender.get("language_code") if isinstance(sender, dict) else None
    language = code[:2].lower() if isinstance(code, str) else FIRST
    return Asked(chat["id"], HELP.get(language, HELP[FIRST]))
