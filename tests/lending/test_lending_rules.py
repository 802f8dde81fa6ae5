"""The pure rules, by their numbers in docs/lending-rules.md (L…) and of the behaviours asked for (B1–B30)."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lending_facts import OPEN, POLICY, TODAY, YEAR, an, asks, book, lent, loan

from library.contract.codes import REASONS, word
from library.foundation.schoolyear import Calendar, expand_periods
from library.lending.due_dates import due_date, overdue_days, suspension_days, suspension_end
from library.lending.model import (
    Block,
    Granted,
    LengthKind,
    Policy,
    PolicyRow,
    RefusedBy,
    RenewalFacts,
    ReturnDecision,
    ReturnFacts,
    UnitFact,
)
from library.lending.policy_json import calendar_from_json, calendar_to_json, policy_from_json, policy_to_json
from library.lending.rules import decide_checkout, decide_renewal, decide_return, list_matching_rows, select_row

ROOT = Path(__file__).resolve().parents[2]
CLOSED_ALL_YEAR = Calendar(weekly_closed=frozenset(range(1, 8)))


def codes_of(decision: Granted | RefusedBy | ReturnDecision) -> tuple[str, ...]:
    assert isinstance(decision, RefusedBy), f"granted: {decision}"
    return decision.codes


def due_of(decision: Granted | RefusedBy) -> date:
    assert isinstance(decision, Granted), f"refused: {decision}"
    return decision.due_on


# --- policy matrix --------------------------------------------------------------------------------


def test_l2_the_most_specific_row_wins_and_the_book_weighs_more_than_the_reader() -> None:
    rows = (
        PolicyRow(id=1, length_value=7),
        PolicyRow(id=2, reader_kind="pupil", grade=6, length_value=10),
        PolicyRow(id=3, material="tool", loanable=False),
        PolicyRow(id=4, reader_kind="teacher", material="tool", length_value=30),
        PolicyRow(id=5, collection="STN", length_value=21),
    )
    policy = replace(POLICY, rows=rows)
    assert select_row(policy, "pupil", 6, "children", "STK").id == 2
    assert select_row(policy, "pupil", 6, "tool", "STK").id == 3
    assert select_row(policy, "teacher", None, "tool", "STK").id == 4
    assert select_row(policy, "teacher", None, "tool", "STN").id == 5
    assert [row.id for row in list_matching_rows(policy, "pupil", 6, "tool", "STN")] == [5, 3, 2, 1]


def test_l187_a_book_for_teachers_is_not_one_to_read_here() -> None:
    pupils = PolicyRow(id=1, reader_kind="pupil", material="teacher", loanable=False)
    nobody = PolicyRow(id=2, material="map_picture", loanable=False)
    teachers = PolicyRow(id=3, reader_kind="teacher", material="map_picture", length_value=7)
    tools = PolicyRow(id=4, material="tool", loanable=False)
    small = PolicyRow(id=5, reader_kind="pupil", grade=6, material="reference", loanable=False)
    parents = PolicyRow(id=6, reader_kind="parent", material="children", loanable=False)
    policy = replace(POLICY, rows=(pupils, nobody, teachers, tools, small, parents))

    def said(material: str, **reader: object) -> tuple[str, ...]:
        return codes_of(decide_checkout(asks(an(**reader), book(material=material)), policy, OPEN, TODAY))

    assert said("teacher") == ("teachers_only",)
    assert said("map_picture") == said("map_picture", kind="parent") == ("teachers_only",)
    assert said("tool") == said("tool", kind="teacher") == ("not_for_home",), "teachers read it here too"
    assert said("children", kind="parent") == ("not_for_home",), "pupils may: it is not for teachers"
    assert said("reference", grade=6) == ("not_for_home",), "the seventh grade may: it is not for teachers"
    set_aside = decide_checkout(asks(an(), book(material="teacher")), policy, OPEN, TODAY, {"teachers_only"})
    assert isinstance(set_aside, Granted), "staff may set it aside (L5)"


def test_l3_no_row_means_fourteen_days() -> None:
    assert due_of(decide_checkout(asks(an(), book()), POLICY, OPEN, TODAY)) == TODAY + timedelta(days=14)


def test_b5_limits_no_rule_zero_and_one() -> None:
    """B5, L17, L21: no row -> allowed; 0 -> refused "0/0"; 1 with one loan -> refused "1/1"."""
    asked = asks(an(open_loans=(lent(),)), book())
    assert isinstance(decide_checkout(asked, POLICY, OPEN, TODAY), Granted)
    for limit, count in ((0, 1), (1, 1)):
        policy = replace(POLICY, rows=(PolicyRow(id=1, max_loans=limit),))
        refused = decide_checkout(asked, policy, OPEN, TODAY)
        assert codes_of(refused) == ("loan_limit",)
        assert refused.reasons[0].params["limit"] == limit and refused.reasons[0].params["count"] == count
    nobody = replace(POLICY, limits={"pupil": 0})
    assert codes_of(decide_checkout(asks(an(), book()), nobody, OPEN, TODAY)) == ("loan_limit",)


def test_b5_a_full_limit_on_one_material_leaves_others_open() -> None:
    policy = replace(POLICY, rows=(PolicyRow(id=1, material="disc", max_loans=1),))
    has_disc = an(open_loans=(lent(material="disc"),))
    assert codes_of(decide_checkout(asks(has_disc, book(material="disc")), policy, OPEN, TODAY)) == ("loan_limit",)
    assert isinstance(decide_checkout(asks(has_disc, book()), policy, OPEN, TODAY), Granted)


def test_b5_reading_in_the_library_counts_apart() -> None:
    """L29: on-site loans do not fill the limit, and are due the same day."""
    reads_here = an(open_loans=tuple(lent(record_id=900 + n, purpose="in_library") for n in range(5)))
    assert isinstance(decide_checkout(asks(reads_here, book()), POLICY, OPEN, TODAY), Granted)
    full = an(open_loans=tuple(lent(record_id=900 + n) for n in range(3)))
    here = decide_checkout(asks(full, book(use="reference"), purpose="in_library"), POLICY, OPEN, TODAY)
    assert due_of(here) == TODAY


def test_l21_textbooks_may_stand_outside_the_total() -> None:
    rows = (PolicyRow(id=1, material="textbook", counts_in_total=False, length_kind=LengthKind.END_OF_YEAR),)
    policy = replace(POLICY, rows=rows)
    ten_textbooks = an(open_loans=tuple(lent(record_id=900 + n, material="textbook") for n in range(10)))
    granted = decide_checkout(asks(ten_textbooks, book()), policy, OPEN, TODAY)
    assert isinstance(granted, Granted) and granted.remaining == 2
    full = an(open_loans=tuple(lent(record_id=900 + n) for n in range(3)))
    assert due_of(decide_checkout(asks(full, book(material="textbook")), policy, OPEN, TODAY)) == date(2027, 5, 25)


# --- reasons --------------------------------------------------------------------------------------


def test_b1_own_loan_and_b2_loan_of_another() -> None:
    assert codes_of(decide_checkout(asks(an(), book(loan=loan(1))), POLICY, OPEN, TODAY)) == (
        "copy_on_loan_same_reader",
    )
    assert codes_of(decide_checkout(asks(an(), book(loan=loan(2))), POLICY, OPEN, TODAY)) == ("copy_on_loan",)


def test_a_lost_book_found_goes_to_the_librarian_before_it_is_read_here() -> None:
    lost = decide_checkout(asks(an(), book(status="lost", use="reference")), POLICY, OPEN, TODAY)
    assert codes_of(lost)[0] == "copy_lost"


def test_b4_every_reason_is_listed_in_the_fixed_order() -> None:
    """B4, L4: an unknown card and a copy already out are two reasons, not one."""
    assert codes_of(decide_checkout(asks(None, book(loan=loan(2))), POLICY, OPEN, TODAY)) == (
        "reader_unknown", "copy_on_loan",
    )
    assert codes_of(decide_checkout(asks(None, None), POLICY, OPEN, TODAY)) == ("reader_unknown", "copy_unknown")
    bad_reader = an(
        active=False,
        blocks=(Block(until=None, why="làm rách sách"),),
        open_loans=tuple(lent(record_id=900 + n, due_on=TODAY - timedelta(days=1)) for n in range(3)),
    )
    refused = decide_checkout(asks(bad_reader, book(status="repair", use="reference")), POLICY, OPEN, TODAY)
    assert codes_of(refused) == (
        "reader_expired", "reader_blocked", "has_overdues", "loan_limit", "reference_only", "copy_in_repair",
    )
    assert [list(REASONS).index(code) for code in codes_of(refused)] == sorted(
        list(REASONS).index(code) for code in codes_of(refused)
    )
    for reason in refused.reasons:
        for said in (word(reason.code, reason.params), word(reason.code, reason.params, child=True)):
            assert "…" not in said.replace("từ ….", "") and "{" not in said


def test_b6_second_copy_of_the_same_title() -> None:
    """B6, L27: setting off -> refused, but staff may; setting on or a periodical -> lent."""
    asked = asks(an(open_loans=(lent(record_id=100),)), book())
    refused = decide_checkout(asked, POLICY, OPEN, TODAY)
    assert codes_of(refused) == ("same_title",) and refused.reasons[0].overridable
    assert isinstance(decide_checkout(asked, POLICY, OPEN, TODAY, overrides={"same_title"}), Granted)
    assert isinstance(decide_checkout(asked, replace(POLICY, same_title_twice=True), OPEN, TODAY), Granted)
    periodical = asks(asked.reader, book(material="periodical"))
    assert isinstance(decide_checkout(periodical, POLICY, OPEN, TODAY), Granted)


def test_b11_b12_held_copies() -> None:
    """B11, L25: kept for Bình -> An is refused, Bình is not. B12, L26: more waiting than free copies."""
    kept_for_binh = book(ready_for=2)
    assert codes_of(decide_checkout(asks(an(), kept_for_binh), POLICY, OPEN, TODAY)) == ("held_for_other",)
    assert isinstance(decide_checkout(asks(an(id=2), kept_for_binh), POLICY, OPEN, TODAY), Granted)
    overbooked = book(holds_ahead=2, free_copies=1)
    assert codes_of(decide_checkout(asks(an(), overbooked), POLICY, OPEN, TODAY)) == ("held_for_other",)
    enough = book(holds_ahead=1, free_copies=2)
    assert isinstance(decide_checkout(asks(an(), enough), POLICY, OPEN, TODAY), Granted)


def test_b19_overdue_pupil_is_refused_and_override_is_named() -> None:
    late = an(open_loans=(lent(due_on=TODAY - timedelta(days=1)),))
    asked = asks(late, book())
    assert codes_of(decide_checkout(asked, POLICY, OPEN, TODAY)) == ("has_overdues",)
    granted = decide_checkout(asked, POLICY, OPEN, TODAY, overrides={"has_overdues"})
    assert isinstance(granted, Granted) and [reason.code for reason in granted.set_aside] == ["has_overdues"]
    assert isinstance(decide_checkout(asked, replace(POLICY, block_when_overdue=False), OPEN, TODAY), Granted)


def test_l5_what_is_not_overridable_stays_refused() -> None:
    asked = asks(an(), book(loan=loan(2), status="withdrawn"))
    refused = decide_checkout(asked, POLICY, OPEN, TODAY, overrides={"copy_on_loan", "copy_withdrawn"})
    assert codes_of(refused) == ("copy_on_loan", "copy_withdrawn")


def test_b20_expired_reader() -> None:
    gone = an(leaves_on=TODAY - timedelta(days=1))
    assert codes_of(decide_checkout(asks(gone, book()), POLICY, OPEN, TODAY)) == ("reader_expired",)
    facts = RenewalFacts(card="", barcode="", reader=gone, copy=book(loan=loan()))
    assert "reader_expired" in codes_of(decide_renewal(facts, POLICY, OPEN, TODAY))
    back = decide_return(ReturnFacts(barcode="", copy=book(loan=loan())), POLICY, TODAY)
    assert isinstance(back, ReturnDecision) and back.closes_loan


def test_b22_withdrawn_is_never_lent_missing_is_found() -> None:
    assert codes_of(decide_checkout(asks(an(), book(status="withdrawn")), POLICY, OPEN, TODAY)) == ("copy_withdrawn",)
    missing = decide_checkout(asks(an(), book(status="missing")), POLICY, OPEN, TODAY)
    assert isinstance(missing, Granted) and "copy_found" in missing.notes
    back = decide_return(ReturnFacts(barcode="", copy=book(status="withdrawn")), POLICY, TODAY)
    assert isinstance(back, ReturnDecision) and back.alerts == ("copy_withdrawn",)


def test_b29_a_copy_of_a_corner_or_shelf_is_named() -> None:
    corner = book(unit=UnitFact(id=1, kind="class_corner", name="3A"))
    refused = decide_checkout(asks(an(), corner), POLICY, OPEN, TODAY)
    assert codes_of(refused) == ("copy_in_class_corner",)
    assert "góc lớp 3A" in word("copy_in_class_corner", refused.reasons[0].params, child=True)
    shelf = book(unit=UnitFact(id=2, kind="mobile_shelf", name="tủ lưu động số 1"))
    assert codes_of(decide_checkout(asks(an(), shelf), POLICY, OPEN, TODAY)) == ("copy_on_mobile_shelf",)


# --- due dates ------------------------------------------------------------------------------------


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
    kind: LengthKind, length: int, base: date, weekly: frozenset[int],
    closures: list[tuple[date, int]], leaving: int | None,
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


# --- lateness and suspension ----------------------------------------------------------------------


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


# --- renewal --------------------------------------------------------------------------------------


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


# --- return ---------------------------------------------------------------------------------------


def test_b9_return_of_what_is_not_on_loan_succeeds() -> None:
    back = decide_return(ReturnFacts(barcode="", copy=book()), POLICY, TODAY)
    assert isinstance(back, ReturnDecision) and not back.closes_loan and back.overdue_days == 0


def test_b10_return_captures_the_next_hold() -> None:
    facts = ReturnFacts(barcode="", copy=book(loan=loan()), next_hold_id=7)
    assert decide_return(facts, POLICY, TODAY).capture_hold_id == 7
    for elsewhere in (book(status="withdrawn"), book(unit=UnitFact(id=1, kind="class_corner", name="3A"))):
        assert decide_return(replace(facts, copy=elsewhere), POLICY, TODAY).capture_hold_id is None


# --- what travels to the kiosk --------------------------------------------------------------------

_rows = st.builds(
    PolicyRow,
    id=st.integers(1, 99), reader_kind=st.none() | st.sampled_from(["pupil", "teacher"]),
    grade=st.none() | st.integers(1, 12), material=st.none() | st.sampled_from(["textbook", "tool"]),
    collection=st.none() | st.sampled_from(["SGK", "STN"]), loanable=st.booleans(),
    max_loans=st.none() | st.integers(0, 9), length_kind=st.sampled_from(list(LengthKind)),
    length_value=st.integers(0, 60), fixed_due_on=st.none() | st.dates(), renewal_days=st.none() | st.integers(0, 30),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(_rows, max_size=6),
    closed=st.frozensets(st.dates(date(2026, 9, 1), date(2027, 5, 31)), max_size=9),
)
def test_policy_and_calendar_survive_the_journey_as_json(rows: list[PolicyRow], closed: frozenset[date]) -> None:
    policy = Policy(rows=tuple(rows), year=YEAR, limits={"pupil": 4, "other": 1}, summer_return=(20, 5))
    assert policy_from_json(json.loads(json.dumps(policy_to_json(policy)))) == policy
    calendar = Calendar(frozenset({6, 7}), closed)
    shown = calendar_to_json(calendar, date(2026, 8, 1), date(2027, 7, 31))
    assert calendar_from_json(json.loads(json.dumps(shown))) == calendar


def test_the_rules_need_no_server_package() -> None:
    """The Pi imports them with nothing but the standard library."""
    program = (
        "import sys\n"
        "for name in ('flask', 'peewee', 'whoosh', 'pymarc', 'holidays', 'babel'):\n"
        "    sys.modules[name] = None\n"
        "import library.lending.rules, library.contract.kiosk_api, library.contract.scans\n"
        "print(library.lending.rules.policy_from_json({}).limit_for('pupil'))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert (done.stdout.strip(), done.returncode) == ("3", 0), done.stderr


def test_every_rule_number_is_in_the_document() -> None:
    """Numbers quoted in code and tests exist in docs/lending-rules.md."""
    import re

    document = (ROOT / "docs" / "lending-rules.md").read_text("utf-8")
    known = set(re.findall(r"^\| (L\d+) \|", document, re.MULTILINE))
    for path in [*(ROOT / "library" / "lending").glob("*.py"), *(ROOT / "tests" / "lending").glob("*.py")]:
        quoted = set(re.findall(r"\bL(\d{1,3})\b", path.read_text("utf-8")))
        assert {f"L{number}" for number in quoted} <= known, path.name


@pytest.mark.parametrize("code", sorted(REASONS))
def test_a_child_is_told_one_kind_sentence(code: str) -> None:
    said = word(code, {"limit": 3, "unit": "3A"}, child=True)
    assert "…" not in said and said.endswith(".")
