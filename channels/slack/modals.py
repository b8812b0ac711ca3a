"""The form in which a customer opens a case: how it looks, and what was written in it. Pure."""

import json
from collections.abc import Iterator

from msgspec import Struct

from channels.richtext import html, plain
from channels.slack.envelope import Envelope, Json, mapping, text
from channels.slack.persons import person_of, team_of
from channels.slack.words import Words
from desk.kit.text import clean, one_line, shorten
from desk.ports.messages import InboundMessage, Remark

CALLBACK = "case_form"
SUBJECT, DESCRIPTION, KIND = "subject", "description", "kind"
SUBJECT_CHARS, DESCRIPTION_CHARS = 150, 3_000


class Draft(Struct, frozen=True, kw_only=True):
    """What the form holds when it opens. `place`: the message it is about, "" for none.

    A place is `channel:timestamp:thread`; the answer comes in that thread.
    """

    subject: str = ""
    description: str = ""
    place: str = ""


def form(draft: Draft, words: Words) -> Json:
    """Return the view to open."""
    where = words.to_thread if draft.place else words.to_direct
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": json.dumps({"place": draft.place}),
        "title": _plain(words.title),
        "submit": _plain(words.send),
        "close": _plain(words.cancel),
        "blocks": [
            _subject(draft, words),
            _description(draft, words),
            _kind(words),
            {"type": "context", "elements": [_plain(where)]},
        ],
    }


def errors(payload: Json, words: Words) -> dict[str, str]:
    """Return what is wrong with a submission, by the block it stands under; empty: it is well."""
    return dict(_errors(payload, words))


def is_submission(payload: Json) -> bool:
    """Return whether a payload is our form, sent."""
    view = mapping(payload, "view")
    return text(payload, "type") == "view_submission" and text(view, "callback_id") == CALLBACK


def submitted(envelope: Envelope, words: Words) -> InboundMessage | None:
    """Return the message a submission is; None for one that was refused, or from nobody.

    The same view sent twice is the same message. One about a message in a channel belongs to its
    thread; any other to a conversation of its own, `@view`, that the first answer begins.
    """
    payload = envelope.payload
    view, sender = mapping(payload, "view"), person_of(envelope, mapping(payload, "user"))
    view_id = text(view, "id")
    if sender is None or not view_id or errors(payload, words):
        return None
    channel, ts, root = _place(view)
    team = team_of(envelope)
    others = bool(channel) and not channel.startswith("D")
    said = plain.parse(clean(_value(payload, DESCRIPTION)).strip())
    return InboundMessage(
        external_id=f"{channel}:{ts}#{view_id}" if channel else f"view:{view_id}",
        sender=sender,
        thread=f"{team}:{channel}:{root}" if channel else f"{team}:@{view_id}",
        subject=one_line(clean(_value(payload, SUBJECT))),
        text=plain.render(said),
        html=html.render(said),
        in_reply_to=tuple(dict.fromkeys((f"{channel}:{root}", f"{channel}:{ts}")))
        if channel
        else (),
        wants_new_case=True,
        unseen=not channel,
        overheard=others,
        remarks=(Remark("overheard"),) if others else (),
        kind=_value(payload, KIND) or None,
        language=sender.language,
    )


def _errors(payload: Json, words: Words) -> Iterator[tuple[str, str]]:
    for block, most, lacking in (
        (SUBJECT, SUBJECT_CHARS, words.no_subject),
        (DESCRIPTION, DESCRIPTION_CHARS, words.no_description),
    ):
        value = clean(_value(payload, block))
        if not value.strip():
            yield block, lacking
        elif len(value) > most:
            yield block, words.too_long.format(most=most)


def _value(payload: Json, block: str) -> str:
    """Return what stands in a field, of a choice its value."""
    state = mapping(mapping(mapping(payload, "view"), "state"), "values")
    field = mapping(mapping(state, block), block)
    return text(field, "value") or text(mapping(field, "selected_option"), "value")


def _place(view: Json) -> tuple[str, str, str]:
    """Return channel, timestamp and thread of the message the form is about; "" for none."""
    try:
        kept = json.loads(text(view, "private_metadata"))
    except (ValueError, RecursionError):
        kept = None
    parts = text(kept, "place").split(":") if isinstance(kept, dict) else []
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and all(parts) else ("", "", "")


def _subject(draft: Draft, words: Words) -> Json:
    field = _field(SUBJECT, shorten(one_line(draft.subject), SUBJECT_CHARS), SUBJECT_CHARS)
    field["placeholder"] = _plain(words.subject_hint)
    return _input(SUBJECT, words.subject, field)


def _description(draft: Draft, words: Words) -> Json:
    field = _field(DESCRIPTION, draft.description[:DESCRIPTION_CHARS], DESCRIPTION_CHARS)
    return _input(DESCRIPTION, words.description, field | {"multiline": True})


def _kind(words: Words) -> Json:
    options = [{"text": _plain(shown), "value": kind} for kind, shown in words.kinds.items()]
    field = {"type": "static_select", "action_id": KIND, "options": options}
    return _input(KIND, words.kind, field | {"initial_option": options[0]}) | {"optional": True}


def _field(name: str, value: str, most: int) -> Json:
    field: Json = {"type": "plain_text_input", "action_id": name, "max_length": most}
    return field | ({"initial_value": value} if value else {})


def _input(name: str, label: str, element: Json) -> Json:
    return {"type": "input", "block_id": name, "label": _plain(label), "element": element}


def _plain(said: str) -> Json:
    return {"type": "plain_text", "text": said}
