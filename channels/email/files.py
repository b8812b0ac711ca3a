"""Every file of a mail: attached, in its HTML, in its winmail.dat, in mails attached to it."""

from collections.abc import Iterator

from channels.email import embedded, tnef
from channels.email.bodies import File, cut_out
from channels.email.mail import Mail, read
from channels.email.tnef import Packed
from desk.kit.text import file_name
from desk.ports.messages import Attachment

_MAILS = ("message/rfc822", "message/global")
_EXTENSIONS = {"image/jpeg": "jpg", "image/jpg": "jpg"}


def attachments(mail: Mail) -> tuple[Attachment, ...]:
    """Return the files of a mail. What its HTML shows by name is inline."""
    html = mail.bodies.whole_html or ""
    named = embedded.named(html)
    found = [_attachment(one, named) for one in mail.bodies.files]
    for one in mail.bodies.files:
        if _is_packed(one):
            found += _unpacked(mail, one)
        elif one.mime in _MAILS:
            found += _of_mail(mail, one)
    found += _carried(html)
    return tuple(found)


def words_packed(mail: Mail) -> str:
    """Return the words of a winmail.dat: they count where the mail has no others."""
    for one in mail.bodies.files:
        packed = _opened(mail, one) if _is_packed(one) else None
        if packed is not None and packed.text.strip():
            return packed.text
    return ""


def fetch(raw: bytes, ref: str) -> bytes | None:
    """Return the bytes of the file `ref` of a raw mail, or None when there is no such file."""
    mail = read(raw)
    if ref.startswith("e"):
        carried = embedded.embedded(mail.bodies.whole_html or "")
        place = int(ref[1:]) if ref[1:].isdecimal() else len(carried)
        return carried[place].content if place < len(carried) else None
    outer, within, inner = ref.partition("m")
    if within:
        return cut_out(read(cut_out(mail.root, outer) or b"").root, inner)
    outer, packed, inner = ref.partition("t")
    if not packed:
        return cut_out(mail.root, ref)
    opened = tnef.unpacked(cut_out(mail.root, outer) or b"")
    if opened is None or not inner.isdecimal() or int(inner) >= len(opened.files):
        return None
    return opened.files[int(inner)][1]


def _attachment(one: File, named: frozenset[str]) -> Attachment:
    return Attachment(
        name=one.name,
        mime=one.mime,
        size_bytes=one.size_bytes,
        ref=one.ref,
        content_id=one.content_id,
        inline=one.content_id is not None and one.content_id in named,
    )


def _is_packed(one: File) -> bool:
    return one.mime == "application/ms-tnef" or one.name.lower() == "winmail.dat"


def _opened(mail: Mail, one: File) -> Packed | None:
    return tnef.unpacked(cut_out(mail.root, one.ref) or b"")


def _unpacked(mail: Mail, one: File) -> Iterator[Attachment]:
    packed = _opened(mail, one)
    for place, (name, content) in enumerate(packed.files if packed is not None else ()):
        yield Attachment(
            name=file_name(name) or "file",
            mime="application/octet-stream",
            size_bytes=len(content),
            ref=f"{one.ref}t{place}",
        )


def _of_mail(mail: Mail, one: File) -> Iterator[Attachment]:
    """Return the files of a mail that is attached: whoever forwards it wants them seen."""
    for inner in read(cut_out(mail.root, one.ref) or b"").bodies.files:
        yield Attachment(
            name=inner.name,
            mime=inner.mime,
            size_bytes=inner.size_bytes,
            ref=f"{one.ref}m{inner.ref}",
        )


def _carried(html: str) -> Iterator[Attachment]:
    for place, one in enumerate(embedded.embedded(html)):
        ending = _EXTENSIONS.get(one.mime, one.mime.rpartition("/")[2])
        yield Attachment(
            name=f"image-{place + 1}.{ending}",
            mime=one.mime,
            size_bytes=len(one.content),
            ref=f"e{place}",
            content_id=one.content_id,
            inline=True,
        )
