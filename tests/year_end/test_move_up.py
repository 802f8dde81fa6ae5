"""Moving the whole school up a year: rules, one transaction, undo of the whole (docs/lending-rules.md L154–L159)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lending_world import STAFF, World

from library.foundation.errors import Conflict, InvalidInput, Refused
from library.foundation.tables import AuditEntry, SchoolYear
from library.lending import service as lending
from library.lending.corrections import set_due_day, undo_last
from library.lending.tables import Loan
from library.lending.units.class_corners import open_corner
from library.readers import classes, queries, service
from library.readers.tables import Card, Enrolment, Reader, SchoolClass
from library.year_end.model import Choice, ClassFacts
from library.year_end.queries import get_move, list_leavers, list_pupils, make_plan
from library.year_end.rules import next_class_name, propose_map
from library.year_end.service import (
    apply_move,
    close_leavers,
    discard_plan,
    set_choices,
    set_class_targets,
    start_plan,
)
from library.year_end.tables import YearMove, YearMoveLine
from library.year_end.undoing import list_dependents, undo_move

AUGUST = date(2027, 8, 5)


@pytest.mark.parametrize(
    ("name", "top", "following"),
    [("6A1", 9, "7A1"), ("9A2", 9, ""), ("9A2", 12, "10A2"), ("10 Toán", 12, "11 Toán"), ("4/1", 5, "5/1"),
     ("5B", 5, ""), ("5B", 9, "6B"), ("12.6", 12, ""), ("Mầm", 9, "")],
)  # fmt: skip
def test_l154_a_class_goes_to_the_grade_above_and_the_last_one_leaves(name: str, top: int, following: str) -> None:
    assert next_class_name(name, top) == following
    assert propose_map([ClassFacts(7, name, 1)], top) == {7: following}


@pytest.fixture
def grown(school: World) -> World:
    """6A1 with An, Bình, Chi; 8A1 with Giang; 9A1 with Hà and Khoa, who holds a book."""
    for name, class_name in (("Võ Giang", "8A1"), ("Đỗ Hà", "9A1"), ("Ngô Khoa", "9A1")):
        school.add_reader(name, class_name)
    lending.check_out(school.add_title("Dế Mèn")[0], reader_id=school.readers["Ngô Khoa"], actor=STAFF, channel="desk")
    school.clock.set_day(AUGUST)
    return school


def plan_of(school: World) -> int:
    return start_plan("2026-2027", STAFF)


def where(school: World, name: str) -> str | None:
    """The class of the present school year; the one that has ended (L204) is none."""
    card = queries.get_reader_card(school.readers[name])
    return card.class_name if card.class_year is None else None


def test_the_whole_school_moves_in_one_transaction(grown: World) -> None:
    """L155, L156: promoted, repeating, transferred and graduated pupils; classes are made; history is kept."""
    ids = grown.readers
    move = plan_of(grown)
    assert plan_of(grown) == move, "the same plan is opened again, not a second one"
    set_choices(move, {ids["Phạm Chi"]: Choice("repeated"), ids["Lê Thanh Bình"]: Choice("transferred")}, STAFF)
    preview = make_plan(get_move(move))
    assert {key: count for key, count in preview.counts.items() if count} == {
        "promoted": 2, "repeated": 1, "transferred": 1, "graduated": 2,
    }  # fmt: skip
    assert preview.new_classes == ("6A1", "7A1", "9A1")
    assert [fate.pupil.full_name for fate in preview.owing] == ["Ngô Khoa"]
    assert where(grown, "Trần Minh An") is None and Enrolment.select().count() == 6, "a preview changes nothing"
    assert preview.to_year == "2027-2028"
    assert not SchoolYear.select().where(SchoolYear.label == "2027-2028").exists(), "nor does it stand in the calendar"

    apply_move(move, STAFF)
    assert where(grown, "Trần Minh An") == "7A1" and where(grown, "Phạm Chi") == "6A1"
    assert where(grown, "Võ Giang") == "9A1" and where(grown, "Đỗ Hà") is None
    states = {name: queries.get_reader_card(ids[name]).status for name in ("Lê Thanh Bình", "Đỗ Hà", "Ngô Khoa")}
    assert states == {"Lê Thanh Bình": "transferred", "Đỗ Hà": "graduated", "Ngô Khoa": "active"}
    history = queries.get_reader_details(ids["Trần Minh An"]).enrolments
    assert [(stay.school_year, stay.class_name, stay.outcome) for stay in history] == [
        ("2027-2028", "7A1", None), ("2026-2027", "6A1", "promoted"),
    ]  # fmt: skip
    entry = AuditEntry.get(AuditEntry.action == "year_move.apply")
    assert entry.after["promoted"] == 2 and entry.after["school_year"] == "2027-2028"
    with pytest.raises(Conflict) as twice:
        apply_move(move, STAFF)
    assert twice.value.code == "move_applied"


def test_l158_a_leaver_with_a_book_keeps_the_card_until_it_is_back(grown: World) -> None:
    move = plan_of(grown)
    apply_move(move, STAFF)
    khoa = grown.readers["Ngô Khoa"]
    other = grown.add_title("Đất rừng")[0]
    with pytest.raises(Refused) as refusal:
        lending.check_out(other, reader_id=khoa, actor=STAFF, channel="desk")
    assert "reader_expired" in [reason.code for reason in refusal.value.reasons]
    leavers = list_leavers(get_move(move))
    assert [(one.pupil.full_name, one.outcome, one.pupil.open_loans) for one in leavers] == [("Ngô Khoa", "graduated", 1)]
    assert close_leavers(move, STAFF) == 0
    lending.check_in("STN.000001", actor=STAFF, channel="desk")
    assert close_leavers(move, STAFF) == 1
    assert queries.get_reader_card(khoa).status == "graduated"
    assert Card.get(Card.reader == khoa).status == "closed" and list_leavers(get_move(move)) == ()


def test_l234_a_leavers_due_day_comes_before_the_last_day_and_goes_back_with_the_move(grown: World) -> None:
    """A school whose old year runs into the new one: the last day the move sets lies ahead, so due days come before."""
    SchoolYear.update(ends_on=AUGUST + timedelta(days=9)).where(SchoolYear.label == "2026-2027").execute()  # Saturday 14/08
    khoa = grown.readers["Ngô Khoa"]
    loan = Loan.get(Loan.reader == khoa, Loan.returned_at.is_null())
    late, own = AUGUST + timedelta(days=30), Loan.select().where(Loan.id == loan.id)
    Loan.update(due_on=late).where(Loan.id == loan.id).execute()
    move = plan_of(grown)
    apply_move(move, STAFF)
    assert Reader.get_by_id(khoa).leaves_on == date(2027, 8, 14) == own.get().due_on
    entry = AuditEntry.select().where(AuditEntry.action == "loan.due_day").order_by(AuditEntry.id.desc()).get()
    assert entry.before == {"due_on": str(late)} and entry.after == {"due_on": "2027-08-14"}
    undo_move(move, STAFF)
    assert own.get().due_on == late and Reader.get_by_id(khoa).leaves_on is None


def test_l234_a_day_set_since_is_not_taken_back_with_the_move(grown: World) -> None:
    SchoolYear.update(ends_on=AUGUST + timedelta(days=9)).where(SchoolYear.label == "2026-2027").execute()
    own = Loan.select().where(Loan.reader == grown.readers["Ngô Khoa"], Loan.returned_at.is_null())
    Loan.update(due_on=AUGUST + timedelta(days=30)).where(Loan.id == own.get().id).execute()
    move = plan_of(grown)
    apply_move(move, STAFF)
    set_due_day(own.get().id, date(2027, 8, 12), actor=STAFF, comment="em hẹn")
    undo_move(move, STAFF)
    assert own.get().due_on == date(2027, 8, 12)


def test_l234_with_the_year_over_nothing_moves_and_the_book_is_due_back(grown: World) -> None:
    own = Loan.select().where(Loan.reader == grown.readers["Ngô Khoa"], Loan.returned_at.is_null())
    Loan.update(due_on=AUGUST + timedelta(days=30)).where(Loan.id == own.get().id).execute()
    move = plan_of(grown)
    apply_move(move, STAFF)
    assert own.get().due_on == AUGUST + timedelta(days=30)
    assert [fate.pupil.full_name for fate in list_leavers(get_move(move))] == ["Ngô Khoa"]
    undo_move(move, STAFF)
    assert own.get().due_on == AUGUST + timedelta(days=30)


def test_l157_whoever_has_a_class_in_the_new_year_stays_there(grown: World) -> None:
    """The new year's list was imported first: those pupils are left alone, and the rest still moves."""
    new = classes.create_class("2027-2028", "7A5", STAFF)
    an = grown.readers["Trần Minh An"]
    Enrolment.create(reader=an, school_class=new, school_year=SchoolClass.get_by_id(new).school_year, started_on=AUGUST)
    move = plan_of(grown)
    assert make_plan(get_move(move)).counts["placed"] == 1
    apply_move(move, STAFF)
    assert where(grown, "Trần Minh An") == "7A5" and where(grown, "Phạm Chi") == "7A1"
    assert not YearMoveLine.select().where(YearMoveLine.reader == an).exists()


def test_the_map_is_the_librarians_and_what_cannot_be_is_said_before_anything_moves(grown: World) -> None:
    move = plan_of(grown)
    eighth, sixth = grown.classes["8A1"], grown.classes["6A1"]
    set_class_targets(move, {sixth: "lớp 7b2", eighth: "7A1"}, STAFF)
    shown = {one.school_class.name: one for one in make_plan(get_move(move)).classes}
    assert shown["6A1"].target == "7B2" and "thấp hơn khối 8" in shown["8A1"].error
    with pytest.raises(InvalidInput) as bad:
        apply_move(move, STAFF)
    assert bad.value.params["name"] == "8A1" and Enrolment.select().where(Enrolment.ended_on.is_null(False)).count() == 0
    set_class_targets(move, {eighth: "9 chuyên"}, STAFF)
    with pytest.raises(InvalidInput):
        set_choices(move, {1: Choice("promoted to heaven")}, STAFF)
    apply_move(move, STAFF)
    assert where(grown, "Trần Minh An") == "7B2" and where(grown, "Võ Giang") == "9 chuyên"


def test_not_before_the_new_year_begins(school: World) -> None:
    move = plan_of(school)
    with pytest.raises(Conflict) as early:
        apply_move(move, STAFF)
    assert early.value.code == "move_early" and early.value.params["opens_on"] == date(2027, 8, 1)
    discard_plan(move, STAFF)
    assert YearMove.select().count() == 0


def state_of_the_school() -> list[object]:
    readers = [
        (row.id, row.status, row.leaves_on, row.full_name) for row in Reader.select().order_by(Reader.id)
    ]  # fmt: skip
    stays = sorted(Enrolment.select(Enrolment.reader, Enrolment.school_class, Enrolment.ended_on, Enrolment.outcome).tuples(), key=str)
    cards = sorted(Card.select(Card.number, Card.status, Card.ended_at).tuples(), key=str)
    return [readers, stays, cards, sorted(SchoolClass.select(SchoolClass.name, SchoolClass.school_year).tuples())]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    outcomes=st.lists(st.sampled_from((None, "promoted", "repeated", "transferred", "graduated", "left")), min_size=6, max_size=6),
    targets=st.lists(st.sampled_from(("", "7A1", "7A2", "9A1", "10A1")), min_size=3, max_size=3),
)
def test_undo_of_the_whole_leaves_the_school_as_it_was(grown: World, outcomes: list, targets: list) -> None:
    """L159, as a property: whatever was chosen, apply and undo is nothing at all."""
    before = state_of_the_school()
    move = plan_of(grown)
    pupils = sorted(grown.readers[name] for name in grown.readers if name != "Nguyễn Văn Dũng")
    set_choices(move, {one: Choice(what) if what else None for one, what in zip(pupils, outcomes, strict=True)}, STAFF)
    set_class_targets(move, dict(zip(sorted(grown.classes.values()), targets, strict=True)), STAFF)
    try:
        apply_move(move, STAFF)
    except InvalidInput:
        assert state_of_the_school() == before, "refused: nothing has changed"
        discard_plan(move, STAFF)
        return
    assert state_of_the_school() != before
    undo_move(move, STAFF)
    assert state_of_the_school() == before
    discard_plan(YearMove.get(YearMove.applied_at.is_null()).id, STAFF)


def test_l159_undo_is_refused_with_everything_that_depends_on_it(grown: World) -> None:
    move = plan_of(grown)
    apply_move(move, STAFF)
    row = get_move(move)
    assert list_dependents(row) == []
    ids = grown.readers
    lending.check_out(grown.add_title("Đất rừng")[0], reader_id=ids["Trần Minh An"], actor=STAFF, channel="desk")
    new = queries.find_class("7A1", "2027-2028")
    assert new is not None
    open_corner(new.id, ids["Nguyễn Văn Dũng"], actor=STAFF)
    service.change_class(ids["Phạm Chi"], classes.create_class("2027-2028", "7A2", STAFF), STAFF)
    service.change_status(ids["Đỗ Hà"], "active", STAFF)
    with pytest.raises(Refused) as refusal:
        undo_move(move, STAFF)
    said = " ".join(str(reason.params["why"]) for reason in refusal.value.reasons)
    assert len(refusal.value.reasons) == 4
    assert all(text in said for text in ("Phạm Chi", "Đỗ Hà", "1 lượt mượn", "1 góc lớp"))
    assert where(grown, "Trần Minh An") == "7A1" and get_move(move).undone_at is None


def test_l159_a_loan_that_was_undone_does_not_keep_the_move(grown: World) -> None:
    """Lent to a pupil of a moved class and taken back with undo (L68): nothing has been built on the move. The same
    book lent in earnest, open or returned, has."""
    move = plan_of(grown)
    apply_move(move, STAFF)
    book, an = grown.add_title("Đất rừng")[0], grown.readers["Trần Minh An"]
    lending.check_out(book, reader_id=an, actor=STAFF, channel="desk")
    assert list_dependents(get_move(move)) == ["Đã có 1 lượt mượn ghi theo lớp mới."]
    undo_last(actor=STAFF)
    assert list_dependents(get_move(move)) == []
    lending.check_out(book, reader_id=an, actor=STAFF, channel="desk")
    lending.check_in(book, actor=STAFF, channel="desk")
    assert list_dependents(get_move(move)) == ["Đã có 1 lượt mượn ghi theo lớp mới."]


def test_l159_the_move_is_taken_back_after_an_undone_loan(grown: World) -> None:
    before = state_of_the_school()
    move = plan_of(grown)
    apply_move(move, STAFF)
    lending.check_out(grown.add_title("Đất rừng")[0], reader_id=grown.readers["Phạm Chi"], actor=STAFF, channel="desk")
    undo_last(actor=STAFF)
    undo_move(move, STAFF)
    assert state_of_the_school() == before and where(grown, "Phạm Chi") is None


def test_a_big_school_is_previewed_and_moved_at_once(school: World) -> None:
    """700 pupils in 14 classes: every one of them is somewhere afterwards."""
    for number in range(700):
        school.add_reader(f"Lê Thị Hoa {number}", f"{6 + number % 4}A{1 + number % 14}")
    school.clock.set_day(AUGUST + timedelta(days=1))
    move = plan_of(school)
    counts = apply_move(move, STAFF)
    assert sum(counts.values()) == 703 and counts["graduated"] == 175
    year = get_move(move).to_year
    assert sum(len(found) for found in list_pupils(year, None).values()) == 528
