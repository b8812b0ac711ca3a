"""The learner: right and rival move apart, no further than they must."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from knowledge.features import Features, dot
from knowledge.learn import CAP, MARGIN, Learner, Lesson, rehearse

weights = st.floats(0.1, 1.0)
vectors = st.dictionaries(st.integers(0, 8), weights, min_size=1, max_size=5)
standings = st.dictionaries(st.integers(1, 4), st.floats(0, 2), min_size=1, max_size=4)


@given(vectors, standings)
def test_a_step_widens_the_margin_and_a_kept_margin_moves_nothing(
    phi: dict[int, float], standing: dict[int, float]
) -> None:
    lesson = Lesson(phi, 1, {1: 0.5, **standing})
    learner = Learner()
    rival, tau = learner.study(lesson)
    assert 0 <= tau <= CAP
    if rival == 1 or tau == 0:
        assert learner.score(phi, 1) == 0
        return
    assert learner.score(phi, 1) > 0 > learner.score(phi, rival)
    assert learner.score(phi, 1) == -learner.score(phi, rival)


def test_repetition_reaches_the_margin_and_then_stops() -> None:
    learner = Learner()
    lesson = Lesson({0: 1.0, 1: 1.0}, 1, {1: 0.0, 2: 0.4})
    steps = [learner.study(lesson)[1] for _ in range(20)]
    assert steps[0] == CAP
    assert steps[-1] < 1e-9
    ahead = learner.score(lesson.phi, 1) - learner.score(lesson.phi, 2) - 0.4
    assert ahead >= MARGIN - 1e-9


def test_what_is_learned_tells_like_questions_apart() -> None:
    lessons = [
        Lesson({0: 1.0, 1: 1.0}, 1, {1: 0.5, 2: 0.5}),
        Lesson({0: 1.0, 2: 1.0}, 2, {1: 0.5, 2: 0.5}),
    ]
    taught = rehearse(lessons, Random(1))
    for lesson in lessons:
        scores = {at: taught.score(lesson.phi, at) for at in (1, 2)}
        assert max(scores, key=lambda at: scores[at]) == lesson.right
    assert rehearse(lessons, Random(1)).score({0: 1.0}, 1) == taught.score({0: 1.0}, 1)


def test_a_forgotten_article_scores_nothing() -> None:
    learner = Learner()
    learner.study(Lesson({0: 1.0}, 1, {1: 0.0, 2: 0.0}))
    learner.forget(1)
    assert learner.score({0: 1.0}, 1) == 0
    assert learner.score({0: 1.0}, 2) < 0


@given(st.lists(st.sampled_from(["refund", "order", "sofa", "late"]), max_size=12))
def test_features_are_at_most_two_long_and_alike_for_like_texts(words: list[str]) -> None:
    features = Features()
    features.count(["refund", "late"], ["refund", "late"])
    phi = features.of(words, words)
    assert dot(phi, phi) <= 2 + 1e-9
    assert dot(phi, features.of(["zzz"], ["zzz"])) == 0
