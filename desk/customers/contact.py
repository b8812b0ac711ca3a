"""What a signature tells of its writer: his phone numbers and his title. Pure."""

import re
from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from desk.kit.text import fold, one_line

_LINES = 14  # of a signature that are looked at
_LINE_CHARACTERS = 120
_TITLE_CHARACTERS = 60
_DIGITS = range(7, 16)  # of a phone number (E.164)
_MOST = 3  # numbers

_LABELS = """
tel telefon telefono telephone tel. teléfono téléphone phone ph fon mobil mobile mobiltelefon mob
cell cellulare cellphone port port. portable handy direct directo durchwahl office büro bureau
oficina ufficio móvil movil tél tél. telemóvel celular gsm natel call whatsapp d t m p c ☎ 📞 📱
"""
_FAX = re.compile(r"\b(?:tele)?fax\b|\bf\s*[:.]", re.I)
_NUMBER = re.compile(r"(?<![\w/.-])(?:\+|00)?[(]?\d[\d\s().\-/\u00a0\u2011\u2013]{5,24}\d(?![\w])")
_LABELLED = re.compile(
    rf"(?:^|[\s|·•,;(])(?:{'|'.join(map(re.escape, _LABELS.split()))})\s*[:.)\]]*\s*(?=[+(\d])",
    re.I,
)
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}")
_SPLIT = re.compile(r"\s*[|·•,;]\s*|\s+[\u2013\u2014-]\s+")
_RANKS_AND_TRADES = """
accountant administrator agent analyst architect assistant associate attorney buyer ceo cfo cio
cmo consultant controller coo coordinator cto designer developer director doctor editor engineer
executive founder head lawyer lecturer lead manager officer operations owner partner physician
planner president principal procurement producer professor purchasing receptionist researcher
sales scientist secretary specialist supervisor technician treasurer abteilungsleiter
abteilungsleiterin architektin assistenz assistentin berater beraterin buchhaltung einkauf
einkaufer einkauferin entwickler entwicklerin geschaftsfuhrer geschaftsfuhrerin geschaftsleitung
inhaber inhaberin ingenieur ingenieurin leiter leiterin leitung projektleiter projektleiterin
prokurist prokuristin sachbearbeiter sachbearbeiterin sekretariat sekretarin teamleiter
teamleiterin verkauf vertrieb vertriebsleiter vorstand acheteur acheteuse adjoint adjointe
assistante avocat avocate chef cheffe comptable conseiller conseillere consultante directeur
directrice dirigeant fondateur fondatrice gerant gerante ingenieure juriste presidente responsable
secretaire technicien technicienne abogada abogado administradora asesor asesora asistente
comercial compras comprador compradora contable coordinador coordinadora directora encargada
encargado fundador fundadora gerente ingeniera ingeniero jefa jefe propietaria propietario
secretaria tecnico vendedor ventas addetto amministratore amministratrice assistente avvocato capo
commerciale consulente contabile coordinatore coordinatrice direttore direttrice fondatore
impiegata impiegato ingegnere titolare presidente responsabile segretaria socio analista arquiteto
assessor chefe comprador consultora coordenador coordenadora desenvolvedor diretor diretora
engenheira engenheiro fundador gestor gestora proprietario socia vendas
"""
_ROLES = frozenset(_RANKS_AND_TRADES.split())
_NO_TITLE = re.compile(r"[@\d]|https?:|www\.|[?!]", re.I)


class Kind(StrEnum):
    """What is told of somebody."""

    PHONE = "phone"
    TITLE = "title"


class Told(Struct, frozen=True):
    """One thing that somebody's words say of him."""

    kind: Kind
    value: str


def told(signature: str, name: str | None = None) -> tuple[Told, ...]:
    """Return what `signature` says of its writer, who is called `name`: numbers, then a title.

    A number counts with a word for it before it ("Tel.", "Mobil:"), or written internationally;
    fax numbers, dates, bank and tax numbers do not. A title is a short piece of a line with a
    word of rank or trade in it, in six languages.
    """
    lines = [one_line(line)[:_LINE_CHARACTERS] for line in signature.splitlines()]
    lines = [line for line in lines if line][:_LINES]
    numbers = {re.sub(r"\D", "", one): one for line in lines for one in _numbers(line)}
    found = [Told(Kind.PHONE, one) for one in list(numbers.values())[:_MOST]]
    title = next((one for line in lines for one in _titles(line, name)), None)
    return (*found, Told(Kind.TITLE, title)) if title else tuple(found)


def _numbers(line: str) -> Iterator[str]:
    for found in _NUMBER.finditer(line):
        text = " ".join(found[0].split())
        digits = sum(char.isdigit() for char in text)
        before = line[: found.start()]
        labelled = _LABELLED.search(line, max(0, found.start() - 20), found.end())
        is_called = labelled is not None and labelled.end() == found.start()
        is_foreign = text.startswith(("+", "00")) and _is_alone(before)
        piece = re.split(r"[|·•,;]", before)[-1]
        if digits not in _DIGITS or _FAX.search(piece) or _DATE.fullmatch(text):
            continue
        if is_called or is_foreign:
            yield text


def _is_alone(before: str) -> bool:
    """Return whether a number begins its line, or its piece of it."""
    return not re.split(r"[|·•,;]", before)[-1].strip(" :.()-")


def _titles(line: str, name: str | None) -> Iterator[str]:
    mine = set(fold(name or "").split())
    for piece in _SPLIT.split(line):
        words = re.findall(r"\w+", fold(piece))
        if not 1 <= len(words) <= 7 or len(piece) > _TITLE_CHARACTERS or _NO_TITLE.search(piece):
            continue
        if not mine >= set(words) and any(word in _ROLES for word in words):
            yield piece.strip(" -*_()")
