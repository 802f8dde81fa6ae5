"""The class list of the next year, and lists with mistakes: safe to repeat, nobody deleted (issue: readers, bad input)."""

from __future__ import annotations

from datetime import date

import pytest
from reader_lists import SECTOR_HEADINGS, sector_row, xlsx

from catalog_imports.readers_import import run_readers_import
from library.foundation.audit import SYSTEM
from library.foundation.clock import at_local, clock_at
from library.readers import classes, queries
from library.readers.tables import Card, Enrolment, Reader


def sector_list(class_name: str, rows: list[tuple[str | None, str, str, str]]) -> list[list]:
    """Title, headings and rows (code, name, birth date, status) as the sector database exports a class."""
    return [["Trường THCS Thử"], [f"DANH SÁCH HỌC SINH LỚP {class_name}"], [], SECTOR_HEADINGS] + [
        sector_row(number, code, name, born, class_name, status)
        for number, (code, name, born, status) in enumerate(rows, start=1)
    ]


def bring_in(sheets: dict[str, list[list]], year: str, **more):
    return run_readers_import(xlsx(sheets), "danh-sach.xlsx", actor=SYSTEM, school_year=year, **more)


PUPILS = [(f"08000000{number:02d}", f"Trần Thị Hoa {'ABCDEFGHIJKL'[number]}", f"0{1 + number % 9}/03/2015", "Đang học")
          for number in range(12)]  # fmt: skip


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_the_next_years_list_moves_up_keeps_repeaters_and_deletes_nobody(database: str) -> None:
    with clock_at(at_local(date(2026, 9, 1), 9)):
        first = bring_in({"6A1": sector_list("6A1", PUPILS)}, "2026-2027")
        assert first.counts.created == 12
        again = bring_in({"6A1": sector_list("6A1", PUPILS)}, "2026-2027")
        assert (again.counts.unchanged, again.counts.created) == (12, 0), "the same list twice changes nothing"
    cards = dict(Card.select(Card.reader, Card.number).tuples())
    risen, repeater, moved, silent = PUPILS[:9], PUPILS[9], PUPILS[10], PUPILS[11]
    new = ("0800000099", "Lê Văn Mới", "04/05/2015", "Đang học")
    gone = (moved[0], moved[1], moved[2], "Chuyển trường")
    with clock_at(at_local(date(2027, 8, 20), 9)):
        lists = {"7A1": sector_list("7A1", [*risen, new, gone]), "6A1": sector_list("6A1", [repeater])}
        result = bring_in(lists, "2027-2028")
        assert (result.counts.created, result.counts.updated, result.counts.rejected) == (1, 11, 0)
        repeat = bring_in(lists, "2027-2028")
        assert (repeat.counts.created, repeat.counts.updated, repeat.counts.unchanged) == (0, 0, 12)
        by_code = {row.education_id: row for row in Reader.select()}
        assert len(by_code) == 13, "nobody was deleted"
        where = {code: queries.get_reader_card(row.id) for code, row in by_code.items()}
        assert all(where[code].class_name == "7A1" for code, *_ in risen)
        assert where[repeater[0]].class_name == "6A1" and where[new[0]].class_name == "7A1"
        assert (where[moved[0]].status, where[moved[0]].class_name) == ("transferred", None)
        left_over = where[silent[0]]  # L204: not in any list: kept, seen with the class of the year that has ended
        assert (left_over.status, left_over.class_name, left_over.class_year) == ("active", "6A1", "2026-2027")
        assert all(card.class_year is None for code, card in where.items() if code != silent[0])
        outcomes = {row.reader_id: row.outcome for row in Enrolment.select().where(Enrolment.outcome.is_null(False))}
        assert outcomes[by_code[risen[0][0]].id] == "promoted" and outcomes[by_code[repeater[0]].id] == "repeated"
        kept = dict(Card.select(Card.reader, Card.number).where(Card.status == "active").tuples())
        assert all(kept[reader] == number for reader, number in cards.items() if reader in kept), "cards stay the same"
        assert len(queries.get_reader_details(by_code[risen[0][0]].id).enrolments) == 2, "class history by year"


def test_two_pupils_with_one_code_and_a_class_that_does_not_exist(sqlite_database: str) -> None:
    with clock_at(at_local(date(2026, 9, 1), 9)):
        classes.create_class("2026-2027", "6A1", SYSTEM)
        twice = [PUPILS[0], (PUPILS[0][0], "Người Khác Hẳn", "01/01/2015", "Đang học"), PUPILS[1]]
        result = bring_in({"6A1": sector_list("6A1", twice)}, "2026-2027")
        problems = [(row["row"], row["code"]) for row in result.list_problems()]
        assert (6, "reader_twice") in problems and result.counts.duplicates == 1 and Reader.select().count() == 2
        typo = [sector_row(1, PUPILS[2][0], PUPILS[2][1], PUPILS[2][2], "6Z9")]
        sheet = [["Trường THCS Thử"], ["DANH SÁCH HỌC SINH"], [], SECTOR_HEADINGS, *typo]
        refused = bring_in({"DS": sheet}, "2026-2027")
        assert refused.counts.rejected == 1
        said = " ".join(row["message"] for row in refused.list_problems())
        assert "Không có lớp 6Z9 trong năm học 2026-2027" in said
        assert queries.find_class("6Z9", "2026-2027") is None and Reader.select().count() == 2


def test_two_children_of_one_name_in_one_class_stay_two(sqlite_database: str) -> None:
    """Told apart by birth date; without one or a code the second is refused with what to add."""
    with clock_at(at_local(date(2026, 9, 1), 9)):
        twins = [(None, "Nguyễn Minh Anh", "04/03/2015", "Đang học"), (None, "Nguyễn Minh Anh", "08/09/2015", "Đang học")]
        result = bring_in({"6A1": sector_list("6A1", twins)}, "2026-2027")
        assert result.counts.created == 2
        assert bring_in({"6A1": sector_list("6A1", twins)}, "2026-2027").counts.unchanged == 2
        labels = sorted(card.label for card in queries.search_readers("Nguyễn Minh Anh")[0])
        assert labels == ["Nguyễn Minh Anh (6A1, sinh 04/03/2015)", "Nguyễn Minh Anh (6A1, sinh 08/09/2015)"]
        nameless = [(None, "Nguyễn Minh Anh", "", "Đang học")]
        refused = bring_in({"6A1": sector_list("6A1", nameless)}, "2026-2027")
        said = " ".join(row["message"] for row in refused.list_problems())
        assert refused.counts.rejected == 1 and "Thêm mã định danh hoặc ngày sinh" in said
