"""The share of public mail samples read exactly right, per set: `python -m tests.bench mail`."""

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct
from selectolax.lexbor import LexborHTMLParser

from channels.email.html import sanitise, to_text
from channels.email.mail import Mail, read
from channels.email.quotes import visible

SAMPLES = Path("../shared/data/mail")
_NEAR = 0.97
_SIZE_TOLERANCE = 0.05
_LOST = "\ufffd"  # a letter that the sample's own expectation has lost
_ALIVE = (
    "script, svg, math, form, iframe, object, style, input, embed, meta, link, base, "
    "[href^='javascript' i], [src^='javascript' i], [href^='data' i], [style*='url' i]"
)
_BRACKETS = re.compile(r"^<|>$")


class Outcome(Struct, frozen=True):
    """One sample: its name, and what was wrong with it; nothing when it is right."""

    name: str
    wrong: dict[str, tuple[Any, Any]] = {}


def messages(folder: Path) -> Iterator[Outcome]:
    """Yield each raw message with the fields that differ from what is expected."""
    for path in sorted((folder / "messages").glob("*.eml")):
        expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        yield Outcome(path.stem, _differences(read(path.read_bytes()), expected))


def replies(folder: Path) -> Iterator[Outcome]:
    """Yield each reply body whose new text is not exactly what a person marked."""
    for case in json.loads((folder / "replies.json").read_text(encoding="utf-8")):
        got = visible(case["text"])
        wrong = {}
        if case["visible"] is not None and _folded(got) != _folded(case["visible"]):
            wrong["visible"] = (got, case["visible"])
        if not all(_folded(one) in _folded(got) for one in case["keeps"]):
            wrong["keeps"] = (got, case["keeps"])
        if any(_folded(one) in _folded(got) for one in case["drops"]):
            wrong["drops"] = (got, case["drops"])
        yield Outcome(f"{case['source']} {case['id']}", wrong)


def hostile_html(folder: Path) -> Iterator[Outcome]:
    """Yield each payload that comes out alive, or differently the second time."""
    cases = json.loads((folder / "hostile_html.json").read_text(encoding="utf-8"))
    for number, case in enumerate(cases):
        once = sanitise(case["payload"])
        well = sanitise(once) == once and not _is_alive(once)
        yield Outcome(f"{number} {case['title']}", {} if well else {"html": (once, "harmless")})


SETS: dict[str, Callable[[Path], Iterator[Outcome]]] = {
    "messages": messages,
    "replies": replies,
    "hostile_html": hostile_html,
}


def main(arguments: list[str]) -> int:
    """Print the share passed per set, and with `--why` what is wrong; return the exit code."""
    if not SAMPLES.is_dir():
        print(f"The mail samples are not at {SAMPLES}.", file=sys.stderr)
        return 2
    chosen = [one for one in arguments if one in SETS] or list(SETS)
    for name in chosen:
        outcomes = list(SETS[name](SAMPLES))
        right = sum(not one.wrong for one in outcomes)
        print(f"{name:14}{right:5}/{len(outcomes):<5}{right / len(outcomes):8.1%}")
        if "--why" in arguments:
            _explain(outcomes)
    if "messages" in chosen:
        print(f"{'speed':14}{_speed(SAMPLES):8.0f} messages/s")
    return 0


def _is_alive(html: str) -> bool:
    tree = LexborHTMLParser(html)
    handled = any(name.startswith("on") for node in tree.css("*") for name in node.attributes)
    return handled or tree.css_first(_ALIVE) is not None


def _explain(outcomes: list[Outcome]) -> None:
    for one in outcomes:
        for name, (got, expected) in one.wrong.items():
            print(f"-- {one.name}: {name}\n   got      {got!r}\n   expected {expected!r}")


def _speed(folder: Path) -> float:
    raws = [path.read_bytes() for path in sorted((folder / "messages").glob("*.eml"))]
    begun = time.process_time()
    for raw in raws:
        read(raw)
    return len(raws) / (time.process_time() - begun)


def _differences(mail: Mail, expected: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    got = _fields(mail)
    return {
        name: (got[name], wanted)
        for name, wanted in expected.items()
        if not _same(name, got[name], wanted)
    }


def _fields(mail: Mail) -> dict[str, Any]:
    sender, files = mail.sender, mail.bodies.files
    return {
        "from_email": sender.address if sender else "",
        "from_name": sender.name if sender else "",
        "to": [one.address for one in mail.addresses("to")],
        "cc": [one.address for one in mail.addresses("cc")],
        "subject": mail.subject,
        "text": mail.bodies.text,
        "text_has": mail.bodies.text,
        "html_text": to_text(mail.bodies.html or ""),
        "attachment_count": len(files),
        "attachment_names": [one.name for one in files],
        "attachment_sizes": [one.size_bytes for one in files],
        "message_id": mail.message_id or "",
        "in_reply_to": list(mail.in_reply_to),
        "references": list(mail.references),
    }


def _same(name: str, got: Any, wanted: Any) -> bool:
    if name == "html_text":
        return _near(got, to_text(wanted or ""))
    if name == "text":
        return _near(got, wanted or "")
    if name == "text_has":
        pieces = [wanted] if isinstance(wanted, str) else wanted
        return all(_folded(one) in _folded(got) for one in pieces)
    if name == "attachment_sizes":
        pairs = zip(sorted(got), sorted(wanted), strict=False)
        near = all(abs(a - b) <= _SIZE_TOLERANCE * max(a, b, 1) + 2 for a, b in pairs)
        return len(got) == len(wanted) and near
    if isinstance(wanted, list):
        ordered: Callable[[list[str]], list[str]] = sorted if name.startswith("att") else list
        return _alike(" ".join(ordered(got)), " ".join(ordered(wanted)))
    if isinstance(got, list):
        return _alike(" ".join(got), wanted or "")
    return _alike(got, wanted or "") if isinstance(got, str) else bool(got == wanted)


def _alike(got: str, wanted: str) -> bool:
    pattern = ".{0,3}".join(re.escape(one) for one in _plain(wanted).split(_LOST))
    return re.fullmatch(pattern, _plain(got), re.S) is not None


def _plain(value: str) -> str:
    return _folded(_BRACKETS.sub("", value.strip())).casefold()


def _folded(text: str) -> str:
    return " ".join(text.split())


def _near(got: str, wanted: str) -> bool:
    if _folded(got) == _folded(wanted) or (_LOST in wanted and _alike(got, wanted)):
        return True
    ours, theirs = Counter(got.split()), Counter(wanted.split())
    both = (ours & theirs).total()
    return both > 0 and 2 * both / (ours.total() + theirs.total()) >= _NEAR
