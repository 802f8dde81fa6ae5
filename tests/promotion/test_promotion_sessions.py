"""Logging, planning, holding, cancelling, editing and deleting sessions, on both databases."""

from __future__ import annotations

from datetime import date

import pytest
from promotion_school import add_class, add_department, add_reader, add_record

from library.foundation.audit import SYSTEM
from library.foundation.clock import at_local, clock_at
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.preferences import set_preferences
from library.foundation.tables import AuditEntry
from library.promotion import queries, service
from library.promotion.model import PeriodDraft, SessionDraft, SessionForm, SessionStatus, Slot
from library.promotion.tables import PromotionSession

TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def november():
    with clock_at(at_local(TODAY, 9)):
        yield


def theme_draft(**changed) -> SessionDraft:
    fields = {
        "held_on": date(2026, 11, 9),
        "slot": Slot.THEME,
        "form": SessionForm.FLAG_SALUTE,
        "theme": "Tôn sư trọng đạo",
        "audience": "Toàn trường",
        "attendance": 480,
        "presenter": "Cô Hạnh",
    }
    return SessionDraft(**{**fields, **changed})


def test_a_month_with_its_two_sessions(database) -> None:
    book = add_record("Dế Mèn phiêu lưu ký")
    maths = add_department("Tổ Toán – Tin")
    assert queries.missing_slots(TODAY) == (Slot.THEME, Slot.DEPARTMENT)
    first = service.log_session(theme_draft(record_ids=(book.id, book.id)), SYSTEM)
    assert queries.missing_slots(TODAY) == (Slot.DEPARTMENT,)
    service.log_session(
        SessionDraft(date(2026, 11, 17), Slot.DEPARTMENT, SessionForm.DEPARTMENT_MEETING, department_id=maths.id),
        SYSTEM,
    )
    assert queries.month_quota(2026, 11).met
    kept = queries.get_session(first)
    assert [b.title for b in kept.books] == ["Dế Mèn phiêu lưu ký"]
    assert kept.title == "Giới thiệu sách theo chủ điểm “Tôn sư trọng đạo”"
    assert queries.list_sessions(date(2026, 11, 1), date(2026, 11, 30))[1].subject == "Tổ Toán – Tin"


def test_a_theme_session_keeps_no_department(database) -> None:
    maths = add_department("Tổ Toán – Tin")
    session_id = service.log_session(theme_draft(department_id=maths.id), SYSTEM)
    assert queries.get_session(session_id).department_id is None
    assert queries.month_quota(2026, 11).missing == (Slot.DEPARTMENT,)


def test_another_activity_is_called_by_its_own_title_not_by_the_months_theme(database) -> None:
    session_id = service.log_session(
        theme_draft(slot=Slot.OTHER, form=SessionForm.DRAWING, title="Vẽ bìa sách em yêu"), SYSTEM
    )
    kept = queries.get_session(session_id)
    assert (kept.theme, kept.subject) == ("", "Vẽ bìa sách em yêu")
    PromotionSession.update(theme="Tôn sư trọng đạo").where(PromotionSession.id == session_id).execute()  # an old row
    assert queries.get_session(session_id).subject == "Vẽ bìa sách em yêu"


def test_a_plan_counts_once_it_is_held(database) -> None:
    session_id = service.log_session(
        theme_draft(held_on=date(2026, 11, 22), status=SessionStatus.PLANNED, attendance=None), SYSTEM
    )
    assert Slot.THEME in queries.missing_slots(TODAY)
    service.mark_held(session_id, 455, SYSTEM)
    assert Slot.THEME not in queries.missing_slots(TODAY)
    assert queries.get_session(session_id).attendance == 455
    with pytest.raises(Conflict):
        service.cancel_session(session_id, "mưa", SYSTEM)


def test_a_plan_of_next_week_cannot_be_marked_held_today(database) -> None:
    session_id = service.log_session(theme_draft(held_on=date(2026, 11, 30), status=SessionStatus.PLANNED), SYSTEM)
    with pytest.raises(InvalidInput) as caught:
        service.mark_held(session_id, 1, SYSTEM)
    assert caught.value.code == "session_in_future"
    assert queries.get_session(session_id).status is SessionStatus.PLANNED


def test_a_cancelled_plan_stays_in_the_register(database) -> None:
    session_id = service.log_session(theme_draft(status=SessionStatus.PLANNED), SYSTEM)
    service.cancel_session(session_id, "Trời mưa", SYSTEM)
    assert [s.status for s in queries.list_sessions(date(2026, 11, 1), date(2026, 11, 30))] == [SessionStatus.CANCELLED]
    with pytest.raises(Conflict):
        service.mark_held(session_id, 10, SYSTEM)


def test_editing_keeps_in_the_audit_what_was_said_before(database) -> None:
    session_id = service.log_session(theme_draft(), SYSTEM)
    service.edit_session(session_id, theme_draft(attendance=470), SYSTEM)
    entry = AuditEntry.select().where(AuditEntry.action == "promotion.edit").get()
    assert (entry.before, entry.after) == ({"attendance": 480}, {"attendance": 470})


def test_deleting_takes_it_out_and_the_audit_keeps_it(database) -> None:
    session_id = service.log_session(theme_draft(), SYSTEM)
    service.delete_session(session_id, SYSTEM)
    with pytest.raises(NotFound):
        queries.get_session(session_id)
    entry = AuditEntry.select().where(AuditEntry.action == "promotion.delete").get()
    assert entry.before["attendance"] == 480 and entry.before["theme"] == "Tôn sư trọng đạo"


def test_an_unknown_book_leaves_nothing_behind(database) -> None:
    with pytest.raises(NotFound):
        service.log_session(theme_draft(record_ids=(987654,)), SYSTEM)
    assert queries.list_sessions(date(2026, 11, 1), date(2026, 11, 30)) == []


def test_the_year_shows_months_that_missed_their_quota(database) -> None:
    service.log_session(theme_draft(held_on=date(2026, 10, 5)), SYSTEM)
    months = {entry.month: entry for entry in queries.year_view("2026-2027", TODAY)}
    assert [entry.month for entry in queries.year_view("2026-2027", TODAY)][:2] == [8, 9]
    assert not months[10].cells[Slot.THEME].missing and months[10].cells[Slot.DEPARTMENT].missing
    assert not months[8].cells[Slot.THEME].missing  # August has no duty
    assert not months[12].cells[Slot.THEME].missing  # not over yet
    assert months[11].theme == "Tôn sư trọng đạo"


def test_a_school_writes_its_own_themes(database) -> None:
    set_preferences({"school_level": "TH"}, SYSTEM)
    assert queries.theme_of(2026, 11) == "Biết ơn thầy giáo cô giáo"
    service.set_themes("2026-2027", {11: "Tri ân  thầy cô"}, SYSTEM)
    assert queries.theme_of(2026, 11) == "Tri ân thầy cô"
    assert queries.theme_of(2025, 11) == "Biết ơn thầy giáo cô giáo"
    with pytest.raises(InvalidInput):
        service.set_themes("2026-2027", {11: " "}, SYSTEM)


def test_reading_periods(database) -> None:
    class_6a1 = add_class("6A1")
    teacher = add_reader("Nguyễn Thị Hạnh", "teacher")
    pupil = add_reader("Lê An")
    draft = PeriodDraft(date(2026, 11, 12), class_6a1.id, 40, teacher_id=teacher.id, period=3, content="Đọc truyện")
    period_id = service.log_reading_period(draft, SYSTEM)
    (row,) = queries.list_reading_periods(date(2026, 11, 1), date(2026, 11, 30))
    assert (row.class_name, row.teacher, row.pupils, row.period) == ("6A1", "Nguyễn Thị Hạnh", 40, 3)
    for bad in (
        {"pupils": 0},
        {"teacher_id": pupil.id},
        {"school_class_id": 0},
        {"period": 13},
        {"held_on": date(2026, 11, 23)},
    ):
        fields = {"held_on": date(2026, 11, 12), "school_class_id": class_6a1.id, "pupils": 40, **bad}
        with pytest.raises(InvalidInput):
            service.log_reading_period(PeriodDraft(**fields), SYSTEM)
    service.delete_reading_period(period_id, SYSTEM)
    assert queries.list_reading_periods(date(2026, 11, 1), date(2026, 11, 30)) == []
