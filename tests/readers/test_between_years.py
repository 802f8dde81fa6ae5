"""Lists of readers between two school years: the class that counts is shown and found (L200, L204)."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from library.foundation.audit import SYSTEM
from library.foundation.calendar import ensure_year
from library.foundation.clock import at_local, clock_at
from library.readers import classes, queries, service
from library.readers.model import ReaderFields
from library.readers.tables import Enrolment
from tests.staff_client import plain

OLD, NEW = "2025-2026", "2026-2027"
MAY, JULY, AUGUST = date(2026, 5, 12), date(2026, 7, 20), date(2026, 8, 12)
AN, BINH, CHI = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi"


def pupil(name: str, class_id: int | None = None) -> int:
    return service.create_reader(ReaderFields("pupil", name), SYSTEM, class_id=class_id)


@pytest.fixture
def ids(database: str) -> dict[str, int]:
    """An in 6A1 and Bình in 6A2 of the old year; nobody has moved up."""
    with clock_at(at_local(MAY, 9)):
        ensure_year(OLD)
        first, second = (classes.create_class(OLD, name, SYSTEM) for name in ("6A1", "6A2"))
        return {"6A1": first, "6A2": second, AN: pupil(AN, first), BINH: pupil(BINH, second)}


def found(**asked) -> list[tuple[str, str | None]]:
    return [(card.full_name, card.class_name) for card in queries.search_readers(**asked)[0]]


def test_l204_in_august_the_class_that_has_ended_is_shown_and_found(ids: dict[str, int]) -> None:
    for ensured in (False, True):  # the calendar of the new year may not be kept yet
        with clock_at(at_local(AUGUST, 9)):
            if ensured:
                ensure_year(NEW)
            assert found() == [(AN, "6A1"), (BINH, "6A2")]
            assert found(class_id=ids["6A1"]) == [(AN, "6A1")]
            assert found(text="an 6a1") == [(AN, "6A1")] and found(text="6A2") == [(BINH, "6A2")]
            assert queries.get_reader_card(ids[AN]).label == f"{AN} (6A1)"
            assert [row.name for row in queries.list_present_classes()] == ["6A1", "6A2"]
    with clock_at(at_local(date(2027, 9, 1), 9)):  # not for ever
        assert found() == [(AN, None), (BINH, None)] and found(text="6a1") == []
        assert queries.list_present_classes() == []


def test_l204_who_has_moved_up_stands_in_the_new_class_alone(ids: dict[str, int]) -> None:
    with clock_at(at_local(AUGUST, 9)):
        ensure_year(NEW)
        seventh, sixth = (classes.create_class(NEW, name, SYSTEM) for name in ("7A1", "6A1"))
        service.change_class(ids[AN], seventh, SYSTEM)  # the list of the new year, one after the other
        newcomer = pupil(CHI, sixth)
        assert found() == [(AN, "7A1"), (BINH, "6A2"), (CHI, "6A1")]
        assert found(text="6a1") == [(CHI, "6A1")] and found(class_id=ids["6A1"]) == []
        assert found(class_id=sixth) == [(CHI, "6A1")] and found(text="6a2") == [(BINH, "6A2")]
        assert [row.name for row in queries.list_present_classes()] == ["6A1", "7A1"]
        assert Enrolment.get((Enrolment.reader == newcomer) & Enrolment.ended_on.is_null()).school_class_id == sixth


def test_l204_a_new_first_grade_entered_in_july_has_its_coming_class(ids: dict[str, int]) -> None:
    with clock_at(at_local(JULY, 9)):
        ensure_year(NEW)
        coming = classes.create_class(NEW, "6A1", SYSTEM)
        pupil(CHI, coming)
        assert found() == [(AN, "6A1"), (BINH, "6A2"), (CHI, "6A1")]
        assert found(class_id=coming) == [(CHI, "6A1")] and found(class_id=ids["6A1"]) == [(AN, "6A1")]
        assert found(text="6a1") == [(AN, "6A1"), (CHI, "6A1")]  # two classes of that name; both are meant


def test_l204_on_the_pages_in_august(client: FlaskClient, login_as) -> None:
    with clock_at(at_local(MAY, 9)):
        first = classes.create_class(OLD, "6A1", SYSTEM)
        reader = pupil(AN, first)
    with clock_at(at_local(AUGUST, 9)):
        login_as(client, "librarian")
        ensure_year(NEW)
        listed = client.get("/staff/readers").text
        assert re.search(r'data-label="Lớp, tổ">\s*(<a[^>]*>)?6A1', listed) and f'<option value="{first}">6A1' in listed
        assert AN in client.get(f"/staff/readers?class={first}").text
        assert "6A1 năm 2025–2026" in plain(listed)
        assert "6A1 năm 2025–2026" in plain(client.get(f"/staff/readers/{reader}").text)
        assert "6A1" in plain(client.get("/staff/class-loans").text)
        assert f'<option value="{first}">6A1' in client.get("/staff/visits").text
