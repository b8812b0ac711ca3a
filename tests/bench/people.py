"""How well one person is known again on another channel: `python -m tests.bench people`.

Invents a desk's customers with names as unevenly frequent as real ones, lets some of them come
again with slips, swapped names and other addresses, and strangers with the same names.
"""

import time
from collections.abc import Iterable, Iterator
from random import Random

from msgspec import Struct

from desk.customers.likeness import SHOWN_FROM, Likenesses, Person

KNOWN, COMING = 10_000, 4_000
_FIRST_NAMES = """
ada adam aisha alba alejandro alessandro alice amelia ana anders andrea ángel anna antoine anton
arjun astrid aylin beatriz ben björn camille carla carlos carmen charlotte chen chidi chloe
christian claire clara claudia daniel david deepak diego elena elif emil emma erik eva fatima
felix fernando fiona florian francesca frank gabriel giulia grace greta hamid hannah hans
hiroshi hugo ibrahim ines ingrid isabel ivan jack james jan jana javier jonas josé juan julia
julien kai karin katarzyna kenji klara kofi lars laura lea leila lena leo liam lina louis lucia
luis lukas maja malik marco maria marie mario marta martin mateo matteo max mehmet mia michael
miguel mohammed nadia nina noah nora olga oliver olivia omar pablo patrick paul pedro petra
pierre priya rafael raj robin rosa samuel sara sebastian sofia stefan susanne sven thomas tim
tomás valentina vera victor wei xavier yasmin yuki zoe
"""
_LAST_NAMES = """
abbott adeyemi ahmed almeida andersson bauer becker bell bennett berg bianchi bonnet brown
carter castillo chan chen clarke colombo cooper costa cruz da-silva davies delgado dubois dupont
eriksson esposito evans fernández ferrari fischer fontaine fournier franco garcía garnier gómez
gonzález green gupta hall hansen harris hernández hoffmann huang hughes ivanov jackson jensen
johansson johnson jones kaya keller khan kim klein kovács kowalski krause kumar lambert larsen
laurent lee lefebvre lehmann lewis li lindberg lopes lópez lorenz mancini marino martin martínez
mason mehta mendoza meyer miller molina moore morales moreau moretti morgan müller murphy
nakamura nguyen nielsen nilsson novak nowak obi okafor olsen ortiz owen palmer papadopoulos park
patel pereira pérez peters petersen petrov phillips popescu price ramírez reyes ricci richter
rivera roberts robinson rodríguez romano rossi roux ruiz russo sánchez santos sato schmidt
schneider schulz scott sharma silva simon singh smith sokolov stewart suárez suzuki svensson
takahashi tanaka taylor thomas thompson torres turner van-dijk vargas vasquez vidal vogel wagner
walker wang ward watson weber white williams wilson wolf wood wright yamamoto yilmaz young zhang
zimmermann
"""
_FIRST, _LAST = _FIRST_NAMES.split(), _LAST_NAMES.split()
_SYLLABLES = (
    ("bar", "kal", "mon", "ster", "ver", "hol", "gra", "pel", "dor", "lim", "san", "tur", "wes"),
    ("a", "e", "i", "o", "en", "er", "an", "el", "in", "ov"),
    ("bach", "berg", "ssen", "ville", "mann", "tti", "quist", "dale", "wicz", "gård", "ner", "ras"),
)
_MAIL = ("gmail.com", "outlook.com", "gmx.de", "yahoo.fr", "proton.me", "icloud.com")


class Coming(Struct, frozen=True):
    """Somebody who writes on a new channel, and who he is; None: nobody we know."""

    person: Person
    is_whom: int | None


def main(arguments: list[str]) -> int:
    """Print precision and recall of what is shown, and how long one look takes."""
    rng = Random(11)
    people = list(_with_own_addresses(_invented(number, rng) for number in range(KNOWN)))
    book = Likenesses(people)
    coming = [_comes(people, number, rng) for number in range(COMING)]
    begun = time.perf_counter()
    found = [(one, book.find(one.person, limit=1)) for one in coming]
    took_ms = (time.perf_counter() - begun) * 1000 / len(coming)
    shown = [(one, best[0]) for one, best in found if best and best[0].score >= SHOWN_FROM]
    right = sum(best.id == one.is_whom for one, best in shown)
    known = sum(one.is_whom is not None for one in coming)
    print(f"{KNOWN} customers, {COMING} come, {known} of them known, names and addresses mistyped")
    print(f"shown {len(shown)}, precision {right / len(shown):.4f}, recall {right / known:.4f}")
    print(f"{took_ms:.2f} ms each")
    return 0


def _with_own_addresses(people: Iterable[Person]) -> Iterator[Person]:
    """Yield people of whom no two have one address, as it is in the world."""
    taken: set[str] = set()
    for one in people:
        if one.emails[0] not in taken:
            taken.add(one.emails[0])
            yield one


def _invented(number: int, rng: Random) -> Person:
    first = _pick(_FIRST, rng)
    last = _pick(_LAST, rng) if rng.random() < 0.5 else _rare(rng)
    name = f"{first} {last}".replace("-", " ").title()
    mail = rng.choice(
        (
            f"{first}.{last}",
            f"{first[0]}{last}",
            f"{first}{last[0]}{rng.randrange(60, 99)}",
            f"{last}.{first}",
            f"{first}{rng.randrange(1000)}",
        )
    )
    domain = rng.choice(_MAIL) if rng.random() < 0.7 else f"{_pick(_LAST, rng)}-works.example"
    phone = f"+{rng.randrange(30, 50)}{rng.randrange(10**8, 10**9)}" if rng.random() < 0.5 else ""
    return Person(
        id=number,
        names=(name,),
        emails=(f"{_plain(mail)}@{_plain(domain)}",),
        phones=(phone,) if phone else (),
        references=(f"A-{rng.randrange(10**6)}",) if rng.random() < 0.3 else (),
    )


def _comes(people: list[Person], number: int, rng: Random) -> Coming:
    """Return somebody known under slips, or a stranger, often with a name that is known."""
    one = people[rng.randrange(len(people))]
    if rng.random() < 0.5:
        stranger = _invented(len(people) + number, rng)
        names = one.names if rng.random() < 0.3 else stranger.names
        return Coming(
            Person(id=-1, names=names, emails=stranger.emails, phones=stranger.phones), None
        )
    first, _, last = one.names[0].partition(" ")
    name = f"{last}, {first}" if rng.random() < 0.2 else one.names[0]
    local, _, domain = one.emails[0].partition("@")
    how = rng.random()
    mail = _slips(local, rng) + f"@{domain}"
    phones, references = one.phones, one.references
    if how < 0.25:  # another address of his, and what else there is
        mail = f"{local}@{rng.choice(_MAIL)}"
    return Coming(
        Person(
            id=-1,
            names=(_slips(name, rng),),
            emails=(mail,),
            phones=phones if rng.random() < 0.3 else (),
            references=references if rng.random() < 0.3 else (),
        ),
        one.id,
    )


def _rare(rng: Random) -> str:
    """Return one of some thousand family names that few people have."""
    return "".join(rng.choice(part) for part in _SYLLABLES)


def _slips(text: str, rng: Random, part: float = 0.05) -> str:
    """Return `text` with that part of its letters mistyped."""
    typed = []
    for char in text:
        if char.isalpha() and rng.random() < part:
            typed.append(rng.choice(("", char * 2, rng.choice("abcdefghijklmnopqrstuvwxyz"))))
        else:
            typed.append(char)
    return "".join(typed)


def _pick(names: list[str], rng: Random) -> str:
    """Return a name, the frequent ones often: as the square of a chance."""
    return names[int(len(names) * rng.random() ** 2)]


def _plain(text: str) -> str:
    return text.translate(str.maketrans("áéíóúüöñç", "aeiouuonc"))
