"""The proposal of a set, pure: L130–L135."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.lending.units.set_rules import Candidate, Mix, MixLimits, count_mix, fits_grade, judge_mix, propose_set

LIMITS = MixLimits(max_textbooks=2, min_children=60)


def book(number: int, material: str = "children", **more: Any) -> Candidate:
    facts: dict[str, Any] = {
        "record_id": number, "title_sort": f"{number:04d}", "group": "8", "series": "", "grades": frozenset(),
        "stays": 0, "year": 2020,
    }  # fmt: skip
    return Candidate(copy_id=number, material=material, **{**facts, **more})


def test_l130_what_fits_a_grade() -> None:
    assert fits_grade(book(1), 4) and fits_grade(book(1), None)
    assert fits_grade(book(1, grades=frozenset({4, 5})), 4)
    assert not fits_grade(book(1, grades=frozenset({5})), 4)
    assert not fits_grade(book(1, grades=frozenset({4})), None)
    assert not fits_grade(book(1, "textbook"), 4) and fits_grade(book(1, "textbook", grades=frozenset({4})), 4)
    for never in ("teacher", "tool", "map_picture", "disc", "digital"):
        assert not fits_grade(book(1, never, grades=frozenset({4})), 4)


def test_l131_l132_not_again_one_of_a_title_three_of_a_series() -> None:
    shelf = [book(1), book(2, record_id=1), book(3), *(book(n, series="doraemon") for n in range(10, 20))]
    chosen = propose_set(shelf, 10, grade=4, limits=LIMITS, had={3})
    assert [one.copy_id for one in chosen] == [1, 10, 11, 12]
    kept = [book(10, series="doraemon"), book(11, series="doraemon")]
    assert [one.copy_id for one in propose_set(shelf, 10, grade=4, limits=LIMITS, kept=kept)] == [1, 3, 12]


def test_l133_textbooks_and_children_of_the_whole_set() -> None:
    grade = frozenset({4})
    shelf = [book(n, "textbook", group="3", grades=grade) for n in range(10)]
    shelf += [book(n, "reference", group="5") for n in range(20, 30)] + [book(n) for n in range(40, 70)]
    chosen = propose_set(shelf, 20, grade=4, limits=LIMITS)
    mix = count_mix(one.material for one in chosen)
    assert len(chosen) == 20 and mix == Mix(children=12, textbooks=2, others=6) and judge_mix(mix, LIMITS) == ()
    # With no children's book on the shelf the set stays short rather than lopsided.
    assert len(propose_set(shelf[:20], 10, grade=4, limits=LIMITS)) == 4


def test_l134_kinds_in_turn_then_grade_then_seldom_out_then_new_then_title() -> None:
    shelf = [
        book(1, group="5", title_sort="b"), book(2, group="5", title_sort="a"), book(3, group="8", stays=2),
        book(4, group="8", stays=1, year=2010), book(5, group="8", stays=1, year=2024),
        book(6, group="8", stays=9, grades=frozenset({4})),
    ]  # fmt: skip
    chosen = propose_set(shelf, 6, grade=4, limits=LIMITS)
    assert [one.copy_id for one in chosen] == [2, 6, 1, 5, 4, 3]


def test_l135_a_lopsided_set_is_told() -> None:
    assert judge_mix(Mix(), LIMITS) == ()
    assert judge_mix(Mix(children=5, textbooks=3, others=2), LIMITS) == ("too_many_textbooks", "too_few_children")
    assert Mix(children=2, others=1).children_percent == 67


candidates = st.lists(
    st.builds(
        book, st.integers(1, 60), st.sampled_from(["children", "reference", "textbook", "periodical", "teacher"]),
        record_id=st.integers(1, 40), group=st.sampled_from("358K"), series=st.sampled_from(["", "a", "b"]),
        grades=st.frozensets(st.integers(3, 5), max_size=2), stays=st.integers(0, 3),
        year=st.none() | st.integers(2000, 2026),
    ),
    max_size=60, unique_by=lambda one: one.copy_id,
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no defect
@given(candidates, st.integers(0, 40), st.sets(st.integers(1, 40), max_size=5), st.randoms(use_true_random=False))
def test_a_proposal_keeps_every_promise_whatever_stands_on_the_shelf(shelf, wanted, had, random) -> None:
    chosen = propose_set(shelf, wanted, grade=4, limits=LIMITS, had=had)
    assert len(chosen) <= wanted
    assert len({one.record_id for one in chosen}) == len(chosen) and not {one.record_id for one in chosen} & had
    assert all(fits_grade(one, 4) for one in chosen)
    assert all(count <= 3 for name, count in Counter(one.series for one in chosen).items() if name)
    mix = count_mix(one.material for one in chosen)
    assert mix.textbooks <= 2 and mix.total - mix.children <= wanted - -(-wanted * 60 // 100)
    shuffled = list(shelf)
    random.shuffle(shuffled)
    assert propose_set(shuffled, wanted, grade=4, limits=LIMITS, had=had) == chosen
