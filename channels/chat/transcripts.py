"""A conversation as a text file, for the visitor to keep. Pure."""

import re
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any

from channels.chat.render import line_frame
from desk.ports.channel import TranscriptLine

# An address of ours that is signed, as that of a rating page: who has it may answer there.
_SIGNED = re.compile(r" ?\(?(?<![^\s(])[^\s()]*/[\d.]+\.[0-9a-f]{32}(?![0-9a-f])[^\s()]*\)?")


def transcript(title: str, lines: Iterable[TranscriptLine], zone: tzinfo, you: str) -> str:
    """Return what was said as text: what was corrected as it reads now, in the reader's time.

    Signed addresses of ours are left out: the file may be passed on, and they open pages that
    are the visitor's alone.

    Args:
        you: how the visitor himself is called.
    """
    said = _as_it_stands(lines)
    return "\n\n".join([title, *(_said(one, zone, you) for one in said)]) + "\n"


def _as_it_stands(lines: Iterable[TranscriptLine]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        frame = line_frame("", line)
        kind, of = frame["t"], str(frame.get("of", "")).rpartition(":")[2]
        if kind == "msg":
            found[_place(frame["id"])] = frame
        elif kind == "edit" and of in found:
            found[of] = {**found[of], "text": frame["text"]}
        elif kind == "gone":
            found.pop(of, None)
    return list(found.values())


def _place(id_: str) -> str:
    return id_.rpartition(":")[2]


def _said(frame: dict[str, Any], zone: tzinfo, you: str) -> str:
    at = frame["at"]
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    who = you if frame.get("me") else frame["from"].get("name") or frame["from"]["kind"]
    files = [f"[{file['name']}]" for file in frame.get("files", ())]
    words = "\n".join(filter(None, [_SIGNED.sub("", frame["text"]).strip(), *files]))
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} {who}:\n{words}"
