"""What an e-mail inbox needs to know: its address, where mail comes from and how it leaves."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from desk.kit.errors import Invalid

_MICROSOFT = "https://login.microsoftonline.com"
_LOOPBACK = ("127.", "localhost", "::1", "[::1]")


class Security(StrEnum):
    """How a connection to a mail server is protected."""

    TLS = "tls"  # from the first byte
    STARTTLS = "starttls"  # required: refused without it
    PLAIN = "plain"  # only to this machine itself


class AfterCommit(StrEnum):
    """What happens to a mail on the server once we hold it."""

    KEEP = "keep"  # marked as seen
    MOVE = "move"  # into `move_to`
    DELETE = "delete"


class DoorProtocol(StrEnum):
    """What the mail server that hands over to us speaks."""

    OFF = "off"
    LMTP = "lmtp"
    SMTP = "smtp"


class ReplyTo(StrEnum):
    """Whose mail it is when Reply-To names another address than From."""

    NEVER = "never"  # From's
    TRUSTED = "trusted"  # Reply-To's, on mail of `trusted_senders` and of the inbox itself
    ALWAYS = "always"


class Provider(StrEnum):
    """Who gives the tokens that stand in for a password."""

    OFF = "off"  # sign in with passwords
    GOOGLE = "google"
    MICROSOFT = "microsoft"
    CUSTOM = "custom"  # with `authorize_url`, `token_url` and `scope` of your own


class OAuthSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sign-in by OAuth 2, for IMAP and SMTP alike; passwords are not used then."""

    provider: Provider = Provider.OFF
    client_id: str = ""
    client_secret: str = ""  # a reference: env:NAME or file:PATH
    tenant: str = "common"  # Microsoft's
    app_only: bool = False  # Microsoft: the application signs in for itself, nobody consents
    authorize_url: str = ""
    token_url: str = ""
    scope: str = ""

    @property
    def consent_at(self) -> str:
        """Where an admin allows it."""
        known = {
            Provider.GOOGLE: "https://accounts.google.com/o/oauth2/v2/auth",
            Provider.MICROSOFT: f"{_MICROSOFT}/{self.tenant}/oauth2/v2.0/authorize",
        }
        return self.authorize_url or known.get(self.provider, "")

    @property
    def tokens_at(self) -> str:
        """Where tokens are asked for."""
        known = {
            Provider.GOOGLE: "https://oauth2.googleapis.com/token",
            Provider.MICROSOFT: f"{_MICROSOFT}/{self.tenant}/oauth2/v2.0/token",
        }
        return self.token_url or known.get(self.provider, "")

    @property
    def scopes(self) -> str:
        """What is asked for."""
        outlook = "https://outlook.office.com"
        known = {
            Provider.GOOGLE: "https://mail.google.com/",
            Provider.MICROSOFT: "https://outlook.office365.com/.default"
            if self.app_only
            else f"{outlook}/IMAP.AccessAsUser.All {outlook}/SMTP.Send offline_access",
        }
        return self.scope or known.get(self.provider, "")


class ImapSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mailbox to read. No host: IMAP is not used."""

    host: str = ""
    port: int = 993
    security: Security = Security.TLS
    login: str = ""  # empty: the inbox's address
    password: str = ""  # a reference: env:NAME or file:PATH
    folders: tuple[str, ...] = ("INBOX",)
    sent_folder: str = ""  # what agents send from their mail programs is read here
    take_existing: bool = False  # on the first connection: also what is there already, as history
    unread_days: Annotated[int, Meta(ge=0)] = 7  # of history: unread and younger, it waits for us
    backlog_per_second: Annotated[int, Meta(ge=0)] = 40  # mails of a long backlog; 0: no limit
    after_commit: AfterCommit = AfterCommit.KEEP
    move_to: str = "Archive"
    idle_s: int = 540  # IDLE is renewed this often; routers forget silent connections
    poll_s: int = 30  # where the server has no IDLE
    timeout_s: int = 30  # of one answer
    tries: Annotated[int, Meta(ge=1, le=100)] = 3  # of a mail the server does not give; then a note
    reconnect_s: float = 1.4  # the first pause after a broken connection; doubles to 5 minutes


class SmtpSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The server that takes our mail. No host: this inbox cannot answer."""

    host: str = ""
    port: int = 465
    security: Security = Security.TLS
    login: str = ""  # empty: the inbox's address, when there is a password
    password: str = ""  # a reference: env:NAME or file:PATH; empty: no sign-in
    timeout_s: int = 30  # of one answer
    parallel: Annotated[int, Meta(ge=1, le=50)] = 4  # connections at once
    per_minute: Annotated[int, Meta(ge=0)] = 0  # mails; 0: no limit


class DoorSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A listener of our own that a mail server delivers to, without polling."""

    protocol: DoorProtocol = DoorProtocol.OFF
    host: str = "127.0.0.1"
    port: int = 2525
    socket: str = ""  # the path of a Unix socket to listen on instead
    connections: int = 50
    connections_per_peer: int = 10
    recipients: int = 100  # of one mail
    idle_timeout_s: int = 300


class PostSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Raw mail by POST /inbound/email/{inbox}, for relays. No token: the door is shut."""

    token: str = ""  # a reference; sent as bearer token, or the key of an HMAC signature
    skew_s: int = 300  # how old or early a signature's timestamp may be


class EmailSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One e-mail inbox."""

    address: str = ""  # customers write to it, and answers come from it
    aliases: tuple[str, ...] = ()  # other addresses of this inbox
    name: str = ""  # shown beside the address: "Acme" gives "Ann from Acme"
    shows_agent: bool = True  # False: every answer is from `name`
    replies_to_case_address: bool = False  # Reply-To: a signed +tag of the inbox's address
    subject_tag: bool = False  # [#1042] in the subject of answers
    bounces_to: str = ""  # an address of ours with +tags, as bounces@acme.com; empty: `address`
    reference_in_body: bool = False  # [ref:…] below answers, where servers rewrite Message-IDs
    largest_bytes: int = 25 * 1024 * 1024
    most_files: Annotated[int, Meta(ge=1, le=1000)] = 50  # of one mail; others are in its original
    most_people: Annotated[int, Meta(ge=0, le=1000)] = 40  # that one mail brings into its case
    largest_files_bytes: int = 18 * 1024 * 1024  # of one answer; beyond, they are links
    links_days: int = 30  # such a link works so long
    only_to: tuple[str, ...] = ()  # addresses and domains; for tryouts: nobody else gets mail
    authserv_id: str = ""  # the mail server whose Authentication-Results count
    reply_to: ReplyTo = ReplyTo.TRUSTED
    trusted_senders: tuple[str, ...] = ()  # addresses and domains that write for others
    same_subject_hours: Annotated[int, Meta(ge=0, le=720)] = (
        0  # joins its sender's case of that age
    )
    shares_copies: bool = True  # one mail to several of our inboxes is one case; False: one each
    lists_open_cases: bool = True  # False: what a mailing list sends only joins cases
    oauth: OAuthSettings = OAuthSettings()
    imap: ImapSettings = ImapSettings()
    smtp: SmtpSettings = SmtpSettings()
    door: DoorSettings = DoorSettings()
    post: PostSettings = PostSettings()

    def __post_init__(self) -> None:
        """Refuse a password in the open on a network, and bounces to nowhere."""
        oauth = self.oauth
        if oauth.provider is not Provider.OFF and not (oauth.client_id and oauth.tokens_at):
            raise Invalid("oauth needs client_id, and token_url for a custom provider.", "/oauth")
        if self.bounces_to and "@" not in self.bounces_to[1:-1]:
            raise Invalid("bounces_to is no mail address.", "/bounces_to")
        for what, server in (("imap", self.imap), ("smtp", self.smtp)):
            if server.security is Security.PLAIN and server.host and not is_loopback(server.host):
                raise Invalid(
                    f"{what}.security is plain, which is allowed only on this machine; "
                    "use tls or starttls.",
                    f"/{what}/security",
                )

    @property
    def addresses(self) -> tuple[str, ...]:
        """The inbox's address, its aliases, and where bounces come back to."""
        return tuple(one for one in (self.address, *self.aliases, self.bounces_to) if one)


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine."""
    return host.lower().startswith(_LOOPBACK)
