"""What a reader should know of a mail's contents: lying links, what is sealed or not here."""

from channels.email import smime
from channels.email.invitations import invitation
from channels.email.links import misleading
from channels.email.mail import Mail
from channels.email.mime import leaves
from desk.ports.messages import Remark

_ELSEWHERE = ("message/partial", "message/external-body")


def remarks(mail: Mail, left_out: int) -> tuple[Remark, ...]:
    """Return what is remarkable about what a mail brings; `left_out` of its files are not shown."""
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
    if left_out > 0:
        found.append(Remark("more_files", str(left_out)))
    invited = invitation(mail)
    return (*found, Remark("invitation", invited)) if invited else tuple(found)
