"""A book left under the scanner is one act."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.duplicates import DuplicateFilter
from hardware.scan import Scan, ScanProblem


def scan(text: str, at: float) -> Scan:
    return Scan(text, at, "test")


def test_window_slides_while_the_book_lies_there() -> None:
    duplicates = DuplicateFilter(1.5)
    assert duplicates.is_new(scan("A1", 10.0))
    assert [duplicates.is_new(scan("A1", 10.0 + i)) for i in range(1, 60)] == [False] * 59
    assert duplicates.is_new(scan("A1", 69.0 + 1.5))


def test_two_books_under_one_scanner_do_not_free_each_other() -> None:
    duplicates = DuplicateFilter(1.5)
    order = [duplicates.is_new(scan(text, 10 + i * 0.4)) for i, text in enumerate("ABABABAB")]
    assert order == [True, True] + [False] * 6


def test_problems_always_pass_and_are_not_remembered() -> None:
    duplicates = DuplicateFilter(1.5)
    broken = Scan("", 10.0, "test", ScanProblem.PARTIAL)
    assert duplicates.is_new(broken) and duplicates.is_new(broken)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("AB"), st.floats(0, 3)), min_size=1, max_size=30))
def test_passed_again_only_after_a_quiet_window(acts: list[tuple[str, float]]) -> None:
    duplicates, now, last = DuplicateFilter(1.5), 0.0, {}
    for text, wait in acts:
        now += wait
        assert duplicates.is_new(scan(text, now)) is (text not in last or now - last[text] >= 1.5)
        last[text] = now
