"""What a reader should know of a mail's contents: lying links, what is sealed or not here."""

from channels.email import smime
from channels.email.files import MOST
from channels.email.invitations import invitation
from channels.email.links import misleading
from channels.email.mail import Mail
from channels.email.mime import leaves
from desk.ports.messages import Remark

_ELSEWHERE = ("message/partial", "message/external-body")


def remarks(mail: Mail, files: int) -> tuple[Remark, ...]:
    """Return what is remarkable about what a mail brings; `files` is how many files that is."""
    found = []
    lie = misleading(mail.bodies.whole_html or "")
    if lie is not None:
        found.append(Remark("misleading_link", f"{lie.shown} → {lie.leads_to}"))
    if smime.is_encrypted(mail.root, mail.bodies.text):
        found.append(Remark("encrypted"))
    elif smime.is_signed(mail.root):
        found.append(Remark("signed"))
    if any(leaf.type.value in _ELSEWHERE for leaf in leaves(mail.root)):
        found.append(Remark("incomplete"))
    if files > MOST:
        found.append(Remark("more_files", str(files - MOST)))
    invited = invitation(mail)
    return (*found, Remark("invitation", invited)) if invited else tuple(found)
