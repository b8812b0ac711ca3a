"""winmail.dat: what Outlook packs into a file of its own when it takes the other for an Outlook."""

from msgspec import Struct

from channels.email.html import to_text

_MOST = 50


class Packed(Struct, frozen=True):
    """What is in a winmail.dat: its words, and its files in order."""

    text: str
    files: tuple[tuple[str, bytes], ...]


def unpacked(content: bytes) -> Packed | None:
    """Return what is in `content`, or None when it cannot be read."""
    from tnefparse import TNEF  # only who gets such mail pays for it

    try:
        found = TNEF(content)
        files = tuple(
            (str(one.long_filename() or one.name or "file"), bytes(one.data))
            for one in found.attachments[:_MOST]
        )
        return Packed(_words(found), files)
    except Exception:  # whatever bytes do to the library, the mail is shown without
        return None


def _words(found: object) -> str:
    html = getattr(found, "htmlbody", None)
    if html:
        raw = html if isinstance(html, str) else bytes(html).decode("utf-8", "replace")
        return to_text(raw)
    body = getattr(found, "body", None)
    if body:
        return body if isinstance(body, str) else bytes(body).decode("utf-8", "replace")
    return ""
