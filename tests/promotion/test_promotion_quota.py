"""The monthly quota (P1–P3): one theme session and one department session, each a session of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.foundation.errors import InvalidInput
from library.promotion.model import SessionDraft, SessionForm, SessionStatus, Slot
from library.promotion.rules import check_draft, decide_quota
from library.promotion.themes import default_theme

MONTHS = (9, 10, 11, 12, 1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Counted:
    slot: Slot
    status: SessionStatus = SessionStatus.HELD


def test_one_of_each_slot_meets_the_quota() -> None:
    quota = decide_quota([Counted(Slot.THEME), Counted(Slot.DEPARTMENT)], 2026, 11, MONTHS)
    assert quota.met and quota.missing == ()


def test_p2_two_theme_sessions_do_not_make_up_for_the_department() -> None:
    quota = decide_quota([Counted(Slot.THEME), Counted(Slot.THEME)], 2026, 11, MONTHS)
    assert not quota.met and quota.missing == (Slot.DEPARTMENT,)


@pytest.mark.parametrize("slot", [Slot.THEME, Slot.DEPARTMENT, Slot.OTHER])
def test_p2_one_session_never_fills_both_slots(slot: Slot) -> None:
    assert not decide_quota([Counted(slot)], 2026, 11, MONTHS).met


@pytest.mark.parametrize("status", [SessionStatus.PLANNED, SessionStatus.CANCELLED])
def test_p1_only_sessions_held_count(status: SessionStatus) -> None:
    quota = decide_quota([Counted(Slot.THEME, status), Counted(Slot.DEPARTMENT)], 2026, 11, MONTHS)
    assert quota.missing == (Slot.THEME,)


def test_p3_summer_has_no_duty() -> None:
    quota = decide_quota([], 2026, 7, MONTHS)
    assert not quota.required and quota.missing == () and not quota.met


SESSIONS = st.lists(st.builds(Counted, st.sampled_from(Slot), st.sampled_from(SessionStatus)), max_size=8)


@settings(max_examples=60)
@given(SESSIONS, st.integers(1, 12), st.randoms())
def test_quota_does_not_depend_on_order_and_more_sessions_never_hurt(sessions, month, random) -> None:
    before = decide_quota(sessions, 2026, month, MONTHS)
    shuffled = list(sessions)
    random.shuffle(shuffled)
    assert decide_quota(shuffled, 2026, month, MONTHS) == before
    more = decide_quota([*sessions, Counted(Slot.THEME)], 2026, month, MONTHS)
    assert set(more.missing) <= set(before.missing) and Slot.THEME not in more.missing
    held = [s for s in sessions if s.status is SessionStatus.HELD and s.slot is not Slot.OTHER]
    assert not before.met or len(held) >= 2


TODAY = date(2026, 11, 22)


def draft(**changed) -> SessionDraft:
    fields = {
        "held_on": date(2026, 11, 9),
        "slot": Slot.THEME,
        "form": SessionForm.FLAG_SALUTE,
        "theme": "Tôn sư trọng đạo",
    }
    return SessionDraft(**{**fields, **changed})


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"theme": "  "}, "session_theme_missing", "theme"),
        ({"slot": Slot.DEPARTMENT}, "session_department_missing", "department"),
        ({"slot": Slot.OTHER, "theme": ""}, "session_title_missing", "title"),
        ({"slot": Slot.OTHER, "theme": "Tôn sư trọng đạo"}, "session_title_missing", "title"),
        ({"held_on": date(2026, 11, 23)}, "session_in_future", "held_on"),
        ({"held_on": date(206, 11, 23)}, "session_date_bad", "held_on"),
        ({"attendance": -1}, "session_attendance_bad", "attendance"),
        ({"attendance": 999_999}, "session_attendance_bad", "attendance"),
    ],
)
def test_a_draft_says_which_field_to_put_right(changed, code, field) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_draft(draft(**changed), TODAY)
    assert caught.value.code == code and caught.value.params["field"] == field


def test_a_plan_may_lie_in_the_future() -> None:
    check_draft(draft(held_on=date(2026, 12, 7), status=SessionStatus.PLANNED), TODAY)


def test_every_level_has_a_theme_for_every_month() -> None:
    for level in ("TH", "THCS", "THPT", "TH-THCS", "THCS-THPT"):
        assert all(default_theme(level, month) for month in range(1, 13))
    assert default_theme("THCS", 11) == "Tôn sư trọng đạo"
    assert default_theme("TH-THCS", 11) == "Biết ơn thầy giáo cô giáo"
