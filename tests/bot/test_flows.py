"""The bot's talk: greets once, answers when sure, asks when not, and never goes round."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.flows.engine import (
    ANSWERS,
    ARTICLE,
    NO,
    OTHER,
    PERSON,
    YES,
    At,
    Offer,
    Place,
    Step,
    Turn,
    next_step,
)
from bot.flows.handoff import HandOver
from bot.flows.phrasebook import all_words, words_for

WORDS = words_for("en")
WISH = HandOver(list(all_words().values()))


def offer(number: int, confidence: float) -> Offer:
    return Offer(
        article_id=number,
        title=f"Article {number}",
        answer=f"Answer {number}.",
        url=f"https://shop.example/help/a{number}",
        confidence=confidence,
    )


SURE = (offer(1, 0.95), offer(2, 0.5), offer(3, 0.1))
HALF = (offer(1, 0.6), offer(2, 0.5), offer(3, 0.1))
NONE = (offer(1, 0.2),)


def step(
    place: Place, text: str = "", pressed: str | None = None, offers: tuple[Offer, ...] = ()
) -> Step:
    return next_step(Turn(text=text, pressed=pressed, offers=offers), place, WORDS, WISH)


def test_a_sure_answer_comes_with_link_and_the_question_whether_it_helped() -> None:
    taken = step(Place(), "where is my order", offers=SURE)
    greeting, answer = taken.replies
    assert greeting.text == WORDS.sentences.greeting
    assert "Answer 1." in answer.text
    assert "(https://shop.example/help/a1)" in answer.text
    assert answer.text.endswith("Did this solve it?")
    assert [choice.value for choice in answer.choices] == [YES, NO, PERSON]
    assert (taken.article_id, taken.hand_off) == (1, None)


def test_yes_solves_it_and_the_bot_is_silent_afterwards() -> None:
    answered = step(Place(), "where is my order", offers=SURE).place
    for taken in (step(answered, pressed=YES), step(answered, "Yes, thanks!")):
        assert taken.solved
        assert taken.judged == (1, True)
        assert step(taken.place, "one more thing", offers=SURE).replies == ()


def test_no_brings_the_second_best_once_and_then_a_person() -> None:
    answered = step(Place(), "where is my order", offers=SURE).place
    second = step(answered, pressed=NO, offers=SURE)
    assert second.article_id == 2
    assert second.judged == (1, False)
    third = step(second.place, "no", offers=SURE)
    assert third.hand_off == "the answer did not help"
    assert third.place.at is At.DONE


def test_the_same_question_again_never_gets_the_same_answer_again() -> None:
    answered = step(Place(), "where is my order", offers=SURE).place
    again = step(answered, "WHERE IS MY ORDER", offers=SURE)
    assert again.article_id == 2
    assert step(again.place, "WHERE IS MY ORDER??", offers=SURE).hand_off


def test_not_even_two_articles_with_one_text_are_said_twice() -> None:
    sentences = replace(WORDS.sentences, another=WORDS.sentences.answer)
    words = replace(WORDS, sentences=sentences)
    twins = tuple(replace(offer(1, 0.99 - n / 100), article_id=n) for n in (1, 2))
    first = next_step(Turn(text="where is it", offers=twins), Place(), words, WISH)
    second = next_step(Turn(pressed=NO, offers=twins), first.place, words, WISH)
    assert second.hand_off == "nothing new to say"


def test_a_half_sure_bot_shows_a_menu_and_gives_the_answer_chosen() -> None:
    menu = step(Place(), "order thing", offers=HALF)
    choices = menu.replies[-1].choices
    assert [c.value for c in choices] == [*(f"{ARTICLE}{n}" for n in (1, 2, 3)), OTHER, PERSON]
    for chosen in (
        step(menu.place, pressed=f"{ARTICLE}2", offers=HALF),
        step(menu.place, "2", offers=HALF),
        step(menu.place, "article 2", offers=HALF),
    ):
        assert chosen.article_id == 2
        assert "Answer 2." in chosen.replies[0].text
    assert step(menu.place, pressed=OTHER, offers=HALF).hand_off
    assert step(menu.place, "something else", offers=HALF).hand_off
    assert step(menu.place, "7", offers=HALF).hand_off
    assert step(menu.place, "still the order thing", offers=HALF).hand_off


def test_an_unsure_bot_hands_over_at_once() -> None:
    taken = step(Place(), "my cat likes the box", offers=NONE)
    assert taken.hand_off == "no article fits"
    assert [r.text for r in taken.replies] == [
        WORDS.sentences.greeting,
        WORDS.sentences.hand_over,
    ]


def test_outside_business_hours_the_opening_is_said() -> None:
    turn = Turn(text="my cat likes the box", closed_until="2026-03-02, 09:00 (UTC)")
    taken = next_step(turn, Place(), WORDS, WISH)
    assert "2026-03-02, 09:00 (UTC)" in taken.replies[-1].text


def test_a_mere_hello_is_greeted_asked_once_more_and_then_a_person_comes() -> None:
    first = step(Place(), "Hi!")
    second = step(first.place, "hello")
    third = step(second.place, "hello there")
    assert WORDS.sentences.what in first.replies[0].text
    assert second.replies[0].text == WORDS.sentences.more
    assert third.hand_off == "no question yet"


@pytest.mark.parametrize(
    "text",
    [
        "human",
        "I want to talk to a person",
        "please connect me with an agnet",
        "this bot is stupid",
        "someone else on the line",
        "reception please",
        "quiero hablar con una persona",
        "ich möchte mit einem Mitarbeiter sprechen",
        "je voudrais parler à un conseiller",
        "vorrei parlare con un operatore",
        "quero falar com um atendente",
    ],
)
@pytest.mark.parametrize("at", [At.START, At.ASKED, At.ANSWERED, At.MENU])
def test_a_wish_for_a_person_is_granted_wherever_the_talk_stands(text: str, at: At) -> None:
    place = Place(at=at, shown=(1,), answers=1, offered=(2, 3))
    taken = step(place, text, offers=SURE)
    assert taken.hand_off == "asked for a person"
    assert len(taken.replies) == 1


@pytest.mark.parametrize(
    "text",
    [
        "my chair is broken",
        "Can someone else pick up my parcel?",
        "are you a real person?",
        "I spoke to your agent yesterday about the table",
        "how do I return a wardrobe",
        "a table for four persons",
        "wo ist meine Bestellung",
        "¿dónde está mi pedido?",
        "where is the estate agency",
    ],
)
def test_a_question_is_not_mistaken_for_a_wish(text: str) -> None:
    assert not WISH.wanted(text)


@pytest.mark.parametrize(
    "text",
    [
        "I will call my lawyer",
        "the lamp caught fire",
        "you charged me twice!! no: I was charged twice",
        "this is unacceptable",
    ],
)
def test_alarm_goes_to_a_person_even_where_an_article_fits(text: str) -> None:
    assert step(Place(), text, offers=SURE).hand_off == "words of alarm"


def test_a_button_of_long_ago_does_nothing() -> None:
    assert step(Place(), pressed=YES) == Step(place=Place())
    assert step(Place(at=At.MENU, offered=(1,)), pressed="rating:5").replies == ()


def test_pictures_without_words_go_to_a_person() -> None:
    assert step(Place(), "  ").hand_off == "a message without words"


def test_every_language_says_and_understands_the_same_things() -> None:
    books = all_words()
    assert set(books) == {"en", "es", "it", "de", "fr", "pt"}
    for words in books.values():
        assert "{answer}" in words.sentences.answer
        assert "{url}" in words.sentences.another
        assert "{when}" in words.sentences.closed
        assert words.means(words.choices.yes, words.understood.yes)
        assert words.means(words.choices.no, words.understood.no)
        assert words.means(words.choices.other, words.understood.other)
        assert WISH.wanted(words.choices.person), words.language
        assert not WISH.wanted(words.sentences.what)
    assert words_for("zz").language == "en"


TALK = ["hi", "hello", "yes", "no", "thanks", "2", "9", "something else", "where is it", "refund"]
PRESSES = [YES, NO, OTHER, *(f"{ARTICLE}{n}" for n in range(1, 7)), "bot:article:x", "rating:5"]


def random_turn(rng: Random) -> Turn:
    found = rng.sample(range(1, 7), rng.randint(0, 3))
    offers = tuple(offer(n, rng.random()) for n in found)
    if rng.random() < 0.3:
        every = tuple(offer(n, 0.0) for n in range(1, 7))
        return Turn(pressed=rng.choice(PRESSES), offers=every)
    return Turn(text=f"{rng.choice(TALK)}", offers=offers)


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_talk_goes_round_in_circles(language: str) -> None:
    words = words_for(language)
    for seed in range(1_000):
        rng = Random(seed)
        place, said, clarified, answered, over = Place(), list[str](), 0, 0, False
        for _ in range(15):
            turn = random_turn(rng)
            taken = next_step(turn, place, words, WISH)
            texts = [reply.text for reply in taken.replies]
            assert not (over and texts), "silent for good"
            answered += taken.article_id is not None
            clarified += taken.place.clarifications > place.clarifications
            said += texts
            place, over = taken.place, over or taken.solved or taken.hand_off is not None
        assert len(said) == len(set(said)), f"said twice in talk {seed}"
        assert answered <= ANSWERS
        assert clarified <= 1
        assert len(said) <= 6
        wish = next_step(Turn(text="human"), place, words, WISH)
        assert over or wish.hand_off == "asked for a person"


@settings(max_examples=80)
@given(st.text(max_size=400), st.sampled_from(list(At)))
def test_whatever_is_typed_the_bot_answers_or_hands_over(text: str, at: At) -> None:
    place = Place(at=at, shown=(1,), answers=1, offered=(2, 3))
    taken = step(place, text, offers=SURE)
    assert (at is At.DONE) == (not taken.replies)
