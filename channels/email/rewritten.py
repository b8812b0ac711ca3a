"""The Message-ID a provider gives a mail in place of ours, read from its answer. Pure."""

import re

_NAMED = re.compile(r"<([^<>\s@]{1,300}@[^<>\s@]{1,200})>")
_SES_HOST = re.compile(r"^email-smtp(?:-fips)?\.([a-z0-9-]{4,30})\.amazonaws\.com(?:\.cn)?$")
_SES_ID = re.compile(r"^ok\s+([0-9a-f]{12,20}(?:-[0-9a-f]+){5,7})\b", re.IGNORECASE)
_EXCHANGE_HOSTS = (".outlook.com", ".office365.com", ".office365.us", ".outlook.cn")
_SES_FIRST = "us-east-1"  # the one region whose ids do not name it


def given_id(host: str, answer: str) -> str | None:
    """Return the Message-ID that `host` says it gave the mail it took; None: ours stays.

    Amazon SES answers "Ok 0102…-000000" and sends the mail as <0102…@REGION.amazonses.com>;
    Exchange Online answers "2.0.0 OK <…@….prod.outlook.com> …".
    """
    host = host.lower().rstrip(".")
    ses = _SES_HOST.match(host)
    if ses:
        found = _SES_ID.match(answer.strip())
        region = "email" if ses[1] == _SES_FIRST else ses[1]
        return f"<{found[1]}@{region}.amazonses.com>" if found else None
    if host.endswith(_EXCHANGE_HOSTS):
        named = _NAMED.search(answer)
        return f"<{named[1]}>" if named else None
    return None
