"""A Dovecot of one's own on loopback: IMAP to read, LMTP to deliver, one mailbox a name."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from smtplib import LMTP

from imapclient import IMAPClient

from channels.email.config import ImapSettings, Security
from tests.servers.process import free_port, open_to_servers, serving

PASSWORD = "a mailbox password"

_CONFIG = """
protocols = imap lmtp
listen = 127.0.0.1
base_dir = {folder}/base
state_dir = {folder}/state
log_path = {folder}/log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
auth_failure_delay = 0 secs
mail_location = maildir:{folder}/mail/%u
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
mail_max_userip_connections = 50
{passwords}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%u allow_all_users=yes
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp_port}
  }}
}}
"""
_PASSWORD_FILE = """
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
"""
_TOKENS = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
"""
_OAUTH = """
introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
"""


@dataclass(frozen=True)
class Dovecot:
    """A running Dovecot; every name has a mailbox."""

    folder: Path
    imap_port: int
    lmtp_port: int

    def settings(self, **changes: object) -> ImapSettings:
        """Return how an inbox reads a mailbox here: all of it, and quick to come back."""
        known = {
            "host": "127.0.0.1",
            "port": self.imap_port,
            "security": Security.PLAIN,
            "password": f"plain:{PASSWORD}",
            "take_existing": True,
            "reconnect_s": 0.05,
        }
        return ImapSettings(**(known | changes))  # type: ignore[arg-type]

    def deliver(self, mails: Sequence[bytes], to: str) -> None:
        """Deliver mails as an MTA does; blocks."""
        with LMTP("127.0.0.1", self.lmtp_port) as lmtp:
            for mail in mails:
                lmtp.sendmail("sender@example.org", [to], mail)

    @contextmanager
    def client(self, name: str) -> Iterator[IMAPClient]:
        """Open a mailbox as another mail program would; blocks."""
        with IMAPClient("127.0.0.1", self.imap_port, ssl=False) as client:
            client.login(name, PASSWORD)
            yield client


@contextmanager
def dovecot(
    folder: Path, names: Sequence[str], *, tokens_at: str = "", mechanism: str = "xoauth2"
) -> Iterator[Dovecot]:
    """Run a Dovecot with a mailbox for each of `names` under `folder`; blocks to start.

    With `tokens_at` it takes no passwords but tokens, by one mechanism, and asks there whose
    they are.
    """
    server = _furnished(folder, names)
    if tokens_at:
        _take_tokens(server, tokens_at, mechanism)
    config = str(folder / "dovecot.conf")
    with serving(["dovecot", "-F", "-c", config], server.imap_port, folder / "log"):
        yield server


def _furnished(folder: Path, names: Sequence[str]) -> Dovecot:
    (folder / "mail").mkdir(parents=True)
    open_to_servers(folder)
    shutil.chown(folder / "mail", "mail", "mail")
    server = Dovecot(folder, free_port(), free_port())
    users = "".join(f"{name}:{{PLAIN}}{PASSWORD}::::::\n" for name in names)
    (folder / "users").write_text(users)
    (folder / "users").chmod(0o644)
    config = _CONFIG.format(
        folder=folder,
        imap_port=server.imap_port,
        lmtp_port=server.lmtp_port,
        mechanisms="plain login",
        passwords=_PASSWORD_FILE.format(folder=folder),
    )
    (folder / "dovecot.conf").write_text(config)
    return server


def _take_tokens(server: Dovecot, tokens_at: str, mechanism: str) -> None:
    (server.folder / "oauth2.conf").write_text(_OAUTH.format(url=tokens_at))
    (server.folder / "oauth2.conf").chmod(0o644)
    config = _CONFIG.format(
        folder=server.folder,
        imap_port=server.imap_port,
        lmtp_port=server.lmtp_port,
        mechanisms=mechanism,
        passwords=_TOKENS.format(folder=server.folder),
    )
    (server.folder / "dovecot.conf").write_text(config)
