"""Whether a mail is from whom it says: what our own mail server found out, and nobody else's."""

import re

import authres
from authres.core import AuthResError

from channels.email.addresses import to_unicode
from channels.email.lookalikes import mixes_scripts, resembles
from channels.email.mail import Mail
from desk.ports.messages import Remark

EXCHANGE_ONLINE = "exchange-online"  # the setting for Microsoft 365, which writes no name
_CHECKS = re.compile(r"^\s*(?:spf|dkim|dmarc|arc)\s*=", re.I)
_ARC_INSTANCE = re.compile(r"^\s*i\s*=\s*\d+\s*;\s*", re.I)
_NO_REPLY = re.compile(
    r"(?:[a-z0-9._-]*[._-])?(?:do[._-]?not|don[._-]?t|no|non|nao|nicht|keine|ne[._-]pas)[._-]?"
    r"(?:reply|replies|respond|response|antwort(?:en)?|repondre|responder|risponder?e)"
    r"(?:[._+-][^@]*)?@",
    re.I,
)
_LIMIT = 20_000  # characters of such a header that are read


def is_genuine(mail: Mail, server: str) -> bool | None:
    """Return whether `server`, a mail server of ours, found From to be true; None: not known.

    Only the topmost header with its name counts (RFC 8601): whatever stands below may have
    come with the mail. DMARC decides; without it a signature or path of From's own domain.
    """
    results = _results(mail, server.casefold()) if server else None
    if results is None:
        return None
    checks = {result.method: result for result in results}
    dmarc = checks["dmarc"].result if "dmarc" in checks else "none"
    if dmarc in ("pass", "fail"):
        return bool(dmarc == "pass")
    domain = _from_domain(mail)
    proved = any(
        result.result == "pass" and _is_aligned(domain, _signer(result)) for result in results
    )
    return True if domain and proved else None


def remarks(
    mail: Mail, own: frozenset[str], brand: str, *, genuine: bool | None
) -> tuple[Remark, ...]:
    """Return what a reader should know of a mail's sender before he believes or answers him."""
    written = mail.addresses("from")[:1]
    domain = _from_domain(mail)
    ours = {one.rpartition("@")[2] for one in own}
    found = []
    if genuine is False:
        found.append(Remark("unverified_sender", domain))
    if mixes_scripts(domain):
        found.append(Remark("mixed_scripts", domain))
    if any(resembles(domain, one) for one in ours):
        found.append(Remark("looks_like_us", domain))
    if domain not in ours and any(_is_named(one.name, brand) for one in written):
        found.append(Remark("named_like_us", written[0].name))
    if any(takes_no_answers(one.address) for one in written):
        found.append(Remark("no_reply", written[0].address))
    return tuple(found)


def takes_no_answers(address: str) -> bool:
    """Return whether an address says of itself that nobody reads it: noreply@, do-not-reply@."""
    return _NO_REPLY.match(address) is not None


def _results(mail: Mail, server: str) -> list[authres.core.AuthenticationResult] | None:
    for name in ("authentication-results", "arc-authentication-results"):
        for raw in mail.root.raw_headers(name):
            header = _header(raw, server)
            if header is not None and header.authserv_id.casefold() == server:
                return list(header.results)
    return None


def _header(raw: bytes, server: str) -> authres.AuthenticationResultsHeader | None:
    text = " ".join(raw[:_LIMIT].decode("latin-1").split())
    text = _ARC_INSTANCE.sub("", text)
    if server == EXCHANGE_ONLINE and _CHECKS.match(text):
        text = f"{server}; {text}"
    try:
        return authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {text}")
    except (AuthResError, ValueError, TypeError, IndexError, AttributeError, RecursionError):
        return None


def _signer(result: authres.core.AuthenticationResult) -> str:
    """Return the domain that a passed check speaks for, "" when it names none."""
    wanted = {"dkim": ("d", "i"), "spf": ("mailfrom",)}.get(result.method, ())
    named = (one.value for one in result.properties if one.name.lower() in wanted)
    return next((value.rpartition("@")[2] for value in named if value), "")


def _is_aligned(domain: str, signer: str) -> bool:
    """Return whether a check of `signer` speaks for From's domain: it, or one above or below."""
    signer = to_unicode(signer)
    if "." not in signer or not domain:
        return False
    return domain == signer or domain.endswith(f".{signer}") or signer.endswith(f".{domain}")


def _is_named(name: str, brand: str) -> bool:
    """Return whether a name shown begins with the brand: "Acme", "Acme Support"."""
    shown, ours = (" ".join(one.casefold().split()) for one in (name, brand))
    return bool(ours) and (shown == ours or shown.startswith(f"{ours} "))


def _from_domain(mail: Mail) -> str:
    written = mail.addresses("from")
    return to_unicode(written[0].address.rpartition("@")[2]) if len(written) == 1 else ""
