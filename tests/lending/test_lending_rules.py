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
from lending_facts import OPEN, POLICY, TODAY, YEAR, an, asks, book, codes_of, due_of, lent, loan

from library.contract.codes import REASONS, word
from library.foundation.schoolyear import Calendar
from library.lending.model import (
    Block,
    Granted,
    LengthKind,
    Policy,
    PolicyRow,
    RenewalFacts,
    ReturnDecision,
    ReturnFacts,
    UnitFact,
)
from library.lending.policy_json import calendar_from_json, calendar_to_json, policy_from_json, policy_to_json
from library.lending.policy_matrix import list_matching_rows, select_row
from library.lending.rules import decide_checkout, decide_renewal, decide_return

ROOT = Path(__file__).resolve().parents[2]


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
        "reader_expired", "reader_blocked", "has_overdues", "reference_only", "copy_in_repair", "loan_limit",
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
    refused = decide_checkout(asks(gone, book()), POLICY, OPEN, TODAY)
    assert codes_of(refused) == ("reader_expired",)
    assert refused.reasons[0].params["since"] == TODAY, "L12: the last day of service itself is still in time"
    assert isinstance(decide_checkout(asks(an(leaves_on=TODAY), book()), POLICY, OPEN, TODAY), Granted)
    closed = decide_checkout(asks(an(active=False, leaves_on=TODAY + timedelta(days=9)), book()), POLICY, OPEN, TODAY)
    assert closed.reasons[0].params.get("since") is None, "left before that day: no day is named"
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
        "import library.lending.rules, library.lending.policy_json, library.contract.kiosk_api, library.contract.scans\n"
        "print(library.lending.policy_json.policy_from_json({}).limit_for('pupil'))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert (done.stdout.strip(), done.returncode) == ("3", 0), done.stderr


def test_every_rule_number_is_in_the_document() -> None:
    """Numbers quoted in code and tests exist in docs/lending-rules.md."""
    import re

    document = (ROOT / "docs" / "lending-rules.md").read_text("utf-8")
    known = set(re.findall(r"^\| (L\d+) \|", document, re.MULTILINE))
    for path in [*(ROOT / "library" / "lending").rglob("*.py"), *(ROOT / "tests" / "lending").glob("*.py")]:
        quoted = set(re.findall(r"\bL(\d{1,3})\b", path.read_text("utf-8")))
        assert {f"L{number}" for number in quoted} <= known, path.name


@pytest.mark.parametrize("code", sorted(REASONS))
def test_a_child_is_told_one_kind_sentence(code: str) -> None:
    said = word(code, {"limit": 3, "unit": "3A"}, child=True)
    assert "…" not in said and said.endswith(".")
