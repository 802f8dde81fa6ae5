"""Classes, departments and who is in them by school year, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from readers_made import YEAR, pupil, teacher

from library.foundation.audit import SYSTEM
from library.foundation.clock import clock_at
from library.foundation.errors import Conflict, InvalidInput
from library.readers import classes, queries, rules, service
from library.readers.tables import Enrolment


def test_changing_class_keeps_history(database: str) -> None:
    first = classes.create_class(YEAR, "6A1", SYSTEM)
    second = classes.create_class(YEAR, "6A2", SYSTEM)
    reader_id = pupil("Lê An", first)
    service.change_class(reader_id, second, SYSTEM)
    service.change_class(reader_id, second, SYSTEM)  # again: nothing
    stays = queries.get_reader_details(reader_id).enrolments
    assert sorted((stay.class_name, stay.outcome) for stay in stays) == [("6A1", "moved"), ("6A2", None)]
    assert queries.get_reader_card(reader_id).class_name == "6A2"
    service.change_class(reader_id, None, SYSTEM, outcome="left")
    assert queries.get_reader_card(reader_id).class_name is None
    assert [card.pupils for card in queries.list_classes(YEAR)] == [0, 0]


def test_a_class_of_next_year_leaves_this_years_class(database: str) -> None:
    now_class = classes.create_class(YEAR, "6A1", SYSTEM)
    next_class = classes.create_class("2027-2028", "7A1", SYSTEM)
    reader_id = pupil("Lê An", now_class)
    service.change_class(reader_id, next_class, SYSTEM)
    assert queries.get_reader_card(reader_id).class_name == "6A1"
    with clock_at(datetime(2027, 9, 10, tzinfo=UTC)):
        assert queries.get_reader_card(reader_id).class_name == "7A1"
    assert [card.full_name for card in queries.list_class_members(next_class)] == ["Lê An"]


def test_classes_in_natural_order_and_once_each(database: str) -> None:
    for name in ("6A10", "10 Toán", "6A2", "9/1"):
        classes.create_class(YEAR, name, SYSTEM)
    assert [item.name for item in queries.list_classes(YEAR)] == ["6A2", "6A10", "9/1", "10 Toán"]
    for again in ("6a2", "Lớp 6 A2"):
        with pytest.raises(Conflict):
            classes.create_class(YEAR, again, SYSTEM)
    for bad in ("", "A6", "13A", "Mầm"):
        with pytest.raises(InvalidInput):
            classes.create_class(YEAR, bad, SYSTEM)
    with pytest.raises(InvalidInput):
        classes.create_class("2026", "6A3", SYSTEM)
    found = queries.find_class("lop 6a10", YEAR)
    assert found is not None and found.name == "6A10"
    classes.create_class("2027-2028", "6A2", SYSTEM)  # the same name next year is another class


def test_homeroom_teacher_must_be_a_teacher(database: str) -> None:
    class_id = classes.create_class(YEAR, "6A1", SYSTEM)
    with pytest.raises(InvalidInput):
        classes.set_homeroom_teacher(class_id, pupil("Lê An"), SYSTEM)
    classes.set_homeroom_teacher(class_id, teacher("Trần Bình"), SYSTEM)
    assert queries.get_class(class_id).homeroom_name == "Trần Bình"
    classes.update_class(class_id, "6A2", SYSTEM, homeroom_teacher_id=None)
    assert (queries.get_class(class_id).name, queries.get_class(class_id).homeroom_name) == ("6A2", None)


def test_deleting_a_class_needs_it_empty(database: str) -> None:
    class_id = classes.create_class(YEAR, "6A1", SYSTEM)
    reader_id = pupil("Lê An", class_id)
    with pytest.raises(Conflict):
        classes.delete_class(class_id, SYSTEM)
    service.remove_reader(reader_id, SYSTEM)
    classes.delete_class(class_id, SYSTEM)
    assert queries.list_classes(YEAR) == []


def test_departments(database: str) -> None:
    first = classes.create_department("Toán – Tin", SYSTEM)
    classes.create_department("Ngữ văn", SYSTEM)
    with pytest.raises(Conflict):
        classes.create_department("Tổ toán - tin", SYSTEM)
    reader_id = teacher("Lê An", department_id=first)
    assert queries.get_reader_card(reader_id).place == "Toán – Tin"
    assert [(item.name, item.members) for item in queries.list_departments()] == [("Ngữ văn", 0), ("Toán – Tin", 1)]
    with pytest.raises(Conflict):
        classes.close_department(first, SYSTEM)
    service.remove_reader(reader_id, SYSTEM)
    classes.close_department(first, SYSTEM)
    assert [item.name for item in queries.list_departments()] == ["Ngữ văn"]


def test_enrolment_is_open_once_a_year_even_when_forced(database: str) -> None:
    import peewee as pw

    from library.foundation.database import transaction

    class_id = classes.create_class(YEAR, "6A1", SYSTEM)
    reader_id = pupil("Lê An", class_id)
    stay = Enrolment.get()
    with pytest.raises(pw.IntegrityError), transaction():
        Enrolment.create(
            reader=reader_id, school_class=class_id, school_year=stay.school_year_id, started_on=date(2026, 9, 1)
        )


@pytest.mark.parametrize(
    ("text", "clean", "is_class"),
    [
        ("Lớp 6a1", "6A1", True), ("6 A1", "6A1", True), ("12.6", "12.6", True), ("4/1", "4/1", True),
        ("10 Toán", "10 Toán", False), ("4đ", "4Đ", True), ("2010", "2010", False), ("Sheet1", "Sheet1", False),
        ("", "", False), ("13A1", "13A1", False),
    ],
)
def test_class_names(text: str, clean: str, is_class: bool) -> None:
    assert rules.clean_class_name(text) == clean
    assert rules.is_class_name(text) == is_class


def test_several_pupils_move_together_or_not_at_all(database: str) -> None:
    first, second = (classes.create_class(YEAR, name, SYSTEM) for name in ("6A1", "6A2"))
    here, gone = pupil("An", first), pupil("Bình", first)
    service.change_status(gone, "left", SYSTEM)
    with pytest.raises(Conflict, match="reader_not_active"):
        service.change_class_of([here, gone], second, SYSTEM)
    assert queries.get_reader_card(here).class_name == "6A1"
