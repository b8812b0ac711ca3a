"""Which case a message belongs to, and why. Pure: the caller looks up, this decides.

The first hit wins: a case proved by our signature, or of a message that is answered, when the
sender takes part in that case; the running case of the same conversation. A stranger to whom
one of our mails was passed on gets a case of his own, linked to the old one: were he let in,
the next answer would go to him.
"""

from collections.abc import Sequence

from msgspec import Struct

from desk.cases.rules import DONE, Status
from desk.cases.thanks import only_thanks
from desk.ports.messages import InboundMessage


class Hit(Struct, frozen=True, kw_only=True):
    """A case that a message may belong to."""

    case_id: int
    number: int
    status: Status
    takes_part: bool  # the sender is the case's customer, wrote in it, or is a colleague of his
    goes_on: bool = True  # done, it still may be reopened by its customer
    is_crowd: bool = False  # what he answers was answered by others too, in cases of their own


class Verdict(Struct, frozen=True, kw_only=True):
    """What becomes of a message: into `case_id`, or a new case (that follows `follows_id`)."""

    case_id: int | None
    why: str
    reopens: bool = False
    follows_id: int | None = None
    flag: str = ""  # why a person should look


class Findings(Struct, frozen=True, kw_only=True):
    """What the record knows that bears on one message."""

    proved: Hit | None = None  # by a signed token
    answered: Sequence[Hit] = ()  # cases of the messages it answers, best first
    overtaken_by: Hit | None = None  # the sender's own case, where he answers this one already
    conversation: Hit | None = None  # the latest case of the same thread on the channel
    mentioned: Hit | None = None  # a number merely quoted
    same_subject: Hit | None = None  # the sender's own case about the same, where that counts
    recent: Hit | None = None  # the sender's own case, touched a moment ago on any channel


def decide(message: InboundMessage, found: Findings) -> Verdict:
    """Return where `message` goes. Every answer carries its reason for the case's trace."""
    proved = found.proved
    # What a machine sends comes from any address (a mail server's) and is never answered.
    if proved is not None and (proved.takes_part or message.automation is not None):
        return _join(proved, message, "a signed token of ours names the case")
    for hit in found.answered if message.genuine is not False else ():
        if hit.takes_part:
            return _join(hit, message, f"it answers a message of #{hit.number}")
    if found.conversation is not None and not message.wants_new_case:
        return _join(found.conversation, message, "the conversation has this case")
    other = proved or next(iter(found.answered), None)
    if other is not None and other.is_crowd:
        return Verdict(case_id=None, why=f"many answer the same message of #{other.number}")
    if other is not None:
        return _linked(other, message)
    return _fresh(message, found)


def _linked(other: Hit, message: InboundMessage) -> Verdict:
    if message.genuine is False and other.takes_part:
        return Verdict(
            case_id=None,
            follows_id=other.case_id,
            why=f"it answers a message of #{other.number}, but its sender may be forged",
            flag=f"Answers #{other.number}, but the sender may be forged",
        )
    return Verdict(
        case_id=None,
        follows_id=other.case_id,
        why=f"it answers a message of #{other.number}, but its sender takes no part in it",
        flag=f"Answers a message of #{other.number} without taking part in it",
    )


def _fresh(message: InboundMessage, found: Findings) -> Verdict:
    sooner = found.overtaken_by
    if sooner is not None and sooner.takes_part and message.genuine is not False:
        return _join(sooner, message, f"what answers it came before it, into #{sooner.number}")
    if message.overheard:  # what is told in private must not be answered among others
        return Verdict(case_id=None, why="asked where others read along")
    same = found.same_subject
    if same is not None and not message.wants_new_case and message.genuine is not False:
        return _join(same, message, f"its sender has #{same.number} with the same subject")
    named = found.mentioned
    if found.recent is not None and message.opens_case and not message.wants_new_case:
        recent = named if named is not None and named.takes_part else found.recent
        return _join(recent, message, f"the customer was writing in #{recent.number}")
    if found.mentioned is None:
        why = "the customer asked for a new case" if message.wants_new_case else "nothing known"
        return Verdict(case_id=None, why=why)
    if found.mentioned.takes_part and message.genuine is not False:
        return _join(found.mentioned, message, f"its subject names #{found.mentioned.number}")
    return Verdict(
        case_id=None,
        why="it merely mentions a case of somebody else",
        flag=f"Mentions #{found.mentioned.number}",
    )


def _join(hit: Hit, message: InboundMessage, why: str) -> Verdict:
    if message.automation is not None:
        return Verdict(case_id=hit.case_id, why=f"{why}; written by a machine")
    if not hit.goes_on and only_thanks(message) is not None:
        return Verdict(case_id=hit.case_id, why=f"{why}; it only says thank you")
    if not hit.goes_on:
        done = "closed" if hit.status == Status.CLOSED else "resolved for good"
        return Verdict(case_id=None, follows_id=hit.case_id, why=f"{why}, which is {done}")
    return Verdict(case_id=hit.case_id, why=why, reopens=hit.status in DONE)
