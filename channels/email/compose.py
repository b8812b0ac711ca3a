"""Our own MIME, byte for byte: header lines that fold, bodies of short lines, no injection."""

import base64
import quopri
import re
from collections.abc import Sequence

from msgspec import Struct

from channels.email.addresses import to_ascii
from desk.kit.text import clean, one_line

_LINE = 76
_WORD_BYTES = 42  # 75 characters of an encoded word hold this many bytes in base64
_SAFE_PHRASE = re.compile(r"[A-Za-z0-9 !#$%&'*+\-/^_`{|}~]*")
_BAD_IN_ADDRESS = re.compile(r"[\s<>\x00-\x20\x7f,;:\"()\[\]\\]")


class Node(Struct, frozen=True, kw_only=True):
    """A part to be written: its headers, and its body already transfer-encoded."""

    headers: tuple[tuple[str, str], ...]
    body: bytes


def text_node(kind: str, text: str) -> Node:
    """Return a text part (`plain` or `html`) in UTF-8 whose lines are short enough anywhere."""
    raw = clean(text).rstrip("\n").encode() + b"\n"
    seven_bit = raw.isascii() and max(map(len, raw.split(b"\n"))) <= 900
    encoding = "7bit" if seven_bit else "quoted-printable"
    body = raw if seven_bit else quopri.encodestring(raw)
    return Node(
        headers=(
            ("Content-Type", f"text/{kind}; charset=utf-8"),
            ("Content-Transfer-Encoding", encoding),
        ),
        body=body.replace(b"\n", b"\r\n"),
    )


def file_node(name: str, mime: str, content: bytes) -> Node:
    """Return an attachment."""
    kind = mime if re.fullmatch(r"[\w.+-]+/[\w.+-]+", mime, re.A) else "application/octet-stream"
    if kind.startswith(("multipart/", "message/")):
        kind = "application/octet-stream"  # these may not be base64
    return Node(
        headers=(
            ("Content-Type", kind),
            ("Content-Disposition", f"attachment; {_file_name(name)}"),
            ("Content-Transfer-Encoding", "base64"),
        ),
        body=base64.encodebytes(content).replace(b"\n", b"\r\n"),
    )


def multipart(kind: str, nodes: Sequence[Node], boundary: str) -> Node:
    """Return `nodes` in one multipart; a single one is returned as it is."""
    if len(nodes) == 1:
        return nodes[0]
    marker = f"--{boundary}".encode()
    pieces = [marker + b"\r\n" + write(node.headers, node.body) for node in nodes]
    body = b"\r\n".join([*pieces, marker + b"--\r\n"])
    return Node(headers=(("Content-Type", f'multipart/{kind}; boundary="{boundary}"'),), body=body)


def write(headers: Sequence[tuple[str, str]], body: bytes) -> bytes:
    """Return header lines, a blank line and the body. Values are encoded already."""
    lines = [_folded(name, one_line(value)) for name, value in headers if value]
    return "\r\n".join([*lines, "", ""]).encode() + body


def words(text: str) -> str:
    """Return unstructured text for a header, encoded where it is not plain ASCII."""
    text = one_line(text)
    long_word = max(map(len, text.split(" ")), default=0) > 900
    return text if text.isascii() and "=?" not in text and not long_word else _encoded(text)


def mailbox(name: str, address: str) -> str:
    """Return `Name <address>` for a header. Raises ValueError for what is no address."""
    name = one_line(name)
    spec = wire_address(address)
    if not name:
        return spec
    if not name.isascii() or "=?" in name:
        return f"{_encoded(name)} <{spec}>"
    if _SAFE_PHRASE.fullmatch(name):
        return f"{name} <{spec}>"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{spec}>'


def wire_address(address: str) -> str:
    """Return an address with its domain in ASCII. Raises ValueError for what is none."""
    local, _, domain = address.rpartition("@")
    if not local or not domain or _BAD_IN_ADDRESS.search(address):
        raise ValueError(f"{address!r} is not an address")
    return f"{local}@{to_ascii(domain)}"


def _encoded(text: str) -> str:
    """Return encoded words of at most 75 characters, cut between characters."""
    chunks: list[bytes] = [b""]
    for char in text:
        raw = char.encode()
        if len(chunks[-1]) + len(raw) > _WORD_BYTES:
            chunks.append(b"")
        chunks[-1] += raw
    return " ".join(f"=?utf-8?b?{base64.b64encode(chunk).decode()}?=" for chunk in chunks)


def _file_name(name: str) -> str:
    name = one_line(name) or "attachment"
    if name.isascii() and not re.search(r'["\\%]', name) and len(name) <= 60:
        return f'filename="{name}"'
    charset = "utf-8''"
    escaped = [f"%{byte:02X}" if not _plain(byte) else chr(byte) for byte in name.encode()]
    lines, current = [], ""
    for piece in escaped:
        if len(current) + len(piece) > 50:
            lines.append(current)
            current = ""
        current += piece
    lines.append(current)
    if len(lines) == 1:
        return f"filename*={charset}{lines[0]}"
    return "; ".join(
        f"filename*{place}*={charset if place == 0 else ''}{line}"
        for place, line in enumerate(lines)
    )


def _plain(byte: int) -> bool:
    return chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "-._")


def _folded(name: str, value: str) -> str:
    lines, current = [], f"{name}:"
    for word in value.split(" "):
        if len(current) + 1 + len(word) > _LINE and current.strip() and current != f"{name}:":
            lines.append(current)
            current = ""
        current += f" {word}"
    return "\r\n".join([*lines, current])
