"""The language of a mail is told by its words, when they are enough and clear."""

import asyncio
from collections.abc import Iterator

import pytest

from channels.email import language
from channels.email.language import detected
from channels.sandbox.door import MemoryDoor
from tests.channels.email_mails import mail, message
from tests.channels.email_world import KIT, channel, settings


@pytest.fixture
def loaded() -> Iterator[None]:
    language.load()
    yield
    language.forget()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Where is my order? It should have arrived last week.", "en"),
        ("Dove si trova il mio ordine numero 20481, per favore?", "it"),
        ("Guten Tag, mein Stuhl hat leider ein gebrochenes Bein.", "de"),
        ("Bonjour, ma commande n'est toujours pas arrivée.", "fr"),
        ("Estou à espera da minha encomenda há duas semanas.", "pt"),
        ("私の注文はどこですか、教えてください。ありがとうございます。", "ja"),
        ("Здравствуйте, где мой заказ? Он должен был прийти вчера.", "ru"),
    ],
)
def test_the_language_is_told_by_the_words(loaded: None, text: str, code: str) -> None:
    found = detected(text)
    assert found is not None
    assert (found.code, found.confidence >= 0.9) == (code, True)


@pytest.mark.parametrize("text", ["", "ok", "Danke schön!", " " * 500])
def test_too_few_words_tell_nothing(loaded: None, text: str) -> None:
    assert detected(text) is None


def test_a_mail_says_its_language_and_how_sure_that_is(loaded: None) -> None:
    found = message(mail(body=b"Dove si trova il mio ordine, per favore? Grazie mille.\n"))
    assert found.language == "it"
    assert found.trace[0].words.startswith("Written in it (9") or "100%" in found.trace[0].words


async def test_an_open_inbox_has_it_and_nothing_is_told_before() -> None:
    language.forget()
    text = "Where is my order? It should have arrived last week."
    assert detected(text) is None
    async with channel(settings()).run(MemoryDoor(KIT.clock)), asyncio.timeout(20):
        while detected(text) is None:  # noqa: ASYNC110 - it is loaded beside the mail
            await asyncio.sleep(0.05)
    language.forget()
