"""The MIME tree: the standard library splits, we decide what is a multipart and decode the leaves.

Parts are bytes exact: a nested message stays one leaf, so its bytes are what was sent.
"""

import binascii
import quopri
import re
from email.message import Message
from email.parser import BytesParser
from email.policy import Compat32

from channels.email.headers import Field, decode_words, field, from_base64

HEADER_BYTES = 256 * 1024
DEPTH = 50
PARTS = 1000

_JUNK_BEFORE = re.compile(rb"\A(?:\xef\xbb\xbf|\s+|>?From (?![ \t]*:)[^\r\n]*(?:\r\n|\r|\n))+")
_HEADER_LINE = re.compile(rb"^[!-9;-~]+[ \t]*:", re.M)
_SPACED_NAME = re.compile(rb"^([!-9;-~]+)[ \t]+:", re.M)
# A line without a name between two headers is the rest of the one above, badly folded.
_UNFOLDED = re.compile(
    rb"(?<=\n)(?=[^\s:][^\n:]{0,900}\n(?:(?:mime-version|content-|x-|received|from|to|cc|subject|date|"
    rb"message-id|reply-to|return-path|sender|references|in-reply-to)[!-9;-~]{0,60}:))",
    re.I,
)
_FIRST_LINE = re.compile(rb"\A[!-9;-~]+[ \t]*:")
BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r(?!\n)|\n\r\n")
CONTENT_FIELD = re.compile(  # a header field that says how a body is written
    rb"^(?:content-[a-z-]+|mime-version)[ \t]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n", re.I | re.M
)
_BOUNDARY_LINE = re.compile(rb"^--([^\s-][^\r\n]{0,200}?|-{2,}[^\r\n]{1,200}?)[ \t]*\r?$", re.M)
_DECLARED = re.compile(rb"boundary\s*=\s*\"?([^\"\s;]{1,200})", re.I)
_TEXT = field(b"text/plain; charset=us-ascii")
_MESSAGE = field(b"message/rfc822")


class Part(Message):
    """One node of the tree. The parser asks it for its type, so it says what may be opened."""

    _payload: "list[Part] | str | None"  # the standard library's, read without its decoding
    depth = 0
    in_digest = False
    budget: list[int]

    def attach(self, payload: "Part") -> None:  # type: ignore[override]
        """Take `payload` as a child; called by the parser before the child's headers are read."""
        payload.depth = self.depth + 1
        payload.budget = self.budget
        self.budget[0] -= 1
        payload.in_digest = self.field_of("content-type").value == "multipart/digest"
        super().attach(payload)

    def raw_header(self, name: str) -> bytes | None:
        """Return the first header called `name` (lower case) as it came, or None."""
        found = self.raw_headers(name)
        return found[0] if found else None

    def raw_headers(self, name: str) -> list[bytes]:
        """Return all headers called `name` (lower case) as they came, topmost first."""
        return [
            str(value).encode("ascii", "surrogateescape")
            for key, value in self.raw_items()
            if key.strip().lower() == name
        ]

    def field_of(self, name: str, fallback: str | None = None) -> Field:
        """Return a structured header, empty when it is absent."""
        return field(self.raw_header(name) or b"", fallback)

    @property
    def type(self) -> Field:
        """The Content-Type in effect: text/plain unless a valid one is given."""
        default = _MESSAGE if self.in_digest else _TEXT
        found = self.field_of("content-type")
        if found.value in ("text", "plain", "text/"):
            return Field("text/plain", found.parameters)
        return found if re.fullmatch(r"[^\s/]+/[^\s/]+", found.value) else default

    def get_content_type(self) -> str:
        """Tell the parser how to split: only multiparts within the limits are opened."""
        kind = self.type.value
        openable = kind.startswith("multipart/") and self.depth < DEPTH and self.budget[0] > 0
        return kind if openable else "text/plain"

    def get_content_maintype(self) -> str:
        """Tell the parser the same, in one word."""
        return self.get_content_type().partition("/")[0]

    @property
    def children(self) -> list["Part"]:
        """The parts inside, in order; none for a leaf."""
        return self._payload if isinstance(self._payload, list) else []

    @property
    def body(self) -> bytes:
        """The bytes between this part's headers and its end, still transfer-encoded."""
        if not isinstance(self._payload, str):
            return b""
        return self._payload.encode("utf-8", "surrogateescape")

    def content(self) -> bytes:
        """Return the leaf's bytes with the transfer encoding taken off."""
        encoding = self.field_of("content-transfer-encoding").value.strip(" ;.")
        return _decoded(self.body, encoding)


def tree(raw: bytes) -> Part:
    """Return the MIME tree of any bytes. Never fails."""
    root = _parse(tidy(raw))
    _open_unmarked(root)
    return root


def leaves(part: Part) -> list[Part]:
    """Return the leaves below `part` in order; an empty multipart is a leaf itself."""
    found: list[Part] = []
    waiting = [part]
    while waiting:
        one = waiting.pop()
        if one.children:
            waiting.extend(reversed(one.children))
        else:
            found.append(one)
    return found


def tidy(raw: bytes) -> bytes:
    """Return `raw` from its first header on, with line ends the parser understands."""
    head = raw[:HEADER_BYTES]
    if b"\r\r\n" in head:
        raw = raw.replace(b"\r\r\n", b"\r\n")
    raw = _JUNK_BEFORE.sub(b"", raw, count=1)
    head = raw[:HEADER_BYTES]
    if not _FIRST_LINE.match(head):
        raw = _from_first_header(raw, head)
    blank = BLANK_LINE.search(raw, 0, HEADER_BYTES)
    if blank is None and len(raw) > HEADER_BYTES:
        raw = raw[:HEADER_BYTES] + b"\r\n\r\n" + raw[HEADER_BYTES:]
    return _with_even_headers(raw, blank.start() if blank else min(len(raw), HEADER_BYTES))


def _with_even_headers(raw: bytes, end: int) -> bytes:
    """Return `raw` with its first `end` bytes as headers that the parser takes for headers."""
    head = raw[:end]
    even = _UNFOLDED.sub(b" ", _SPACED_NAME.sub(rb"\1:", head))
    return raw if even == head else even + raw[end:]


def _from_first_header(raw: bytes, head: bytes) -> bytes:
    blank = BLANK_LINE.search(head)
    first = _HEADER_LINE.search(head, 0, blank.start() if blank else len(head))
    if first:
        return raw[first.start() :]
    return raw if raw.startswith((b"\r", b"\n")) else b"\r\n" + raw


def _parse(raw: bytes) -> Part:
    def new_part(policy: Compat32 | None = None) -> Part:
        part = Part() if policy is None else Part(policy=policy)
        part.budget = budget
        return part

    budget = [PARTS]
    return BytesParser(_class=new_part).parsebytes(_limited(raw))


def _limited(raw: bytes) -> bytes:
    """Return `raw` with no more than `PARTS` boundary lines; the rest belongs to the last part."""
    declared = {found[1] for found in _DECLARED.finditer(raw) if found[1]}
    if not declared:
        return raw
    names = b"|".join(re.escape(one) for one in sorted(declared)[:DEPTH])
    lines = re.compile(rb"^-(?=-(?:" + names + rb")(?:--)?[ \t]*\r?$)", re.M)
    places = [found.start() for found in lines.finditer(raw)]
    if len(places) <= PARTS:
        return raw
    last = places[PARTS]
    return raw[:last] + lines.sub(b"- ", raw[last:])


def _open_unmarked(root: Part) -> None:
    """Open multiparts whose boundary is missing or wrong by the boundary lines they hold."""
    for part in leaves(root):
        if not part.get_content_type().startswith("multipart/"):
            continue
        line = _BOUNDARY_LINE.search(part.body)
        if line:
            kind = part.type.value.encode()
            head = b"Content-Type: " + kind + b'; boundary="' + line[1] + b'"\r\n\r\n'
            again = _parse(head + part.body)
            if again.children:
                part._payload = again._payload


def _decoded(body: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return from_base64(body)
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        found = uuencoded(body)
        return found[0][1] if found else body
    return body


_UU_BLOCK = re.compile(
    rb"^begin [0-7]{3,4} ([^\r\n]+?)[ \t]*\r?\n((?:[ -`][^\r\n]*\r?\n)*?)"
    rb"`?[ \t]*\r?\n?end[ \t]*\r?$",
    re.M,
)


def uuencoded(body: bytes) -> list[tuple[str, bytes, tuple[int, int]]]:
    """Return each uuencoded file in `body`: its name, its bytes, and where the block stands."""
    return [
        (decode_words(block[1]), _from_uu(block[2]), block.span())
        for block in _UU_BLOCK.finditer(body)
    ]


def _from_uu(lines: bytes) -> bytes:
    out = bytearray()
    for line in lines.splitlines():
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            # Some encoders pad lines with junk: keep the bytes that the first character promises.
            size = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            try:
                out += binascii.a2b_uu(line[: size + 1])
            except binascii.Error:
                continue
    return bytes(out)
