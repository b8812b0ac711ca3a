"""What a signature tells of its writer: numbers with a word before them, a title, nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.customers.contact import Kind, told


def said(signature: str, name: str | None = None) -> list[tuple[str, str]]:
    return [(one.kind.value, one.value) for one in told(signature, name)]


def test_numbers_and_title_are_told_and_a_fax_is_not() -> None:
    signature = (
        "Ada Lund\nHead of Purchasing | Acme GmbH\n"
        "Tel.: +49 (0)30 123456-78 | Fax: +49 30 123456-99\nMobil 0171 / 2345678\nwww.acme.example"
    )
    assert said(signature, "Ada Lund") == [
        ("phone", "+49 (0)30 123456-78"),
        ("phone", "0171 / 2345678"),
        ("title", "Head of Purchasing"),
    ]


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("Telefon 030 1234567", "030 1234567"),
        ("Tél. 01 23 45 67 89", "01 23 45 67 89"),
        ("Port. 06 12 34 56 78", "06 12 34 56 78"),
        ("cell. 333 1234567", "333 1234567"),
        ("Móvil: 612 345 678", "612 345 678"),
        ("m: (555) 123-4567", "(555) 123-4567"),
        ("T +44 20 7946 0958", "+44 20 7946 0958"),
        ("+1 555 123 4567", "+1 555 123 4567"),
        ("Acme | +1 555 123 4567", "+1 555 123 4567"),
    ],
)
def test_a_number_is_known_by_the_word_before_it_or_its_plus(signature: str, expected: str) -> None:
    assert said(signature) == [("phone", expected)]


@pytest.mark.parametrize(
    "signature",
    [
        "Order 12345678 of 2024-10-11",
        "USt-IdNr. DE123456789\nIBAN DE89 3704 0044 0532 0130 00",
        "Amtsgericht Berlin HRB 1234567",
        "Telefax +49 30 123456-99",
        "Fax: 030 1234567",
        "SIREN 123 456 789 00012",
        "Sent from my iPhone 15",
        "12345678",
        "2026-11-27 09:00",
    ],
)
def test_other_numbers_are_no_phone_numbers(signature: str) -> None:
    assert said(signature) == []


@pytest.mark.parametrize(
    ("signature", "title"),
    [
        ("Max Müller\nGeschäftsführer", "Geschäftsführer"),
        ("John\nSenior Software Engineer, Contoso", "Senior Software Engineer"),
        ("Ana Gómez \u2013 Directora de Ventas", "Directora de Ventas"),
        ("Sofia Rossi\nResponsabile acquisti", "Responsabile acquisti"),
        ("Marie Dupont\nChargée de clientèle\nDirectrice adjointe", "Directrice adjointe"),
        ("João\nGerente de Produto", "Gerente de Produto"),
    ],
)
def test_a_title_is_told_in_six_languages(signature: str, title: str) -> None:
    assert said(signature) == [("title", title)]


def test_a_name_that_sounds_like_a_trade_is_no_title() -> None:
    assert said("Best regards\nSales Team", "Sales Team") == []
    assert said("Will our manager@acme.example call me?") == []


@given(st.text(max_size=400), st.text(max_size=40))
def test_whatever_stands_there_what_is_told_is_short_and_few(signature: str, name: str) -> None:
    found = told(signature, name)
    assert len(found) <= 4
    for one in found:
        assert one.value == one.value.strip()
        assert len(one.value) <= 60
        if one.kind is Kind.PHONE:
            assert 7 <= sum(char.isdigit() for char in one.value) <= 15
