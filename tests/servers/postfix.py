"""A Postfix of one's own on loopback: takes mail by SMTP and hands the desk's over by LMTP."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from smtplib import SMTP

from tests.servers.process import end_all_in, open_to_servers, serving

GONE = "gone.example"  # a domain whose mailboxes are all unknown; that is found out later

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.provider.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = static:all
virtual_transport = lmtp:inet:127.0.0.1:{lmtp_port}
transport_maps = inline:{{ {gone}=gone: }}
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
lmtp_data_done_timeout = 30s
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 1 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
error     unix  - - n - - error
retry     unix  - - n - - error
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
showq     unix  n - n - - showq
gone      unix  - n n - - pipe flags=R user=nobody argv={folder}/no_such_user
postlog   unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    """A running Postfix."""

    folder: Path
    port: int

    def send(self, mail: bytes, sender: str, to: str) -> None:
        """Send a mail as a program of this machine does; blocks."""
        with SMTP("127.0.0.1", self.port) as smtp:
            smtp.sendmail(sender, [to], mail)

    def log(self) -> str:
        """Return what it wrote down."""
        return (self.folder / "log").read_text(errors="replace")


@contextmanager
def postfix(folder: Path, domain: str, port: int, lmtp_port: int) -> Iterator[Postfix]:
    """Run a Postfix that hands the mail of `domain` to an LMTP server; blocks to start."""
    server = Postfix(folder, port)
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir(parents=True)
    open_to_servers(folder)
    shutil.chown(folder / "data", "postfix")
    main = _MAIN.format(folder=folder, domain=domain, lmtp_port=lmtp_port, gone=GONE)
    (folder / "etc" / "main.cf").write_text(main)
    (folder / "etc" / "master.cf").write_text(_MASTER.format(port=server.port, folder=folder))
    refuses = folder / "no_such_user"
    refuses.write_text("#!/bin/sh\nexit 67\n")  # EX_NOUSER of sysexits.h
    refuses.chmod(0o755)
    command = ["postfix", "-c", str(folder / "etc"), "start-fg"]
    try:
        with serving(command, server.port, folder / "log"):
            yield server
    finally:
        end_all_in(folder)  # its master leaves the script that began it, and outlives it
