"""The scan list and who gets what, purely: L102, L104, L106, L107, L111, L233."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.contract.scans import make_card_number
from library.textbooks.model import PupilNeeds, ScanLine
from library.textbooks.rules import (
    assign,
    decide_needed,
    find_condition,
    is_worse,
    propose_by_list,
    read_scan_list,
    write_scan_list,
)

FIRST, SECOND, STRANGE = (make_card_number(serial) for serial in (1, 2, 3))
CARDS = {FIRST: 1, SECOND: 2}
MEMBERS = {1, 2, 3}


def pupils(*has: set[int]) -> list[PupilNeeds]:
    return [PupilNeeds(reader_id=n, name=f"Em {n}", has=frozenset(own)) for n, own in enumerate(has, 1)]


def test_l102_a_card_or_a_list_place_says_for_whom_the_books_after_it_are() -> None:
    lines = ["sgk.000001", FIRST, "=Rách", "SGK.000002", "=", "SGK.000003", "#3", "SGK.000004", "#", "SGK.5", ""]
    books, problems = read_scan_list(lines, CARDS, MEMBERS)
    assert problems == []
    assert [(book.reader_id, book.barcode, book.condition) for book in books] == [
        (None, "SGK.000001", None), (1, "SGK.000002", "torn"), (1, "SGK.000003", None), (3, "SGK.000004", None),
        (None, "SGK.5", None),
    ]  # fmt: skip


def test_l102_books_after_a_strange_card_go_to_nobody() -> None:
    books, problems = read_scan_list([STRANGE, "SGK.1", "#99", "SGK.2", "=đẹp", "#2", "SGK.3"], CARDS, MEMBERS)
    assert [(book.reader_id, book.barcode) for book in books] == [(2, "SGK.3")]
    assert [problem.reason.code for problem in problems] == [
        "textbook_not_in_class", "textbook_nobody", "textbook_not_in_class", "textbook_nobody",
        "textbook_condition_bad",
    ]  # fmt: skip


def test_l102_books_after_a_card_read_badly_are_not_given_to_the_child_before() -> None:
    damaged = SECOND[:-1] + str((int(SECOND[-1]) + 1) % 10)  # a digit read wrongly; and one lost
    for card in (damaged, SECOND[:-1], f"{SECOND}SGK.7", f"SGK.7{SECOND}", FIRST + SECOND):  # L233: and two codes
        books, problems = read_scan_list([FIRST, "SGK.1", card, "SGK.2", SECOND, "SGK.2"], CARDS, MEMBERS)
        assert [(book.reader_id, book.barcode) for book in books] == [(1, "SGK.1"), (2, "SGK.2")]
        assert [(one.text, one.reason.code) for one in problems] == [
            (card, "textbook_card_unread"), ("SGK.2", "textbook_nobody"),
        ]  # fmt: skip


def test_l102_books_for_nobody_in_particular_go_down_the_list() -> None:
    titles = {f"T{n}": (10, "Toán") for n in range(1, 5)}
    books = [ScanLine(reader_id=None, barcode=code) for code in titles]
    done = assign(books, pupils(set(), {10}, set()), titles, {10})
    assert [(pair.reader_id, pair.barcode) for pair in done.pairs] == [(1, "T1"), (3, "T2")]
    assert [(problem.text, problem.reason.code) for problem in done.problems] == [
        ("T3", "textbook_nobody_lacks"), ("T4", "textbook_nobody_lacks"),
    ]  # fmt: skip


def test_l104_what_is_not_handed_out_and_why() -> None:
    titles = {"T1": (10, "Toán"), "T2": (10, "Toán"), "X": (99, "Truyện")}
    books = [
        ScanLine(reader_id=1, barcode="T1"), ScanLine(reader_id=1, barcode="T1"), ScanLine(reader_id=2, barcode="T1"),
        ScanLine(reader_id=1, barcode="T2"), ScanLine(reader_id=2, barcode="X"), ScanLine(reader_id=2, barcode="?"),
    ]  # fmt: skip
    done = assign(books, pupils(set(), set()), titles, {10})
    assert [(pair.reader_id, pair.barcode) for pair in done.pairs] == [(1, "T1")]
    assert done.repeated == ("T1",)
    assert [problem.reason.code for problem in done.problems] == [
        "textbook_twice", "same_title", "textbook_not_in_set", "copy_unknown",
    ]  # fmt: skip


def test_l106_the_set_by_list_in_order_of_numbers_and_what_is_short() -> None:
    class_list = [*pupils(set(), {10}, set()), PupilNeeds(reader_id=4, name="Em 4", has=frozenset(), takes=False)]
    lines, short = propose_by_list(class_list, [10, 20], {10: ["A1", "A2"], 20: ["B1"]})
    assert [(line.reader_id, line.barcode) for line in lines] == [(1, "A1"), (1, "B1"), (3, "A2")]
    assert short == {20: 2}


def test_l107_conditions_by_word_and_worse_than_before() -> None:
    assert [find_condition(word) for word in ("mới", "TOT", "Khá", "cu", "rách", "hư hỏng", "torn", "xanh", "")] == [
        "new", "good", "fair", "worn", "torn", "damaged", "torn", None, None,
    ]  # fmt: skip
    assert is_worse("good", "torn") and not is_worse("torn", "good") and not is_worse(None, "torn")


def test_l111_where_the_number_of_pupils_comes_from() -> None:
    assert decide_needed(100, 120, 3, 118) == (100, "expected")
    assert decide_needed(None, 120, 3, 118) == (117, "classes")
    assert decide_needed(None, 0, 0, 118) == (118, "moved_up")
    assert decide_needed(None, 0, 0, 0) == (0, "none")


_lines = st.lists(
    st.builds(
        ScanLine, reader_id=st.sampled_from([None, 1, 2, 3]), barcode=st.sampled_from([f"SGK.{n:06d}" for n in range(9)]),
        condition=st.sampled_from([None, "new", "torn"]),
    ),
    max_size=25,
)  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_lines)
def test_a_scan_list_written_is_read_back_the_same(lines: list[ScanLine]) -> None:
    assert read_scan_list(write_scan_list(lines).splitlines(), CARDS, MEMBERS) == (lines, [])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_lines, st.lists(st.sets(st.integers(0, 2)), min_size=3, max_size=3))
def test_nobody_gets_a_title_twice_and_no_copy_goes_to_two(lines: list[ScanLine], has: list[set[int]]) -> None:
    titles = {f"SGK.{n:06d}": (n % 3, f"Sách {n % 3}") for n in range(8)}  # the ninth is unknown
    done = assign(lines, pupils(*has), titles, {0, 1})
    copies = [pair.barcode for pair in done.pairs]
    assert len(copies) == len(set(copies))
    given_titles = [(pair.reader_id, titles[pair.barcode][0]) for pair in done.pairs]
    assert len(given_titles) == len(set(given_titles))
    assert all(record_id in {0, 1} and record_id not in has[reader_id - 1] for reader_id, record_id in given_titles)
    # Nothing scanned is silently dropped.
    named = {*copies, *(problem.text for problem in done.problems)}
    assert {line.barcode for line in lines} == named
