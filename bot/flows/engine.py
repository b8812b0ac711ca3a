"""One step of the bot's talk: what it says to a message, and where that leaves it. Pure.

Every way through ends: a case sees at most two answers, one question back and no sentence
twice; whatever else would follow is a person's.
"""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from bot.flows.handoff import HandOver
from bot.flows.phrasebook import Words
from desk.ports.messages import Choice
from knowledge.rules import ANSWER_FROM, MENU_FROM
from knowledge.text import tokens

ANSWERS, CLARIFICATIONS = 2, 1  # at most, per case
YES, NO, OTHER, PERSON = "bot:yes", "bot:no", "bot:other", "bot:person"
ARTICLE = "bot:article:"


class At(StrEnum):
    """Where the talk stands."""

    START = "start"
    ASKED = "asked"  # greeted, and asked what it is about
    ANSWERED = "answered"  # an answer is out, with "did this solve it?"
    MENU = "menu"  # up to three articles to choose from
    DONE = "done"  # solved, or with the people: silent for good


class Place(Struct, frozen=True, kw_only=True):
    """The customer's place in the talk: all that is remembered between two messages."""

    at: At = At.START
    answers: int = 0
    clarifications: int = 0
    shown: tuple[int, ...] = ()  # articles whose answer was given
    offered: tuple[int, ...] = ()  # articles that may still be the answer, best first
    said: tuple[str, ...] = ()  # texts, so that none is said twice


class Offer(Struct, frozen=True, kw_only=True):
    """An article that may answer, as far as the bot needs it."""

    article_id: int
    title: str
    answer: str
    url: str
    confidence: float


class Turn(Struct, frozen=True, kw_only=True):
    """What the customer did. `pressed`: the value of a button, then `text` is empty."""

    text: str = ""
    pressed: str | None = None
    wants_person: bool = False  # said so through the channel: /human, its button
    offers: tuple[Offer, ...] = ()  # for the text, best first; for a press, those of the place
    closed_until: str | None = None  # outside business hours: when the desk opens, in words


class BotReply(Struct, frozen=True, kw_only=True):
    """One message of the bot: Markdown, with buttons."""

    text: str
    choices: tuple[Choice, ...] = ()


class Step(Struct, frozen=True, kw_only=True):
    """What follows: replies in order, and whether the people take over or it is solved.

    `hand_off` is the reason in a word or two for agents; `article_id` the answer just given;
    `judged` the article the customer just called helpful or not.
    """

    place: Place
    replies: tuple[BotReply, ...] = ()
    hand_off: str | None = None
    solved: bool = False
    article_id: int | None = None
    judged: tuple[int, bool] | None = None
    searched: bool = False  # what was found for the text is what is shown


def next_step(turn: Turn, place: Place, words: Words, wish: HandOver) -> Step:
    """Return the bot's next step. After a hand-over or a solution it says nothing any more."""
    if place.at is At.DONE:
        return Step(place=place)
    if turn.pressed is None and not turn.text.strip():
        return hand_off(turn, place, words, "a message without words")
    if turn.wants_person or turn.pressed == PERSON or wish.wanted(turn.text):
        return hand_off(turn, place, words, "asked for a person")
    if alarming(turn.text, words):
        return hand_off(turn, place, words, "words of alarm")
    step = _step_at(turn, place, words)
    if any(reply.text in place.said for reply in step.replies):
        return hand_off(turn, place, words, "nothing new to say")
    said = (*place.said, *(reply.text for reply in step.replies))
    return replace(step, place=replace(step.place, said=said))


def hand_off(turn: Turn, place: Place, words: Words, reason: str) -> Step:
    """Say that a person takes over, outside business hours from when, and be silent from now."""
    sentences = words.sentences
    text = sentences.hand_over
    if turn.closed_until is not None:
        text = sentences.closed.format(when=turn.closed_until)
    done = replace(place, at=At.DONE, said=(*place.said, text))
    return Step(place=done, replies=(BotReply(text=text),), hand_off=reason)


def alarming(text: str, words: Words) -> bool:
    """Return whether a text has words that no machine should answer: law, danger, lost money."""
    said = f" {' '.join(tokens(text[:4_000]))} "
    return any(f" {alarm} " in said for alarm in words.understood.alarm)


def _step_at(turn: Turn, place: Place, words: Words) -> Step:
    meant = _meant(turn, place, words)
    if place.at is At.ANSWERED and meant == YES:
        solved = BotReply(text=words.sentences.solved)
        done = replace(place, at=At.DONE)
        return Step(place=done, replies=(solved,), solved=True, judged=(place.shown[-1], True))
    if place.at is At.ANSWERED and meant == NO:
        step = _second_best(turn, place, words)
        return replace(step, judged=(place.shown[-1], False))
    if place.at is At.MENU and meant in (NO, OTHER):
        return hand_off(turn, place, words, "none of the articles fits")
    if meant is not None and meant.startswith(ARTICLE):
        return _chosen(turn, place, words, meant)
    if turn.pressed is not None:
        return Step(place=place)  # a button of long ago: it asks for nothing any more
    return _asked(turn, place, words)


def _meant(turn: Turn, place: Place, words: Words) -> str | None:
    """Return the button a message stands for: pressed, or typed where buttons are numbers."""
    if turn.pressed is not None:
        return turn.pressed
    typed = " ".join(tokens(turn.text[:200]))
    known = words.understood
    if place.at is At.MENU and typed.isdecimal() and typed.isascii():
        number = int(typed[:3])
        if 1 <= number <= len(place.offered):
            return f"{ARTICLE}{place.offered[number - 1]}"
        return OTHER
    if place.at is At.MENU:
        for offer in turn.offers:
            if offer.article_id in place.offered and " ".join(tokens(offer.title)) == typed:
                return f"{ARTICLE}{offer.article_id}"
    for value, said in ((YES, known.yes), (NO, known.no), (OTHER, known.other)):
        if typed in said:
            return value
    return None


def _asked(turn: Turn, place: Place, words: Words) -> Step:
    """Answer a question in words: an article, a menu, a question back, or a person."""
    sentences = words.sentences
    greeting = (BotReply(text=sentences.greeting),) if place.at is At.START else ()
    fresh = tuple(o for o in turn.offers if o.article_id not in place.shown)
    likely = tuple(o for o in fresh if o.confidence >= MENU_FROM)
    if words.means(turn.text, words.understood.hello):
        return _greeted(turn, place, words)
    if likely and likely[0].confidence >= ANSWER_FROM and place.answers < ANSWERS:
        step = _answer(place, words, likely[0], likely[1:], before=greeting)
        return replace(step, searched=True)
    if likely and place.at is At.ANSWERED and place.answers < ANSWERS:
        step = _answer(place, words, likely[0], likely[1:])  # he said it anew: the next best once
        return replace(step, searched=True)
    if likely and place.clarifications < CLARIFICATIONS and place.at is not At.ANSWERED:
        return _menu(place, words, fresh[:3], before=greeting)
    reason = "no article fits" if place.at is not At.ANSWERED else "the answer did not help"
    step = hand_off(turn, place, words, reason)
    return replace(step, replies=(*greeting, *step.replies))


def _greeted(turn: Turn, place: Place, words: Words) -> Step:
    """Answer a mere "hello": greet and ask once, ask for more once, then a person."""
    sentences = words.sentences
    if place.at is At.START:
        text = f"{sentences.greeting} {sentences.what}"
        return Step(place=replace(place, at=At.ASKED), replies=(BotReply(text=text),))
    if place.at is At.ASKED and place.clarifications < CLARIFICATIONS:
        asked = replace(place, clarifications=place.clarifications + 1)
        return Step(place=asked, replies=(BotReply(text=sentences.more),))
    return hand_off(turn, place, words, "no question yet")


def _menu(
    place: Place, words: Words, offers: Sequence[Offer], *, before: tuple[BotReply, ...]
) -> Step:
    choices = tuple(
        Choice(label=offer.title[:60], value=f"{ARTICLE}{offer.article_id}") for offer in offers
    )
    last = (
        Choice(label=words.choices.other, value=OTHER),
        Choice(label=words.choices.person, value=PERSON),
    )
    reply = BotReply(text=words.sentences.menu, choices=(*choices, *last))
    at_menu = replace(
        place,
        at=At.MENU,
        clarifications=place.clarifications + 1,
        offered=tuple(offer.article_id for offer in offers),
    )
    return Step(place=at_menu, replies=(*before, reply), searched=True)


def _chosen(turn: Turn, place: Place, words: Words, value: str) -> Step:
    """Give the answer that was chosen from a menu, this one's or an older one's."""
    picked = next((o for o in turn.offers if f"{ARTICLE}{o.article_id}" == value), None)
    if picked is None or picked.article_id in place.shown or place.answers >= ANSWERS:
        return hand_off(turn, place, words, "chose what was answered already")
    rest = [o for o in turn.offers if o.article_id in place.offered and o != picked]
    return _answer(place, words, picked, rest)


def _second_best(turn: Turn, place: Place, words: Words) -> Step:
    """After a no: the next article once, then a person."""
    left = [o for o in turn.offers if o.article_id in place.offered]
    left = [o for o in left if o.article_id not in place.shown]
    if not left or place.answers >= ANSWERS:
        return hand_off(turn, place, words, "the answer did not help")
    return _answer(place, words, left[0], left[1:])


def _answer(
    place: Place,
    words: Words,
    offer: Offer,
    rest: Sequence[Offer],
    *,
    before: tuple[BotReply, ...] = (),
) -> Step:
    """Give an article's short answer and its link, and ask whether that was it."""
    sentences, labels = words.sentences, words.choices
    shape = sentences.another if place.answers else sentences.answer
    title = offer.title.replace("[", "(").replace("]", ")")
    text = shape.format(answer=offer.answer, title=title, url=offer.url)
    reply = BotReply(
        text=f"{text}\n\n{sentences.solved_it}",
        choices=(
            Choice(label=labels.yes, value=YES),
            Choice(label=labels.no, value=NO),
            Choice(label=labels.person, value=PERSON),
        ),
    )
    answered = replace(
        place,
        at=At.ANSWERED,
        answers=place.answers + 1,
        shown=(*place.shown, offer.article_id),
        offered=tuple(o.article_id for o in rest),
    )
    return Step(place=answered, replies=(*before, reply), article_id=offer.article_id)
