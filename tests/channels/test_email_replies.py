"""What was written now, apart from the quote and the signature, in the languages people write."""

# ruff: noqa: RUF001  (letters of many scripts are the point)

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.quotes import visible

DATA = Path(__file__).parents[1] / "data/mail"
ATTRIBUTIONS: dict[str, str] = json.loads((DATA / "attributions.json").read_text("utf-8"))
WORDS: dict[str, dict[str, str]] = json.loads((DATA / "forward_words.json").read_text("utf-8"))
QUOTE = "> The chair wobbles.\n>\n> Ada\n"


@pytest.mark.parametrize("client", ATTRIBUTIONS)
def test_the_quote_of_every_client_is_cut(client: str) -> None:
    line = ATTRIBUTIONS[client]
    for quote in (QUOTE, QUOTE.replace("> ", "").replace(">", "")):
        assert visible(f"It does.\n\nAt 10:15 too.\n\n{line}\n\n{quote}") == (
            "It does.\n\nAt 10:15 too."
        )
    wrapped = line.replace(" <ada", "\n<ada", 1)
    assert visible(f"It does.\n\n{wrapped}\n{QUOTE}") == "It does."
    assert visible(f"{line}\n{QUOTE}\nIt does.\n") == "It does."


@pytest.mark.parametrize("language", WORDS)
def test_the_header_that_outlook_quotes_is_cut_in_every_language(language: str) -> None:
    words = WORDS[language]
    head = (
        f"{words['from']}: Ada Byron <ada@x.example>\n{words['sent']}: 2 March 2026 10:15\n"
        f"{words['to']}: support@acme.example\n{words['subject']}: Chair\n"
    )
    quoted = "\nThe chair wobbles.\n"
    for one in (
        head,
        f"{'_' * 32}\n{head}",
        f"-----Original Message-----\n{head}",
        head.replace(":", "\u00a0:"),
        "".join(f"*{line.replace(':', ':*', 1)}\n" for line in head.split("\n")[:-1]),
    ):
        assert visible(f"It does.\n\n{one}{quoted}") == "It does.", one


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Enviado do meu iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Skickat från min iPhone",
        "Lähetetty iPhonesta",
        "Wysłane z iPhone'a",
        "Odesláno z iPhonu",
        "Отправлено с iPhone",
        "iPhone'umdan gönderildi",
        "iPhoneから送信",
        "发自我的 iPhone",
        "나의 iPhone에서 보냄",
        "Get Outlook for Android",
        "Holen Sie sich Outlook für iOS",
        "Gesendet von Mail für Windows",
        "Von meinem Samsung Galaxy Smartphone gesendet.",
        "-- \nAda Byron\nAcme",
        "Best regards,\nAda Byron\n+49 30 1234",
        "Mit freundlichen Grüßen\nAda",
        "Cordialement,\n\nAda Byron",
        "Saludos",
        "Med venlig hilsen\nAda",
        "Pozdrawiam,\nAda",
        "С уважением,\nАда",
        "This e-mail is confidential and intended only for its recipient.",
    ],
)
def test_a_signature_is_cut_and_stays_when_it_is_all(line: str) -> None:
    assert visible(f"It does.\n\n{line}\n") == "It does."
    assert visible(f"It does.\n\n{line}\n\n{ATTRIBUTIONS['gmail de']}\n{QUOTE}") == "It does."
    assert visible(f"{line}\n").strip()


@pytest.mark.parametrize(
    "text",
    [
        "I sent it from my desk on Monday.",
        "From: what I see it is broken.\n\nPlease help.",
        "The order:\nDate: 5 May\nArticle: chair",
        "Hello.\n\nOn Monday at 10:15 I wrote to you:\nnothing happened.",
        "Best regards to Bob, who helped me last week with all of it. He was very kind to us.",
        "Regards\n\nThat word was all the letter said. Is it meant to be so short?",
        "I have an iPhone and my wife has an Android.",
        "Thanks!",
        "> quoted\n\nmy answer\n\n> more\n\nmy second answer",
        "a -- b\n--- c",
    ],
)
def test_words_that_only_look_like_a_quote_stay(text: str) -> None:
    assert visible(text) == text


def test_an_answer_between_quotes_keeps_what_it_answers() -> None:
    text = f"{ATTRIBUTIONS['gmail en']}\n> Does it wobble?\n\nYes.\n\n> Much?\n\nVery.\n"
    assert visible(text) == text.strip()


@given(
    st.lists(st.sampled_from([*ATTRIBUTIONS.values(), *QUOTE.split("\n"), "-- ", "It does.", ""]))
)
def test_something_is_always_left(lines: list[str]) -> None:
    text = "\n".join(lines)
    found = visible(text)
    assert bool(found.strip()) == bool(text.strip())
    assert all(line.strip() in text for line in found.split("\n"))
