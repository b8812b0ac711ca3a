"""A mail server in a box: SMTP takes mail in, IMAP shows each mailbox, faults on request."""

from channels.sandbox.mail.faults import Faults
from channels.sandbox.mail.server import MailSandbox, Received

__all__ = ["Faults", "MailSandbox", "Received"]
