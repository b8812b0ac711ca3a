"""Why a mail server would not take a mail: its codes and words into a cause, and what follows."""

import re
from enum import StrEnum


class Cause(StrEnum):
    """Why a recipient was not reached, as an agent can be told."""

    UNKNOWN_ADDRESS = "unknown_address"
    UNKNOWN_DOMAIN = "unknown_domain"
    MOVED = "moved"
    DISABLED = "disabled"
    FULL = "full"
    TOO_LARGE = "too_large"
    POLICY = "policy"  # spam, blocked senders, missing authentication
    BUSY = "busy"  # greylisted, too many at once
    UNREACHABLE = "unreachable"  # tried for days: no connection, no route
    OTHER = "other"

    @property
    def is_final(self) -> bool:
        """Whether writing there again is of no use: the address is wrong, not the mail."""
        return self in (Cause.UNKNOWN_ADDRESS, Cause.UNKNOWN_DOMAIN, Cause.MOVED)


# Enhanced status codes (RFC 3463), without their class.
_BY_CODE = {
    "1.0": Cause.UNKNOWN_ADDRESS,
    "1.1": Cause.UNKNOWN_ADDRESS,
    "1.2": Cause.UNKNOWN_DOMAIN,
    "1.3": Cause.UNKNOWN_ADDRESS,
    "1.6": Cause.MOVED,
    "1.10": Cause.UNKNOWN_ADDRESS,
    "2.1": Cause.DISABLED,
    "2.2": Cause.FULL,
    "2.3": Cause.TOO_LARGE,
    "3.1": Cause.FULL,
    "3.4": Cause.TOO_LARGE,
    "4.1": Cause.UNREACHABLE,
    "4.2": Cause.UNREACHABLE,
    "4.4": Cause.UNREACHABLE,
    "4.7": Cause.UNREACHABLE,
    "7.0": Cause.POLICY,
    "7.1": Cause.POLICY,
}
# Words decide before codes: servers say 5.7.1 of unknown users and 5.1.1 of spam. In this order.
_BY_WORDS = tuple(
    (cause, re.compile(words, re.I))
    for cause, words in (
        (
            Cause.FULL,
            r"quota|mailbox (?:is |size |was |storage )?(?:full|exceed|limit)|(?:in)?box is full|"
            r"over ?quota|insufficient (?:disk|system|mail ?box) (?:space|storage)|"
            r"not enough (?:disk )?(?:space|storage)|disk full|out of storage|"
            r"postfach.{0,20}voll|"
            r"bo[iî]te.{0,20}pleine|buz[oó]n.{0,20}lleno|casella piena|exceeded storage",
        ),
        (
            Cause.TOO_LARGE,
            r"(?:message|mail|size).{0,30}(?:too (?:large|big|long)|"
            r"exceeds? .{0,30}(?:size|limit|max))|size limit|max(?:imum)?\.? (?:message )?size|"
            r"exceeds size",
        ),
        (
            Cause.BUSY,
            r"gr[ea]ylist|try again later|too many (?:connections|messages|recipients)|"
            r"rate limit|"
            r"temporarily (?:deferred|rejected|unavailable|blocked)|throttl|"
            r"resources temporarily|"
            r"sending rate|too fast",
        ),
        (
            Cause.UNKNOWN_ADDRESS,
            r"(?:user|recipient|mailbox|address|account|alias|addressee|"
            r"group)(?: address)?\b.{0,60}?"
            r"(?:\bunknown|(?:may )?not (?:known|found|exist|listed|valid|a valid|recognized|"
            r"our customer)|"
            r"(?:do(?:es)?|did) ?n[o']?t exist|doesn.t have|cannot be found|couldn.t be found|"
            r"was not found|no longer (?:exists|valid|available)|nonexist|non-exist|"
            r"invalid)|(?:unknown|no such|invalid|non-?existent|nonexisting|bad|undeliverable) "
            r"(?:local |final |e-?mail |destination )?(?:user|recipient|mailbox|address|account|"
            r"person|part|delivery|virtual)|no (?:mailbox|user|account|"
            r"valid recipients?)\b.{0,30}"
            r"(?:here|by that name|name|found|with that)|"
            r"not (?:our|a known) (?:user|customer)|unroutea?ble address|"
            r"resolver\.adr\.(?:recip|ex)\S*notfound|recipnotfound|not a? ?valid (?:mailbox|user|"
            r"recipient)|empf[aä]nger.{0,30}unbekannt|utilisateur inconnu|inconnu|no existe|"
            r"n[aã]o existe|does not have an? .{0,30}account|that email account|"
            r"this user doesn't have|no one by that name|name or alias|user is unknown|"
            r"addresses? failed:?\s*$",
        ),
        (
            Cause.UNKNOWN_DOMAIN,
            r"(?:host|domain|server)(?: name)?\b.{0,60}?(?:\bunknown|not (?:found|exist)|"
            r"does ?n[o']?t exist|non-?exist|cannot be found|couldn.t be found)|"
            r"unknown (?:host|domain)|nxdomain|no (?:such )?(?:host|domain)|name service error|"
            r"no mx|unrouteable mail domain|bad destination (?:host|system)|"
            r"couldn't find any host|illegal host|all relevant mx records point",
        ),
        (
            Cause.MOVED,
            r"has (?:been )?moved|forwarding address|new address is|no longer (?:with|works|at|"
            r"employed|on server)|address has changed|left the company|please use .{0,30}instead",
        ),
        (
            Cause.DISABLED,
            r"(?:mailbox|account|user|recipient|address).{0,40}"
            r"(?:disabled|inactive|suspended|deactivated|expired|locked|not active|unavailable)|"
            r"(?:disabled|inactive|suspended|locked|expired|deactivated) (?:user|account|mailbox|"
            r"recipient|address)|not accepting (?:mail|messages)",
        ),
        (
            Cause.POLICY,
            r"spam|blocked|block ?list|black ?list|\brbl\b|spamhaus|policy|denied|"
            r"reject(?:ed)? for|"
            r"relay|not (?:allowed|permitted|authori[sz]ed)|prohibit|authenticat|dmarc|\bspf\b|"
            r"dkim|"
            r"virus|malware|reputation|unsolicited|refused|content|banned|suspicio|restricted",
        ),
        (
            Cause.UNREACHABLE,
            r"timed? ?out|time ?out|connection (?:refused|lost|dropped|reset)|no route|expired|"
            r"retry time|unreachable|not respond|could not connect|unable to connect|"
            r"too (?:old|long in)|hop count|too many hops|mail loop|delivery time",
        ),
    )
)
_BAD_WORDS = re.compile(
    r"quota|spam|blocked|block ?list|black ?list|policy|reputation|\bspf\b|dmarc|dkim|relay", re.I
)
_REPLY = re.compile(r"(?<![\d.])([245])[0-5]\d(?=[ -]|$)", re.M)
_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\d|\.\d)")
# What a server means that says no enhanced code itself.
_MEANT = {
    Cause.UNKNOWN_ADDRESS: "1.1",
    Cause.UNKNOWN_DOMAIN: "1.2",
    Cause.MOVED: "1.6",
    Cause.DISABLED: "2.1",
    Cause.FULL: "2.2",
    Cause.TOO_LARGE: "3.4",
    Cause.POLICY: "7.1",
    Cause.BUSY: "7.0",
    Cause.UNREACHABLE: "4.7",
}


def status_in(text: str) -> str | None:
    """Return the first enhanced status code in `text`, one that says something if there is one."""
    found = [f"{one[1]}.{int(one[2])}.{int(one[3])}" for one in _STATUS.finditer(text)]
    told = [one for one in found if not is_vague(one)]
    return next(iter(told or found), None)


def is_vague(status: str) -> bool:
    """Return whether a status says nothing but success or failure: 5.0.0."""
    return status.endswith(".0.0") or status.count(".") != 2


def status_meant(text: str) -> str | None:
    """Return the enhanced status that words and a three-digit reply amount to, or None."""
    cause = cause_of(None, text)
    if cause is Cause.OTHER:
        return None
    reply = _REPLY.search(text)
    lasting = cause not in (Cause.BUSY, Cause.UNREACHABLE)
    digit = reply[1] if reply and reply[1] != "2" else "5" if lasting else "4"
    return f"{digit}.{_MEANT[cause]}"


def cause_of(status: str | None, text: str) -> Cause:
    """Return why a recipient was refused, by the server's words first and its code second."""
    for cause, words in _BY_WORDS:
        if words.search(text):
            if cause.is_final and _BAD_WORDS.search(text) and not _says_unknown(status):
                continue
            return cause
    code = (status or "").partition(".")[2]
    if code in _BY_CODE:
        return _BY_CODE[code]
    return Cause.POLICY if code.startswith("7.") else Cause.OTHER


def is_final(status: str | None, text: str) -> bool:
    """Return whether the address itself is wrong for good: nothing should be sent there again.

    A permanent code alone does not say so: most of them are about the mail, not the address.
    """
    if status and not status.startswith("5"):
        return False
    cause = cause_of(status, text)
    if cause.is_final:
        return True
    return _says_unknown(status) and not _BAD_WORDS.search(text) and cause is Cause.OTHER


def _says_unknown(status: str | None) -> bool:
    code = (status or "").partition(".")[2]
    return bool(status) and code in _BY_CODE and _BY_CODE[code].is_final
