"""What is asked before a chat begins, and whether it was answered. Pure."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from channels.chat.config import ChatSettings, FormField
from channels.chat.parse import Visitor
from channels.chat.visitors import like_an_address
from desk.kit.text import one_line

KNOWN = ("name", "email", "subject")
LONGEST = 500  # characters of one answer


class Answers(Struct, frozen=True, kw_only=True):
    """A form as it was sent."""

    fields: dict[str, str] = {}
    consent: bool = False
    message: bool = True  # whether a first message goes with it


def fields_of(settings: ChatSettings, *, away: bool) -> tuple[FormField, ...]:
    """Return the questions; while nobody is there an e-mail address is always one."""
    asked = settings.form
    if not (away and settings.offline_form):
        return asked
    known = next((one for one in asked if one.name == "email"), FormField(name="email"))
    address = replace(known, required=True)
    if known in asked:
        return tuple(address if one is known else one for one in asked)
    first = int(bool(asked) and asked[0].name == "name")
    return (*asked[:first], address, *asked[first:])


def shown(
    settings: ChatSettings, visitor: Visitor, language: str, *, away: bool
) -> dict[str, Any] | None:
    """Return the form as the widget draws it, with what is known filled in; None: there is none."""
    fields = fields_of(settings, away=away)
    consent = consent_in(settings, language)
    if not fields and not consent:
        return None
    known = {"name": visitor.name or "", "email": visitor.email or ""}
    return {
        "fields": [_drawn(field, language, known.get(field.name, "")) for field in fields],
        "consent": {"text": consent, "url": settings.consent_url} if consent else None,
    }


def problems(
    settings: ChatSettings, answers: Answers, language: str, *, away: bool
) -> dict[str, str]:
    """Return what is wrong with each answer: required, invalid or too_long. None: all is well."""
    asked = fields_of(settings, away=away)
    judged = {field.name: _judged(field, answers.fields.get(field.name, "")) for field in asked}
    found = {name: problem for name, problem in judged.items() if problem}
    if consent_in(settings, language) and not answers.consent:
        found["consent"] = "required"
    if not answers.message:
        found["message"] = "required"
    return found


def known(settings: ChatSettings, answers: Answers, *, away: bool) -> dict[str, str]:
    """Return the name, the e-mail address and the subject, "" for what was not asked."""
    asked = {field.name for field in fields_of(settings, away=away)}
    given = answers.fields
    return {name: one_line(given.get(name, "")) if name in asked else "" for name in KNOWN}


def told(
    settings: ChatSettings, answers: Answers, language: str, *, away: bool
) -> tuple[tuple[str, str], ...]:
    """Return the answers that an agent reads beside the first message, by their labels."""
    own = [field for field in fields_of(settings, away=away) if field.name not in KNOWN]
    said = [(_label(field, ""), one_line(answers.fields.get(field.name, ""))) for field in own]
    consent = consent_in(settings, language)
    agreed = [("Agreed to", consent)] if consent else []
    return tuple((label, value) for label, value in (*said, *agreed) if value)


def consent_in(settings: ChatSettings, language: str) -> str:
    """Return what must be agreed to, in this language, else in the first one it is set in."""
    return _in(settings.consent, language)


def _judged(field: FormField, answer: str) -> str:
    if not answer.strip():
        return "required" if field.required else ""
    if len(answer) > LONGEST:
        return "too_long"
    if field.choices:
        return "" if answer in field.choices else "invalid"
    if field.name == "email":
        return "" if like_an_address(one_line(answer)) else "invalid"
    return ""


def _drawn(field: FormField, language: str, value: str) -> dict[str, Any]:
    own = field.name not in KNOWN or language in field.labels
    labels = field.choice_labels.get(language, ())
    named = labels if len(labels) == len(field.choices) else field.choices
    return {
        "name": field.name,
        "label": _label(field, language) if own or field.labels else "",
        "required": field.required,
        "value": value,
        "choices": [
            {"value": choice, "label": label}
            for choice, label in zip(field.choices, named, strict=True)
        ],
    }


def _label(field: FormField, language: str) -> str:
    return _in(field.labels, language) or field.name


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")
