"""A raw mail into our words. Pure: bytes in; a message, or reports about ours, out."""

from msgspec import Struct
from msgspec.structs import replace

from channels.email import contents, staff, subjects, trust
from channels.email import html as markup
from channels.email.absence import absence
from channels.email.addresses import base_of, normal
from channels.email.automatic import automation_of
from channels.email.bounces import reports
from channels.email.config import ReplyTo
from channels.email.embedded import with_names
from channels.email.envelope import digest
from channels.email.files import attachments, words_packed
from channels.email.forwards import forwarded, split
from channels.email.invitations import invitation_answer
from channels.email.language import Language, detected
from channels.email.links import has_too_many
from channels.email.mail import Mail, read, sent_at
from channels.email.quotes import parted
from channels.email.senders import Writer, is_from_us, is_mechanical, is_trusted, writer
from channels.email.threads import (
    History,
    answered,
    came_back,
    history_of,
    is_sent,
    mentioned_number,
    proof,
    without_reference,
)
from channels.email.told import told
from desk.kit.errors import Unreadable
from desk.kit.text import clean
from desk.ports.inbound import Inbound
from desk.ports.messages import (
    Automation,
    Forwarded,
    InboundMessage,
    MessageSent,
    Reason,
    Remark,
    Sender,
)

_SIGNATURE_LIMIT = 4_000
_TEXT_LIMIT = 500_000  # characters shown of one mail; the raw mail keeps all


class Reader(Struct, frozen=True, kw_only=True):
    """What parsing must know of the inbox: its addresses, and the key of our own tokens.

    `brand` is the name it writes under, `server` the mail server whose Authentication-Results
    are believed, `trusted` are the addresses and domains that may speak for others,
    `bounces_to` is where bounces come back to, if not to the address itself.
    """

    addresses: tuple[str, ...]
    secret: str
    brand: str = ""
    bounces_to: str = ""
    server: str = ""
    reply_to: ReplyTo = ReplyTo.TRUSTED
    trusted: tuple[str, ...] = ()
    lists_open_cases: bool = True
    same_subject_s: int = 0
    shares_copies: bool = True
    most_files: int = 50
    most_people: int = 40

    @property
    def address(self) -> str:
        """The address that answers come from, "" where none is set."""
        return next(iter(self.addresses), "")

    @property
    def own(self) -> frozenset[str]:
        """The inbox's addresses, normal, without +tags."""
        return frozenset(base_of(one)[0] for one in self.addresses)


def parse(raw: bytes, reader: Reader) -> tuple[Inbound, ...]:
    """Return what a raw mail means for the desk.

    A report about mail of ours is a DeliveryReported for each recipient, or a Complained; what
    one of us wrote in his mail program is a MessageSent; everything else is one
    InboundMessage, automatic mail marked as such. Of history only what customers wrote is taken.

    Raises:
        Unreadable: no header names a sender, so there is nobody to answer.
    """
    was_sent, history = is_sent(raw, reader.secret), history_of(raw, reader.secret)
    mail = read(raw)
    if came_back(mail, reader.secret, reader.own):
        return (_message(mail, reader, Automation.LOOP, raw),)
    if was_sent:
        return (_sent(mail, reader, raw, genuine=True),)
    found = reports(mail)
    if history is not None:
        return () if found or is_from_us(mail, reader.own) else (_old(mail, reader, history, raw),)
    letters = staff.returned(mail, found, reader.secret, reader.bounces_to) if found else None
    if letters is not None:
        return letters
    reported = told(mail, found, reader.secret, reader.address, reader.bounces_to)
    if reported:
        return reported
    automation = Automation.AUTO_REPLY if found else automation_of(mail)
    if automation is not None and staff.is_answer(mail, reader.secret):
        return ()  # an agent is out of office
    if is_from_us(mail, reader.own) and automation is None:
        genuine = trust.is_genuine(mail, reader.server)
        return (_sent(mail, reader, raw, genuine=genuine),)
    return (_message(mail, reader, automation, raw),)


def _old(mail: Mail, reader: Reader, history: History, raw: bytes) -> InboundMessage:
    return replace(
        _message(mail, reader, Automation.HISTORY, raw),
        came_at=history.came_at,
        still_waits=history.still_waits and automation_of(mail) is None,
    )


def _message(
    mail: Mail, reader: Reader, automation: Automation | None, raw: bytes
) -> InboundMessage:
    words = _words(mail)
    files = attachments(mail)
    who = _writer(mail, reader)
    genuine = _vouched(mail, reader, who)
    proved = proof(mail, reader.secret, reader.own)
    language = detected(words.text)
    return InboundMessage(
        external_id=_id(mail, raw),
        sender=_sender(who),
        text=words.text,
        html=words.html,
        full_text=words.full_text,
        signature=words.signature,
        subject=mail.subject or None,
        sent_at=sent_at(mail),
        in_reply_to=_answered(mail),
        attachments=files[: reader.most_files],
        recipients=_others(mail, reader, who.address.address),
        automation=automation,
        genuine=genuine,
        remarks=(
            *who.remarks,
            *trust.remarks(mail, reader.own, reader.brand, genuine=genuine),
            *(() if _is_addressed(mail, reader) else (Remark("not_addressed"),)),
            *_invitation(mail),
            *_absence(mail, words.text, automation, language),
            *contents.remarks(mail, len(files) - reader.most_files),
        ),
        opens_case=automation is not Automation.LIST or reader.lists_open_cases,
        forwarded=_forwarded(mail, reader, genuine=genuine) if automation is None else None,
        case_id=proved.case_id if proved else None,
        token=proved.token if proved else "",
        mentions_number=mentioned_number(mail.subject),
        same_subject=subjects.base(mail.subject) if reader.same_subject_s else "",
        same_subject_s=reader.same_subject_s,
        one_of_copies=reader.shares_copies,
        language=language.code if language else None,
        trace=_told_by_words(language),
    )


def _vouched(mail: Mail, reader: Reader, who: Writer) -> bool | None:
    """Return whether the mail server vouches for who wrote, which it does only for From."""
    genuine = trust.is_genuine(mail, reader.server)
    shown = mail.addresses("from")[:1]
    is_shown = bool(shown) and normal(shown[0].address) == normal(who.address.address)
    return genuine if is_shown or not genuine else None


def _told_by_words(language: Language | None) -> tuple[Reason, ...]:
    if language is None:
        return ()
    return (Reason("language", f"Written in {language.code} ({language.confidence:.0%} sure)."),)


def _sent(mail: Mail, reader: Reader, raw: bytes, *, genuine: bool | None) -> MessageSent:
    words = _words(mail)
    files = attachments(mail)
    who = _writer(mail, reader)
    proved = proof(mail, reader.secret, reader.own)
    return MessageSent(
        external_id=_id(mail, raw),
        writer=_sender(who),
        text=words.text,
        html=words.html,
        full_text=words.full_text,
        subject=mail.subject or None,
        sent_at=sent_at(mail),
        in_reply_to=_answered(mail),
        recipients=_others(mail, reader, who.address.address),
        attachments=files[: reader.most_files],
        genuine=genuine,
        case_id=proved.case_id if proved else None,
    )


def _writer(mail: Mail, reader: Reader) -> Writer:
    found = writer(mail, reader.own, reader.reply_to, reader.trusted)
    if found is None:
        raise Unreadable("The mail names no sender that could be answered.")
    return found


def _sender(who: Writer) -> Sender:
    address = normal(who.address.address)
    return Sender(
        address=address,
        name=who.address.name or None,
        email=address,
        organization=address.rpartition("@")[2] or None,
    )


def _invitation(mail: Mail) -> tuple[Remark, ...]:
    answer = invitation_answer(mail)
    return (Remark("calendar", answer),) if answer else ()


def _absence(
    mail: Mail, text: str, automation: Automation | None, language: Language | None
) -> tuple[Remark, ...]:
    said = sent_at(mail)
    if automation is not Automation.AUTO_REPLY or said is None:
        return ()
    return absence(f"{mail.subject}\n{text}", said.date(), language.code if language else None)


def _is_addressed(mail: Mail, reader: Reader) -> bool:
    named = (base_of(one.address)[0] for one in mail.addresses("to", "cc"))
    return any(one in reader.own for one in named)


def _forwarded(mail: Mail, reader: Reader, *, genuine: bool | None) -> Forwarded | None:
    found = forwarded(mail)
    if found is None or "@" not in found.sender.address:
        return None
    return Forwarded(
        sender=_sender(Writer(found.sender)),
        text=clean(found.body)[:_TEXT_LIMIT],
        subject=found.subject or None,
        note=clean(found.note)[:_TEXT_LIMIT],
        believed=genuine is not False
        and any(is_trusted(one.address, reader.trusted) for one in mail.addresses("from")),
    )


class _Words(Struct, frozen=True):
    """The new text, the whole text where it differs, the new HTML, and what was cut below."""

    text: str
    full_text: str | None = None
    html: str | None = None
    signature: str = ""


def _words(mail: Mail) -> _Words:
    written = mail.bodies.text if mail.bodies.text.strip() else words_packed(mail)
    full = without_reference(clean(written)[:_TEXT_LIMIT])
    html = mail.bodies.whole_html
    if html is not None:
        html = with_names(html)
    if html is not None and (len(html) > markup.LIMIT_CHARACTERS or has_too_many(html)):
        html = None
    if split(full, mail.subject) is not None:
        # What was forwarded is what the customer wants us to read, though others wrote it.
        return _Words(full.strip(), None, markup.sanitise(html) if html else None)
    cut = markup.without_quotes(html) if html is not None else None
    unquoted = full if cut == html or cut is None else markup.to_text(cut)[:_TEXT_LIMIT]
    found = parted(unquoted)
    return _Words(
        text=found.words,
        full_text=full if found.words != full.strip() else None,
        html=markup.sanitise(cut) if cut is not None else None,
        signature=found.signature[:_SIGNATURE_LIMIT],
    )


def _others(mail: Mail, reader: Reader, sender: str) -> tuple[str, ...]:
    """Return who else was addressed: people, without us and without the sender."""
    left_out = {
        *reader.own,
        normal(sender),
        *(normal(one.address) for one in mail.addresses("list-post")),
    }
    found = (normal(one.address) for one in mail.addresses("to", "cc"))
    others = dict.fromkeys(
        one for one in found if not {one, base_of(one)[0]} & left_out and not is_mechanical(one)
    )
    return tuple(others)[: reader.most_people]


def _answered(mail: Mail) -> tuple[str, ...]:
    return tuple(f"<{one}>" for one in answered(mail))


def _id(mail: Mail, raw: bytes) -> str:
    return f"<{mail.message_id or _made_id(raw)}>"


def _made_id(raw: bytes) -> str:
    return f"gen-{digest(raw)[:40]}@parley.invalid"
