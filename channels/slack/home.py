"""The app's Home as one person sees it: his open cases, and a button for a new one. Pure."""

from collections.abc import Iterator

from channels.richtext import markdown, plain
from channels.richtext.slack_out import escape
from channels.slack.envelope import Envelope, Json, text
from channels.slack.needs import NEW_CASE
from channels.slack.persons import person_of
from channels.slack.words import Words
from desk.kit.text import one_line, shorten
from desk.ports.homes import Home, OwnCase
from desk.ports.inbound import HomeOpened

_ANSWER_CHARS = 300


def opened(envelope: Envelope, event: Json) -> HomeOpened | None:
    """Return that somebody looks at his Home; None for the app's other tabs."""
    sender = person_of(envelope, event)
    if sender is None or text(event, "tab") != "home":
        return None
    return HomeOpened(sender=sender)


def view(home: Home, words: Words, help_url: str) -> Json:
    """Return the view to publish."""
    return {"type": "home", "blocks": list(_blocks(home, words, help_url))}


def _blocks(home: Home, words: Words, help_url: str) -> Iterator[Json]:
    new = _button(words.title, NEW_CASE) | {"style": "primary"}
    helped = _button(words.help_centre, "help") | {"url": help_url}
    yield {"type": "header", "text": _plain(words.my_cases)}
    yield {"type": "actions", "elements": [new, helped]}
    for case in home.cases:
        yield {"type": "divider"}
        yield from _case(case, words)
    if not home.cases:
        yield {"type": "section", "text": _mrkdwn(escape(words.no_cases))}
    if home.more:
        yield {"type": "context", "elements": [_mrkdwn(words.more.format(count=home.more))]}


def _case(case: OwnCase, words: Words) -> Iterator[Json]:
    said = plain.render(markdown.parse(case.last_answer))
    lines = [f"*#{case.number}* {escape(shorten(one_line(case.subject), 200))}"]
    if said.strip():
        lines.append("> " + escape(shorten(one_line(said), _ANSWER_CHARS)))
    yield {"type": "section", "text": _mrkdwn("\n".join(lines))}
    at_s = int(case.touched_at.timestamp())
    fallback = f"{case.touched_at:%Y-%m-%d %H:%M} UTC"
    when = f"<!date^{at_s}^{{date_short_pretty}} {{time}}|{fallback}>"
    yield {"type": "context", "elements": [_mrkdwn(f"{escape(_state(case, words))} · {when}")]}


def _state(case: OwnCase, words: Words) -> str:
    if case.waits_for_customer:
        return words.waits_for_you
    return words.waits_for_others if case.waits_for_others else words.with_us


def _button(label: str, action: str) -> Json:
    return {"type": "button", "action_id": action, "text": _plain(label)}


def _mrkdwn(said: str) -> Json:
    return {"type": "mrkdwn", "text": said}


def _plain(said: str) -> Json:
    return {"type": "plain_text", "text": said}
