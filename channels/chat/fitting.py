"""Whether the settings of one chat inbox fit together, and the keys that they refer to."""

from urllib.parse import urlsplit

from channels.chat.config import ChatSettings
from channels.chat.identity import check_key
from desk.kit.errors import Invalid
from desk.kit.secrets import reveal

_PEM = "-----BEGIN"
_REFERENCE = ("env:", "file:", "plain:")


def check(settings: ChatSettings) -> None:
    """Raise Invalid, naming the setting, for words that cannot be right."""
    secret, public_key = settings.identity_secret, settings.identity_public_key
    if secret and not secret.startswith(_REFERENCE):
        raise Invalid("identity_secret: write env:NAME or file:PATH, never the secret itself.")
    if public_key and not public_key.startswith(_REFERENCE):
        check_key(public_key)
    if settings.require_identity and not (secret or public_key):
        raise Invalid("require_identity: set identity_secret or identity_public_key, too.")
    for origin in settings.origins:
        if not _is_site(origin):
            raise Invalid(
                f"origins: {origin!r} is no site: it has a host and perhaps a port, no path, "
                "such as https://shop.example.org."
            )
    if settings.consent_url and not _is_page(settings.consent_url):
        raise Invalid("consent_url: an address that begins with https:// is expected.")
    for field in settings.form:
        for language, labels in field.choice_labels.items():
            if len(labels) != len(field.choices):
                raise Invalid(
                    f"form: {field.name} has {len(field.choices)} choices, and its choice_labels "
                    f"in {language} are {len(labels)}."
                )


def keys(settings: ChatSettings) -> tuple[str, str]:
    """Return the secret and the public key that sign visitors; reads files. Raises Invalid."""
    public_key = settings.identity_public_key
    if not public_key.startswith(_PEM):
        public_key = reveal(public_key)
        check_key(public_key)
    return reveal(settings.identity_secret), public_key


def _is_site(origin: str) -> bool:
    if origin == "*":
        return True
    try:
        parts = urlsplit(origin if "://" in origin else f"https://{origin}")
        parts.port  # noqa: B018 - raises for one that is none
    except ValueError:
        return False
    rest = parts.path.rstrip("/") + parts.query + parts.fragment
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not rest


def _is_page(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
