"""The pure rules of days: due dates, lateness and suspension, renewal, return, by their numbers in docs/lending-rules.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from lending_facts import OPEN, POLICY, TODAY, an, asks, book, codes_of, due_of, lent, loan

from library.foundation.schoolyear import Calendar, expand_periods
from library.lending.due_dates import due_date, overdue_days, suspension_days, suspension_end
from library.lending.model import (
    Granted,
    LengthKind,
    PolicyRow,
    RenewalFacts,
    ReturnDecision,
    ReturnFacts,
    UnitFact,
)
from library.lending.rules import decide_checkout, decide_renewal, decide_return

CLOSED_ALL_YEAR = Calendar(weekly_closed=frozenset(range(1, 8)))


def test_b15_due_day_on_a_closed_day_moves_to_the_next_open_one() -> None:
    tet = Calendar(closed=expand_periods([(date(2027, 2, 1), date(2027, 2, 14))]))
    row = PolicyRow(length_value=14)
    assert due_date(row, POLICY, tet, date(2027, 1, 20)).due_on == date(2027, 2, 15)  # 03/02 lies in Tết
    sunday = due_date(PolicyRow(length_value=6), POLICY, OPEN, TODAY)
    assert sunday.due_on == date(2026, 11, 30) and sunday.notes == ("due_moved",)


def test_b15_weekday_loans_keep_their_weekday() -> None:
    """L32: Wednesday closed once -> the Wednesday after; closed on every Wednesday -> the next open day."""
    row = PolicyRow(length_kind=LengthKind.WEEKDAY, length_value=3)
    assert due_date(row, POLICY, OPEN, TODAY).due_on == date(2026, 11, 25)
    once = Calendar(closed=frozenset({date(2026, 11, 25)}))
    assert due_date(row, POLICY, once, TODAY).due_on == date(2026, 12, 2)
    never = Calendar(weekly_closed=frozenset({3, 7}))
    assert due_date(row, POLICY, never, TODAY).due_on == date(2026, 11, 26)
    monday = PolicyRow(length_kind=LengthKind.WEEKDAY, length_value=1)
    assert due_date(monday, POLICY, OPEN, TODAY).due_on == date(2026, 11, 30)


def test_b15_a_library_that_never_opens_gives_a_reason_and_ends() -> None:
    for kind in LengthKind:
        policy = replace(POLICY, rows=(PolicyRow(id=1, length_kind=kind, length_value=5),))
        assert codes_of(decide_checkout(asks(an(), book()), policy, CLOSED_ALL_YEAR, TODAY)) == ("library_closed",)


def test_l33_term_and_year_ends_come_before_the_break() -> None:
    term = PolicyRow(length_kind=LengthKind.END_OF_TERM)
    assert due_date(term, POLICY, OPEN, TODAY).due_on == date(2027, 1, 16)  # the 17th is a Sunday
    assert due_date(term, POLICY, OPEN, date(2027, 1, 17)).due_on == date(2027, 5, 25)
    year = PolicyRow(length_kind=LengthKind.END_OF_YEAR)
    assert due_date(year, POLICY, OPEN, TODAY).due_on == date(2027, 5, 25)
    assert due_date(year, POLICY, OPEN, date(2027, 5, 25)).due_on == date(2027, 7, 31)
    assert due_date(year, POLICY, OPEN, date(2027, 7, 31)).due_on == date(2028, 5, 25)
    no_summer = replace(POLICY, summer_return=(31, 4))
    assert due_date(year, no_summer, OPEN, TODAY).due_on == date(2027, 7, 31)


def test_l34_one_fixed_day_for_all() -> None:
    row = PolicyRow(length_kind=LengthKind.ON_DATE, fixed_due_on=date(2026, 12, 18), length_value=7)
    assert due_date(row, POLICY, OPEN, TODAY).due_on == date(2026, 12, 18)
    assert due_date(row, POLICY, OPEN, date(2026, 12, 18)).due_on == date(2026, 12, 25)


def test_b17_never_past_the_last_day_of_the_reader() -> None:
    """L38: cut to the last open day (the 29th is a Sunday), and said so. L39: none left -> a reason."""
    granted = decide_checkout(asks(an(leaves_on=date(2026, 11, 29)), book()), POLICY, OPEN, TODAY)
    assert due_of(granted) == date(2026, 11, 28) and "due_cut" in granted.notes
    closed_today = Calendar(closed=frozenset({TODAY}))
    leaving = asks(an(leaves_on=TODAY), book())
    assert codes_of(decide_checkout(leaving, POLICY, closed_today, TODAY)) == ("due_after_leaving",)
    granted = decide_checkout(leaving, POLICY, closed_today, TODAY, overrides={"due_after_leaving"})
    assert due_of(granted) == date(2026, 12, 7)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(list(LengthKind)),
    length=st.integers(-3, 400),
    base=st.dates(date(2026, 8, 1), date(2027, 7, 31)),
    weekly=st.frozensets(st.integers(1, 7)),
    closures=st.lists(st.tuples(st.dates(date(2026, 8, 1), date(2028, 6, 1)), st.integers(0, 60)), max_size=4),
    leaving=st.none() | st.integers(0, 90),
)
def test_a_due_day_is_open_and_not_before_the_loan(
    kind: LengthKind,
    length: int,
    base: date,
    weekly: frozenset[int],
    closures: list[tuple[date, int]],
    leaving: int | None,
) -> None:
    calendar = Calendar(weekly, expand_periods((day, day + timedelta(days=long)) for day, long in closures))
    leaves_on = None if leaving is None else base + timedelta(days=leaving)
    due = due_date(PolicyRow(length_kind=kind, length_value=length), POLICY, calendar, base, leaves_on)
    if due is None:
        assert not any(calendar.is_open(base + timedelta(days=ahead)) for ahead in range(350, 400))
        return
    assert calendar.is_open(due.due_on)
    assert due.due_on >= base
    if leaves_on is not None and any(calendar.is_open(base + timedelta(days=n)) for n in range(leaving + 1)):
        assert due.due_on <= leaves_on


def test_b18_the_due_day_itself_is_in_time() -> None:
    assert overdue_days(TODAY, TODAY) == 0
    assert overdue_days(TODAY, TODAY + timedelta(days=1)) == 1


def test_b24_suspension_instead_of_money() -> None:
    """L41: 5 days late, 1 of grace, factor 2 -> 8 days. L42: a second late book -> later end, or the sum."""
    policy = replace(POLICY, suspension_factor=2)
    assert suspension_days(5, policy) == 8
    assert suspension_days(1, policy) == 0 and suspension_days(5, POLICY) == 0
    assert suspension_days(300, policy) == 30
    first = suspension_end(TODAY, 8, None, policy)
    assert first == TODAY + timedelta(days=8)
    assert suspension_end(TODAY, 4, first, policy) == first
    assert suspension_end(TODAY, 4, first, replace(policy, suspension_sum=True)) == TODAY + timedelta(days=12)
    assert suspension_end(TODAY, 29, first, replace(policy, suspension_sum=True)) == TODAY + timedelta(days=30)


def renewal(reader=None, **copy_changes) -> RenewalFacts:
    return RenewalFacts(card="", barcode="", reader=reader or an(), copy=book(**{"loan": loan(), **copy_changes}))


def test_b14_renewal_limit_and_base() -> None:
    """L52, L54: the third renewal of two is refused; counted from the due day, from today when late."""
    policy = replace(POLICY, rows=(PolicyRow(id=1, max_renewals=2, length_value=14),), block_when_overdue=False)
    spent = renewal(loan=loan(renewals=2))
    refused = decide_renewal(spent, policy, OPEN, TODAY)
    assert codes_of(refused) == ("renewal_limit",) and refused.reasons[0].params["limit"] == 2
    assert isinstance(decide_renewal(spent, policy, OPEN, TODAY, overrides={"renewal_limit"}), Granted)
    assert due_of(decide_renewal(renewal(), policy, OPEN, TODAY)) == date(2026, 12, 15)
    late = renewal(loan=loan(due_on=TODAY - timedelta(days=5)))
    assert due_of(decide_renewal(late, policy, OPEN, TODAY)) == TODAY + timedelta(days=14)
    short = replace(policy, rows=(PolicyRow(id=1, length_value=14, renewal_days=7),))
    assert due_of(decide_renewal(renewal(), short, OPEN, TODAY)) == date(2026, 12, 8)
    zero = replace(policy, rows=(PolicyRow(id=1, length_value=14, renewal_days=0),))
    assert codes_of(decide_renewal(renewal(), zero, OPEN, TODAY)) == ("renewal_no_gain",)  # L55, L56


def test_b13_renewal_against_holds() -> None:
    waiting = replace(renewal(), waiting_holds=1)
    assert codes_of(decide_renewal(waiting, POLICY, OPEN, TODAY)) == ("reserved_by_other",)
    spare = replace(waiting, free_copies=1)
    assert isinstance(decide_renewal(spare, POLICY, OPEN, TODAY), Granted)
    assert codes_of(decide_renewal(spare, replace(POLICY, renew_if_spare=False), OPEN, TODAY)) == ("reserved_by_other",)
    this_copy = replace(spare, copy_holds=1)
    assert codes_of(decide_renewal(this_copy, POLICY, OPEN, TODAY)) == ("reserved_by_other",)


def test_l50_renewal_of_what_the_reader_does_not_have() -> None:
    assert codes_of(decide_renewal(renewal(loan=None), POLICY, OPEN, TODAY)) == ("renewal_not_on_loan",)
    assert codes_of(decide_renewal(renewal(loan=loan(2)), POLICY, OPEN, TODAY)) == ("renewal_not_on_loan",)


def test_b19_b21_renewal_when_overdue_and_return_of_a_lost_copy() -> None:
    late = renewal(reader=an(open_loans=(lent(due_on=TODAY - timedelta(days=2)),)))
    assert codes_of(decide_renewal(late, POLICY, OPEN, TODAY)) == ("has_overdues",)
    lost = ReturnFacts(barcode="", copy=book(status="lost"))
    found = decide_return(lost, POLICY, TODAY)
    assert isinstance(found, ReturnDecision) and found.found and found.alerts == ("copy_found",)
    assert codes_of(decide_return(lost, replace(POLICY, lost_return="refuse"), TODAY)) == ("copy_lost",)


def test_b9_return_of_what_is_not_on_loan_succeeds() -> None:
    back = decide_return(ReturnFacts(barcode="", copy=book()), POLICY, TODAY)
    assert isinstance(back, ReturnDecision) and not back.closes_loan and back.overdue_days == 0


def test_b10_return_captures_the_next_hold() -> None:
    facts = ReturnFacts(barcode="", copy=book(loan=loan()), next_hold_id=7)
    assert decide_return(facts, POLICY, TODAY).capture_hold_id == 7
    for elsewhere in (book(status="withdrawn"), book(unit=UnitFact(id=1, kind="class_corner", name="3A"))):
        assert decide_return(replace(facts, copy=elsewhere), POLICY, TODAY).capture_hold_id is None
