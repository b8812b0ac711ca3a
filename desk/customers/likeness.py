"""Who may be the same person on another channel: found, weighed and explained. Pure.

Likeness never merges anybody: it suggests, and says why. Each sign is weighed by how rare it is
among all who are known, as chances (Fellegi and Sunter, 1969): a shared number of an order says
more than a shared first name, and a name alone is never enough.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from math import exp, log

from msgspec import Struct
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from desk.customers.rules import is_organization
from desk.kit.text import fold

SHOWN_FROM = 0.95  # below, a likeness is kept to ourselves
CANDIDATES = 60  # weighed for one newcomer
CROWD = 400  # a key that more people share tells nothing

_NAME_PARTS = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_DIGITS = re.compile(r"\D")
_TITLES = frozenset(("mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "sr", "sra", "mme"))
_RARE = 7.0  # what the rarest sign of a name may weigh
_PHONE_DIGITS = 8  # a number's last ones: whatever stands before them is written in many ways


class Person(Struct, frozen=True, kw_only=True):
    """What is known, or claimed, of one customer. Everything but `id` may be empty."""

    id: int
    names: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    usernames: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()  # mail domains, Slack workspaces
    references: tuple[str, ...] = ()  # order and customer numbers they wrote


class Likeness(Struct, frozen=True, kw_only=True):
    """That two may be one: the chance, and each sign for or against it in words."""

    id: int  # of the one who is known
    score: float  # 0 to 1
    reasons: tuple[str, ...]

    @property
    def is_shown(self) -> bool:
        """Whether it is worth an agent's time."""
        return self.score >= SHOWN_FROM


class _Signs(Struct):
    """What is compared, as it compares best."""

    names: list[tuple[str, ...]]
    emails: list[str]
    phones: set[str]
    handles: set[str]
    organizations: set[str]
    references: set[str]


class Likenesses:
    """Everybody who is known, findable by any sign. `put` follows the record; `find` asks."""

    def __init__(self, people: Iterable[Person] = ()) -> None:
        self._signs: dict[int, _Signs] = {}
        self._where: dict[str, set[int]] = {}
        self._parts: Counter[str] = Counter()  # of names, by how many have them
        for one in people:
            self.put(one)

    def __len__(self) -> int:
        return len(self._signs)

    def put(self, person: Person) -> None:
        """Take somebody in, or what is newly known of him."""
        self.drop(person.id)
        signs = signs_of(person)
        self._signs[person.id] = signs
        for key in keys_of(signs):
            self._where.setdefault(key, set()).add(person.id)
        self._parts.update({part for name in signs.names for part in name})

    def drop(self, person_id: int) -> None:
        """Forget somebody; nothing happens when he is not known."""
        signs = self._signs.pop(person_id, None)
        if signs is None:
            return
        for key in keys_of(signs):
            self._where[key].discard(person_id)
        self._parts.subtract({part for name in signs.names for part in name})

    def find(self, person: Person, limit: int = 3) -> list[Likeness]:
        """Return who may be this person, most likely first, whether worth showing or not."""
        signs = signs_of(person)
        near: Counter[int] = Counter()
        for key in keys_of(signs):
            found = self._where.get(key, set())
            near.update(found if len(found) <= CROWD else ())
        near.pop(person.id, None)
        weighed = [
            self._weigh(signs, other)
            for other, _ in sorted(near.items(), key=lambda pair: (-pair[1], pair[0]))[:CANDIDATES]
        ]
        return sorted(weighed, key=lambda one: (-one.score, one.id))[:limit]

    def _weigh(self, signs: _Signs, other_id: int) -> Likeness:
        known = len(self._signs)
        return weigh(signs, self._signs[other_id], other_id, self._parts, known)


def likeness(one: Person, other: Person, *, known: int = 10_000) -> Likeness:
    """Return how likely two are one person, on a desk that knows so many people."""
    return weigh(signs_of(one), signs_of(other), other.id, {}, known)


def weigh(
    one: _Signs, other: _Signs, other_id: int, parts: Mapping[str, int], known: int
) -> Likeness:
    """Return the likeness of two; `parts` says how many of the `known` have each part of a name."""
    found = [
        *_by_email(one, other),
        *_by_phone(one, other),
        *_by_reference(one, other),
        *_by_organization(one, other),
    ]
    found += _by_name(one, other, parts, known, alone=not found)
    total = sum(weight for weight, _ in found) - log(max(known, 10)) - 1.0
    reasons = tuple(words for weight, words in sorted(found, reverse=True) if words)
    score = 1 / (1 + exp(-max(-30.0, min(30.0, total))))
    return Likeness(id=other_id, score=round(score, 4), reasons=reasons)


def signs_of(person: Person) -> _Signs:
    """Return what of a person is compared."""
    emails = [plain for plain in map(_email, person.emails) if plain]
    return _Signs(
        names=[parts for parts in map(_name, person.names) if parts],
        emails=emails,
        phones={digits[-_PHONE_DIGITS:] for digits in map(_phone, person.phones) if digits},
        handles={handle for handle in map(_handle, person.usernames) if handle},
        organizations={
            one.casefold()
            for one in (*person.organizations, *(mail.rpartition("@")[2] for mail in emails))
            if is_organization(one.casefold())
        },
        references={one for one in map(fold, person.references) if one},
    )


def keys_of(signs: _Signs) -> set[str]:
    """Return under which keys somebody is looked up: enough of them survive a slip."""
    keys = {f"p{phone}" for phone in signs.phones} | {f"r{one}" for one in signs.references}
    for email in signs.emails:
        local, _, domain = email.partition("@")
        keys |= {f"e{email}", f"l{_letters(local)}", f"h{local[:4]}@{domain}"}
        keys |= {f"t{_letters(local)[-5:]}@{domain}"}
    keys |= {f"l{handle}" for handle in signs.handles}
    for name in signs.names:
        keys |= {f"f{' '.join(sorted(name))}"}
        keys |= {f"i{a[:1]}{b[:3]}" for a in name for b in name if a != b and len(b) > 2}
    return keys


def _by_email(one: _Signs, other: _Signs) -> list[tuple[float, str]]:
    best = (0.0, "")
    for mine in one.emails:
        for his in other.emails:
            best = max(best, _emails_alike(mine, his))
    ours = {_letters(mail.partition("@")[0]) for mail in one.emails} | one.handles
    theirs = {_letters(mail.partition("@")[0]) for mail in other.emails} | other.handles
    shared = {name for name in ours & theirs if len(name) >= 5}
    if not best[0] and shared:
        best = max(
            (_told_by(handle, one.names), f"the same name in their addresses: {handle}")
            for handle in shared
        )
    if not best[0] and one.emails and other.emails:
        return [(-1.5, "")]
    return [best] if best[0] else []


def _emails_alike(mine: str, his: str) -> tuple[float, str]:
    if mine == his:
        return 14.0, f"the same e-mail address: {his}"
    reach = 1 if len(his) < 14 else 2
    near = OSA.distance(mine, his, score_cutoff=reach)
    if len(his) < 9 or near > reach:
        return 0.0, ""
    # Nobody mistypes his number, hardly anybody his first letter: those are other people's.
    is_other = re.findall(r"\d", mine) != re.findall(r"\d", his) or mine[0] != his[0]
    weight = 3.0 if is_other else 9.0 - 1.5 * (near - 1)
    return weight, f"almost the same e-mail address: {his}"


def _told_by(handle: str, names: list[tuple[str, ...]]) -> float:
    """Return what a shared handle weighs: little when it is made of the name, which is shared."""
    letters = re.sub(r"\d", "", handle)
    for name in names:
        made = {"".join(parts) for parts in _makings(name)}
        if letters in made and letters == handle:
            return 2.5
        if letters in made:
            return 6.5  # and of a number, which is his own
    return 6.0


def _makings(name: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """Yield what people make addresses of: their names and initials, in either order."""
    for first in name:
        for last in name:
            if first != last:
                yield from ((first, last), (first[:1], last), (first, last[:1]), (last, first[:1]))
        yield (first,)


def _by_phone(one: _Signs, other: _Signs) -> list[tuple[float, str]]:
    if one.phones & other.phones:
        return [(10.0, "the same phone number")]
    return [(-1.5, "")] if one.phones and other.phones else []


def _by_reference(one: _Signs, other: _Signs) -> list[tuple[float, str]]:
    shared = sorted(one.references & other.references)
    return [(7.0, f"both wrote of {shared[0]}")] if shared else []


def _by_organization(one: _Signs, other: _Signs) -> list[tuple[float, str]]:
    shared = sorted(one.organizations & other.organizations)
    return [(2.5, f"both of {shared[0]}")] if shared else []


def _by_name(
    one: _Signs, other: _Signs, parts: Mapping[str, int], known: int, *, alone: bool
) -> list[tuple[float, str]]:
    if not one.names or not other.names:
        return []
    pairs = ((_names_alike(mine, his), his) for mine in one.names for his in other.names)
    alike, name = max(pairs)
    if alike < 0.5:
        return [(-5.0, "")]
    if alike < 0.75:
        return [(-1.0, "")]
    rarity = sum(min(_RARE, log(max(known, 10) / (1 + parts.get(part, 0)))) for part in name)
    whole = len(name) > 1
    weight = (0.85 if whole else 0.4) * rarity * (1.0 if alike > 0.97 else alike - 0.15)
    if alone:
        weight = min(weight, log(max(known, 10)))  # a name alone is never enough
    how = "the same name" if alike > 0.97 else "almost the same name"
    return [(weight, f"{how}: {' '.join(part.capitalize() for part in name)}")]


def _names_alike(mine: tuple[str, ...], his: tuple[str, ...]) -> float:
    """Return how alike two names are, whichever way round they are written, initials allowed."""
    short, long = sorted((mine, his), key=len)
    left, each = list(long), list[float]()
    for part in short:
        best = max(left, key=lambda other: _parts_alike(part, other), default="")
        if best:
            left.remove(best)
        each.append(_parts_alike(part, best))
    # One part that is another name outweighs those that are the same: brothers share a name.
    return (sum(each) / len(each) + min(each)) / 2 - (0.1 if len(short) == 1 < len(long) else 0.0)


def _parts_alike(one: str, other: str) -> float:
    if len(one) == 1 or len(other) == 1:
        return 0.9 if one[:1] == other[:1] else 0.0
    return fuzz.ratio(one, other) / 100


def _name(name: str) -> tuple[str, ...]:
    if "@" in name:
        return ()
    parts = (fold(part) for part in _NAME_PARTS.findall(name))
    return tuple(part for part in parts if part and part not in _TITLES)[:6]


def _email(email: str) -> str:
    """Return an address as its owner reads it: without +tags, and without Gmail's dots."""
    local, at, domain = email.strip().casefold().rpartition("@")
    local = local.partition("+")[0]
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}" if at and local and domain else ""


def _phone(phone: str) -> str:
    digits = _DIGITS.sub("", phone)
    return digits if len(digits) >= _PHONE_DIGITS else ""


def _handle(handle: str) -> str:
    return _letters(handle.strip().lstrip("@").casefold())


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
