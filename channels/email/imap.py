"""One IMAP folder read by UID from a cursor; nothing is marked before it is committed."""

import imaplib
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import LoginError
from msgspec import Struct

from channels.email.config import AfterCommit, ImapSettings, Security
from channels.email.intake import Opening
from channels.email.oauth import bearer
from desk.kit.errors import ChannelBroken, ChannelBusy
from desk.kit.secrets import reveal

BATCH = 200
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
_CONNECT_S = 10.0
_FIRST_IDLE_S = 1.0
FAULTS = (imaplib.IMAP4.error, OSError, EOFError, ValueError, LookupError, AssertionError)


class Folder(Struct, frozen=True):
    """What a server says of a folder when it is opened."""

    uid_validity: int
    uid_next: int


class Listed(Struct, frozen=True):
    """A mail as a folder lists it."""

    uid: int
    size_bytes: int
    came_at: datetime | None  # in this machine's zone, without saying so
    is_seen: bool = False


class Mailbox:
    """A blocking connection to one mailbox: every call but `hang_up` belongs in its own thread.

    Faults of the server or the network are raised as IMAPClient's own or OSError (`FAULTS`):
    hang up and connect again. Sign-in refused is ChannelBroken.
    """

    def __init__(self, settings: ImapSettings, address: str, folder: str) -> None:
        self._settings = settings
        self._folder = folder
        self._login = settings.login or address
        self._client: IMAPClient | None = None
        self._stopped = threading.Event()
        self._quiet = False  # the last IDLE heard nothing

    def connect(self, token: str | None = None) -> None:
        """Open the connection and sign in: by an access token, or by the password.

        Raises:
            ChannelBroken: the sign-in is refused.
            ChannelBusy: the server cannot tell just now.
        """
        security = self._settings.security
        self._quiet = False
        self._client = client = IMAPClient(
            self._settings.host,
            self._settings.port,
            ssl=security is Security.TLS,
            ssl_context=_tls() if security is Security.TLS else None,
            timeout=SocketTimeout(_CONNECT_S, self._settings.timeout_s),
        )
        if self._stopped.is_set():
            raise ConnectionAbortedError("stopped while connecting")
        if security is Security.STARTTLS:
            client.starttls(_tls())
        try:
            self._sign_in(client, token)
        except LoginError as refused:
            if _is_passing(str(refused)):
                raise ChannelBusy(f"{self._settings.host} takes no sign-in just now.") from refused
            raise ChannelBroken(
                f"The mail server {self._settings.host} refuses the sign-in of {self._login}."
            ) from refused

    def open(self, *, readonly: bool = False) -> Folder:
        """Select the folder."""
        told = self._live.select_folder(self._folder, readonly=readonly)
        validity = int(told.get(b"UIDVALIDITY", 0))
        return Folder(validity, int(told.get(b"UIDNEXT", 0)) or self._next_uid())

    def uids_after(self, uid: int) -> list[int]:
        """Return the UIDs above `uid`, ascending."""
        self._imap.untagged_responses.pop("EXISTS", None)
        # "n:*" always includes the last message, even one below n.
        found = self._live.search(["UID", f"{uid + 1}:*"])
        return sorted(one for one in found if one > uid)

    def was_rebuilt(self, uid_validity: int) -> bool:
        """Return whether another folder has the folder's name by now.

        A server keeps a folder that was deleted open for us, and never says a word; STATUS,
        too, may speak of the one that is open. So it is opened again.
        """
        return self.open().uid_validity != uid_validity

    def uids_since(self, day: str) -> list[int]:
        """Return the UIDs of mail that came on `day` (23-Nov-2026) or later, ascending."""
        return sorted(self._live.search(["SINCE", day]))

    def unread_since(self, day: str) -> list[int]:
        """Return the UIDs of unread mail that came on `day` or later."""
        return list(self._live.search(["UNSEEN", "SINCE", day]))

    def has_subject(self, word: str) -> bool:
        """Return whether a mail in the folder has `word`, of letters, in its subject."""
        return bool(self._live.search(["SUBJECT", word]))

    def listed(self, uids: Sequence[int]) -> list[Listed]:
        """Return what there is of these mails, in the order in which they came."""
        told = self._live.fetch(list(uids), ["RFC822.SIZE", "INTERNALDATE", "FLAGS"])
        found = [
            Listed(
                uid,
                int(one.get(b"RFC822.SIZE", 0)),
                one.get(b"INTERNALDATE"),
                b"\\Seen" in one.get(b"FLAGS", ()),
            )
            for uid, one in told.items()
        ]
        return sorted(found, key=_arrival_order)

    def raw(self, uid: int) -> bytes | None:
        """Return a mail without marking it as seen, or None when it is gone."""
        return self._body(uid, "")

    def opening(self, uid: int, limit_bytes: int) -> Opening | None:
        """Return a mail's header and the beginning of its first text, or None when it is gone."""
        told: dict[int, Any] = self._live.fetch([uid], ["BODYSTRUCTURE"])
        header = self._body(uid, "HEADER")
        if header is None:
            return None
        section = first_text(told.get(uid, {}).get(b"BODYSTRUCTURE"))
        if not section:
            return Opening(header)
        mime = self._body(uid, f"{section}.MIME") or b""
        return Opening(header, mime, self._body(uid, section, limit_bytes) or b"")

    def settle(self, uids: Sequence[int]) -> None:
        """Do with mails that we hold what the settings say: mark, move or delete them."""
        if not uids:
            return
        try:
            self._settle(list(uids))
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            left = self._live.search(["UID", ",".join(map(str, uids))])
            if len(left) == len(uids):
                raise
            self._settle(left)  # another program took some of them meanwhile

    def _settle(self, done: list[int]) -> None:
        client = self._live
        if not done:
            return
        if self._settings.after_commit is AfterCommit.KEEP:
            client.add_flags(done, [b"\\Seen"], silent=True)
        elif self._settings.after_commit is AfterCommit.DELETE:
            self._remove(done)
        elif client.has_capability("MOVE"):
            client.move(done, self._settings.move_to)
        else:
            client.copy(done, self._settings.move_to)
            self._remove(done)

    def wait(self) -> bool:
        """Return when something may have come, at the latest when IDLE must be renewed.

        Return whether the server spoke of new mail.
        """
        client = self._live
        if not client.has_capability("IDLE"):
            self._stopped.wait(self._settings.poll_s)
            client.noop()
            return False
        # Some servers never tell an IDLE of what came just before it: the first is short.
        limit_s = self._settings.idle_s if self._quiet else _FIRST_IDLE_S
        begun = time.monotonic()
        client.idle()
        woken = self._listens_until_heard(client, limit_s)
        # After a drop every wait ends at once, for ever: only idle_done raises. It also reads
        # whole lines, where idle_check gives up on a line that comes in two pieces.
        _, heard = client.idle_done()
        self._quiet = not woken and not heard
        early = time.monotonic() - begun < limit_s / 2
        if any(_is_bye(one) for one in heard) or (woken and early and not heard):
            raise ConnectionResetError("the mail server ended the connection")
        return any(_is_news(one) for one in heard)

    def hang_up(self) -> None:
        """Break whatever call is under way, for good. Safe from any thread."""
        self._stopped.set()
        client = self._client
        if client is None:
            return
        try:
            # The plain socket's own: of a TLS socket it would say goodbye first, and wait.
            socket.socket.shutdown(client.socket(), socket.SHUT_RDWR)
        except (OSError, AttributeError, ValueError):
            return  # it is closed already

    def close(self) -> None:
        """Let the connection go."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            client.shutdown()
        except FAULTS:
            return  # it was broken already

    @property
    def _live(self) -> IMAPClient:
        if self._client is None:
            raise ChannelBusy("The mailbox is not connected.")
        return self._client

    @property
    def _imap(self) -> Any:
        """The protocol object inside the client: it alone knows what was read ahead."""
        return self._live._imap

    def _sign_in(self, client: IMAPClient, token: str | None) -> None:
        if token is None:
            client.login(self._login, reveal(self._settings.password))
            return
        modern = client.has_capability("AUTH=OAUTHBEARER")
        if modern and not client.has_capability("AUTH=XOAUTH2"):
            first = b"n,a=" + self._login.encode() + b",\x01auth=Bearer " + token.encode()
            client.sasl_login("OAUTHBEARER", _Says(first + b"\x01\x01", b"\x01"))
        else:
            client.sasl_login("XOAUTH2", _Says(bearer(self._login, token), b""))

    def _listens_until_heard(self, client: IMAPClient, limit_s: float) -> bool:
        """Wait in IDLE; return whether the server said something (False: time is up)."""
        if "EXISTS" in self._imap.untagged_responses or self._has_read_ahead(client.socket()):
            return False  # said before we listened: look, the connection is well
        with selectors.DefaultSelector() as selector:
            selector.register(client.socket(), selectors.EVENT_READ)
            return bool(selector.select(limit_s))

    def _has_read_ahead(self, sock: socket.socket) -> bool:
        """Return whether a response came in one piece with the answer to IDLE.

        Waiting on the socket would not notice it: it has left the socket already.
        """
        reader = getattr(self._imap, "file", None) or self._imap._file  # renamed in Python 3.14
        timeout_s = sock.gettimeout()
        sock.setblocking(False)
        try:
            return bool(reader.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            sock.settimeout(timeout_s)

    def _next_uid(self) -> int:
        return max(self._live.search(["ALL"]), default=0) + 1

    def _body(self, uid: int, section: str, limit_bytes: int = 0) -> bytes | None:
        part = f"<0.{limit_bytes}>" if limit_bytes else ""
        told: dict[int, Any] = self._live.fetch([uid], [f"BODY.PEEK[{section}]{part}"])
        answer = f"BODY[{section}]{'<0>' if limit_bytes else ''}"
        body = told.get(uid, {}).get(answer.encode())
        return bytes(body) if body is not None else None

    def _remove(self, uids: list[int]) -> None:
        client = self._live
        client.delete_messages(uids, silent=True)
        if client.has_capability("UIDPLUS"):
            client.uid_expunge(uids)
        else:
            client.expunge()


class _Says:
    """Answers a server's challenges: the first with a token, any other, an error, with `then`."""

    def __init__(self, first: bytes, then: bytes) -> None:
        self._left = [then, first]

    def __call__(self, challenge: bytes) -> bytes:
        """Return the next answer."""
        return self._left.pop() if len(self._left) > 1 else self._left[0]


def _is_passing(refusal: str) -> bool:
    """Return whether a sign-in was refused for a reason of the moment (RFC 5530)."""
    return any(code in refusal for code in ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]"))


def _arrival_order(one: Listed) -> tuple[float, int]:
    return (one.came_at.timestamp() if one.came_at is not None else 0.0, one.uid)


def first_text(structure: Any, path: str = "") -> str:
    """Return the section number of the first text part in a BODYSTRUCTURE, "" if it has none."""
    if not structure:
        return ""
    if isinstance(structure[0], list):
        for number, part in enumerate(structure[0], 1):
            found = first_text(part, f"{path}.{number}" if path else str(number))
            if found:
                return found
        return ""
    return (path or "1") if bytes(structure[0]).lower() == b"text" else ""


def imap_day(at: datetime) -> str:
    """Return a day as IMAP writes it, in English whatever the machine speaks."""
    return f"{at.day:02d}-{_MONTHS.split()[at.month - 1]}-{at.year}"


def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _is_news(response: object) -> bool:
    return isinstance(response, tuple) and response[1:2] == (b"EXISTS",)


def _is_bye(response: object) -> bool:
    return isinstance(response, tuple) and bool(response) and response[0] == b"BYE"
