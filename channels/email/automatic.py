"""Whether a person wrote a mail just now: rules F1 and F2, in their order."""

import re

from channels.email.mail import Mail
from desk.ports.messages import Automation

_AUTOREPLY_HEADERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from")
_BULK = re.compile(r"^(bulk|list|junk)\b", re.I)
_OUT_OF_OFFICE = re.compile(
    r"^(re: *|aw: *)?(out of (the )?office|automatic reply|auto[- ]?reply|automatische antwort|"
    r"abwesen|abwesend|réponse automatique|absence|respuesta autom|fuera de la oficina|"
    r"risposta automatica|fuori sede|automatisch antwoord|afwezig|automatiskt svar|frånvar|"
    r"automaattinen vastaus|autosvar|resposta automática|ausência|автоответ|автоматический ответ|"
    r"odpowiedź automatyczna|automatická odpov|自動応答|自动答复|자동 응답)",
    re.I,
)


def automation_of(mail: Mail) -> Automation | None:
    """Return why no person wrote this, or None. Loops and bounces are told apart before."""
    submitted = mail.words("auto-submitted").partition(";")[0].strip().lower()
    if _is_complaint(mail):
        return Automation.BOT
    if _is_auto_reply(mail, submitted):
        return Automation.AUTO_REPLY
    if _is_list(mail):
        return Automation.LIST
    if submitted not in ("", "no") or mail.words("x-fc-machinegenerated"):
        return Automation.BOT
    if _has_null_sender(mail):
        return Automation.AUTO_REPLY
    return None


def _is_complaint(mail: Mail) -> bool:
    kind = mail.root.type
    return kind.value == "multipart/report" and (
        kind.parameters.get("report-type", "").lower() == "feedback-report"
    )


def _is_auto_reply(mail: Mail, submitted: str) -> bool:
    if submitted.startswith("auto-replied"):
        return True
    if any(mail.root.raw_header(name) is not None for name in _AUTOREPLY_HEADERS):
        return True
    if "auto_reply" in f"{mail.words('precedence')} {mail.words('x-precedence')}".lower():
        return True
    if mail.words("x-loop").lower() == "yes":
        return True
    # Outlook puts X-Auto-Response-Suppress on mail people write; alone it says nothing.
    if "all" not in mail.words("x-auto-response-suppress").lower():
        return False
    inbox_rule = mail.root.raw_header("x-ms-exchange-inbox-rules-loop") is not None
    return inbox_rule or bool(_OUT_OF_OFFICE.match(mail.subject))


def _is_list(mail: Mail) -> bool:
    if any(mail.root.raw_header(name) is not None for name in ("list-id", "list-unsubscribe")):
        return True
    return any(_BULK.match(mail.words(name)) for name in ("precedence", "x-precedence"))


def _has_null_sender(mail: Mail) -> bool:
    path = mail.root.raw_header("return-path")
    return path is not None and path.strip() in (b"<>", b"")
