"""Which leaves of a mail are its text, which are files, and what they say."""

import re
from urllib.parse import unquote

from msgspec import Struct

from channels.email import html as markup
from channels.email.charsets import decode, is_known
from channels.email.headers import decode_words
from channels.email.mime import Part, leaves, uuencoded
from desk.kit.text import file_name, one_line

_META_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([A-Za-z0-9._:-]+)", re.I)
_INLINE_MEDIA = ("image/", "audio/", "video/")
_MARKED_UP = ("text/enriched", "text/richtext")  # RFC 1896: words between <commands>
_SHOWN = ("text/plain", "text/html")
_SHOWN_ALONE = (*_SHOWN, "text/markdown", "text/x-markdown", *_MARKED_UP)
_COMMAND = re.compile(r"<(<)|<(?:param>[^<]*</param|[^<>]{1,40})>", re.I)
_EXTENSIONS = {
    "text/plain": "text.txt",
    "text/html": "page.html",
    "text/calendar": "calendar.ics",
    "text/csv": "table.csv",
    "text/rfc822-headers": "headers.txt",
    "image/jpeg": "image.jpg",
    "image/png": "image.png",
    "image/gif": "image.gif",
    "image/webp": "image.webp",
    "application/pdf": "document.pdf",
    "application/zip": "archive.zip",
    "application/pgp-signature": "signature.asc",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "message/delivery-status": "delivery-status.txt",
    "application/ms-tnef": "winmail.dat",
}


class File(Struct, frozen=True, kw_only=True):
    """A leaf that is not shown as text; `ref` says where in the tree its bytes are."""

    name: str
    mime: str
    size_bytes: int
    ref: str
    content_id: str | None = None
    inline: bool = False


class Bodies(Struct, frozen=True, kw_only=True):
    """What a mail shows: text always, html when it has some, and its files.

    `html` is what its HTML parts say; `whole_html` has the plain parts beside them too, as a
    mailing list adds them: it is what to show.
    """

    text: str
    html: str | None
    whole_html: str | None
    files: tuple[File, ...]


class _Sorted(Struct):
    """Leaves sorted into what they are for, as JMAP does it (RFC 8621, 4.1.4)."""

    text: list[Part] = []
    html: list[Part] = []
    files: list[Part] = []


def bodies(root: Part, charset: str | None = None) -> Bodies:
    """Return the texts and files of a tree. No leaf is lost: what is not text is a file."""
    parts = _Sorted()
    _sort([root], "mixed", parts, in_alternative=False)
    order = {id(leaf): str(place) for place, leaf in enumerate(leaves(root))}
    texts, found = _texts(parts.text, order)
    files = [_file(leaf, order[id(leaf)], charset) for leaf in parts.files] + found
    html = "\n".join(html_of(leaf) for leaf in parts.html if leaf.type.value == "text/html")
    whole = _with_plain_parts(parts) if html and parts.html != parts.text else html
    return Bodies(
        text=texts, html=html or None, whole_html=whole or None, files=_with_unique_names(files)
    )


def cut_out(root: Part, ref: str) -> bytes | None:
    """Return the bytes of the file `ref` of the tree, or None when there is no such file."""
    place, _, block = ref.partition("u")
    found = leaves(root)
    if not place.isdigit() or int(place) >= len(found):
        return None
    leaf = found[int(place)]
    if not block:
        return leaf.content()
    inside = uuencoded(leaf.content())
    return inside[int(block)][1] if block.isdigit() and int(block) < len(inside) else None


def text_of(leaf: Part) -> str:
    """Return a text leaf's words, format=flowed unwrapped."""
    given = leaf.type.parameters
    text = decode(leaf.content(), given.get("charset"))
    if given.get("format", "").lower() == "flowed":
        text = _unflowed(text, delete_space=given.get("delsp", "").lower() == "yes")
    if leaf.type.value in _MARKED_UP:
        text = _COMMAND.sub(lambda found: found[1] or "", text)
    return text


def html_of(leaf: Part) -> str:
    """Return an HTML leaf's source; its own charset counts only where MIME names none."""
    raw = leaf.content()
    declared = leaf.type.parameters.get("charset")
    if not is_known(declared):
        meta = _META_CHARSET.search(raw[:4096])
        declared = decode(meta[1]) if meta else declared
    return decode(raw, declared)


def _sort(parts: list[Part], kind: str, out: _Sorted, *, in_alternative: bool) -> None:
    texts, htmls = len(out.text), len(out.html)
    sides = {"text/plain", "text/html"}  # what leaves here may still be shown as
    for place, part in enumerate(parts):
        if part.children:
            inner = part.type.value.partition("/")[2]
            below = in_alternative or inner == "alternative"
            _sort(_signed_only(part), inner, out, in_alternative=below)
        elif _is_shown(part, kind, first=place == 0):
            mime = part.type.value
            if kind == "alternative":
                sides = {mime if mime == "text/html" else "text/plain"}
            elif in_alternative:
                # Within one side of an alternative the other side says the same again.
                sides = sides & {mime} or {mime}
            _show(part, out, sides)
            sides = {"text/plain", "text/html"} if kind == "alternative" else sides
        elif part.body.strip() or not part.type.value.startswith("multipart/"):
            out.files.append(part)
    if kind == "alternative":
        # One side alone stands for both.
        if len(out.text) == texts and len(out.html) > htmls:
            out.text.extend(out.html[htmls:])
        elif len(out.html) == htmls and len(out.text) > texts:
            out.html.extend(out.text[texts:])


def _show(leaf: Part, out: _Sorted, sides: set[str]) -> None:
    if "text/plain" in sides:
        out.text.append(leaf)
    if "text/html" in sides:
        out.html.append(leaf)


def _signed_only(part: Part) -> list[Part]:
    """Return the children without a detached signature: it is no file to look at."""
    if part.type.value == "multipart/signed" and len(part.children) > 1:
        return part.children[:1] + [
            one for one in part.children[1:] if "signature" not in one.type.value
        ]
    return part.children


def _is_shown(leaf: Part, kind: str, *, first: bool) -> bool:
    mime = leaf.type.value
    if mime.startswith("multipart/"):
        return bool(leaf.body.strip())
    if mime not in (_SHOWN_ALONE if leaf.depth == 0 else _SHOWN):
        return False
    if leaf.field_of("content-disposition").value == "attachment":
        return False
    return first or (kind != "related" and not _given_name(leaf, None))


def _texts(parts: list[Part], order: dict[int, str]) -> tuple[str, list[File]]:
    texts: list[str] = []
    files: list[File] = []
    for leaf in parts:
        if leaf.type.value == "text/html":
            texts.append(markup.to_text(html_of(leaf)))
            continue
        text, found = _without_uuencoded(leaf, order[id(leaf)])
        texts.append(text)
        files.extend(found)
    return "\n".join(text for text in texts if text.strip()), files


def _without_uuencoded(leaf: Part, place: str) -> tuple[str, list[File]]:
    raw = leaf.content()
    blocks = uuencoded(raw) if b"\nend" in raw else []
    if not blocks:
        return text_of(leaf), []
    kept, at = b"", 0
    for _, _, (begin, end) in blocks:
        kept += raw[at:begin]
        at = end
    text = decode(kept + raw[at:], leaf.type.parameters.get("charset"))
    files = [
        File(
            name=file_name(name),
            mime="application/octet-stream",
            size_bytes=len(content),
            ref=f"{place}u{number}",
        )
        for number, (name, content, _) in enumerate(blocks)
    ]
    return text, files


def _with_plain_parts(parts: _Sorted) -> str:
    pieces = [
        html_of(leaf) if leaf.type.value == "text/html" else _as_html(text_of(leaf))
        for leaf in parts.html
    ]
    return "\n".join(pieces)


def _as_html(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "<div>" + escaped.replace("\n", "<br>\n") + "</div>"


def _unflowed(text: str, *, delete_space: bool) -> str:
    lines: list[str] = []
    joins = False
    depth = 0
    for line in text.split("\n"):
        marks = len(line) - len(line.lstrip(">"))
        content = line[marks:]
        content = content[1:] if content.startswith(" ") else content
        soft = content.endswith(" ") and content != "-- "
        body = content[:-1] if soft and delete_space else content
        if joins and marks == depth and content != "-- ":
            lines[-1] += body
        else:
            lines.append(">" * marks + (" " if marks and body else "") + body)
        joins, depth = soft, marks
    return "\n".join(line if line == "-- " else line.rstrip(" ") for line in lines)


def _file(leaf: Part, ref: str, charset: str | None) -> File:
    content_id = one_line(decode(leaf.raw_header("content-id") or b"")).strip("<> ")
    return File(
        name=file_name(_given_name(leaf, charset)) or _derived_name(leaf),
        mime=leaf.type.value,
        size_bytes=len(leaf.content()),
        ref=ref,
        content_id=content_id or None,
        inline=leaf.field_of("content-disposition").value == "inline"
        or bool(content_id and leaf.type.value.startswith(_INLINE_MEDIA)),
    )


def _given_name(leaf: Part, charset: str | None) -> str:
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        name = leaf.field_of(header, charset).parameters.get(parameter, "").strip()
        if name:
            return name
    return ""


def _derived_name(leaf: Part) -> str:
    mime = leaf.type.value
    if mime in ("message/rfc822", "message/global"):
        inner = re.search(rb"^subject:[ \t]*([^\r\n]+)", leaf.content()[:20_000], re.I | re.M)
        subject = file_name(decode_words(inner[1])) if inner else ""
        return f"{subject or 'message'}.eml"
    described = file_name(decode_words(leaf.raw_header("content-description") or b""))
    location = leaf.raw_header("content-location")
    if location and not described:
        described = file_name(unquote(decode(location).rpartition("/")[2]))
    return described or _EXTENSIONS.get(mime, "attachment.bin")


def _with_unique_names(files: list[File]) -> tuple[File, ...]:
    seen: set[str] = set()
    named: list[File] = []
    for one in files:
        name, number = one.name, 2
        while name.casefold() in seen:
            stem, dot, extension = one.name.rpartition(".")
            name = f"{stem} ({number}){dot}{extension}" if dot else f"{one.name} ({number})"
            number += 1
        seen.add(name.casefold())
        named.append(
            File(
                name=name,
                mime=one.mime,
                size_bytes=one.size_bytes,
                ref=one.ref,
                content_id=one.content_id,
                inline=one.inline,
            )
        )
    return tuple(named)
