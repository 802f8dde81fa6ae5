"""Loans in any order while days pass and the calendar changes, against a model of a few dates (hypothesis).

The model counts days by itself: due days, renewals, recalls, claims, suspension, closed days, losses and what is owed.
After each step the database says the same. Who waits for what is test_lending_machine.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from lending_world import STAFF, TODAY, World, prefer

from library.cataloguing.tables import Copy
from library.foundation.errors import InvalidInput, Refused
from library.foundation.tables import AuditEntry, ClosedPeriod
from library.lending.charges import list_charges
from library.lending.closing import close_library
from library.lending.copy_troubles import claim_returned, declare_lost, settle_claim
from library.lending.corrections import recall
from library.lending.queries import list_overdue
from library.lending.service import check_in, check_out, renew
from library.lending.tables import Charge, Loan, LoanEvent
from library.readers.tables import ReaderBlock

READERS = ("Trần Minh An", "Lê Thanh Bình", "Phạm Chi")
LIMIT, LENGTH, RENEWALS, RECALL, GRACE, CAP = 3, 14, 1, 3, 1, 10
_reader = st.sampled_from(READERS)
_place = st.integers(0, 5)


@dataclass(frozen=True)
class Lent:
    who: str
    on: date
    due: date
    renewals: int = 0
    recalled: bool = False
    claimed: date | None = None


def make_machine(school: World) -> type[RuleBasedStateMachine]:
    copies = [school.add_title(f"Truyện {number}")[0] for number in range(6)]
    prefer(suspension_factor=1, suspension_grace_days=GRACE, suspension_cap_days=CAP)

    class Days(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            for table in (LoanEvent, Charge, Loan, ReaderBlock, AuditEntry):
                table.delete().execute()
            ClosedPeriod.delete().where(ClosedPeriod.source == "manual").execute()
            Copy.update(status="in_service").execute()
            school.clock.set_day(TODAY)
            self.today = TODAY
            self.closed = {
                period.starts_on + timedelta(days=offset)
                for period in ClosedPeriod.select()
                for offset in range((period.ends_on - period.starts_on).days + 1)
            }
            self.lent: dict[str, Lent] = {}
            self.blocked: dict[str, date] = {}
            self.owed: dict[str, str] = {}  # lost copy -> who owes it

        def next_open(self, day: date) -> date:
            while day.isoweekday() == 7 or day in self.closed:
                day += timedelta(days=1)
            return day

        def own(self, who: str) -> list[Lent]:
            return [loan for loan in self.lent.values() if loan.who == who]

        def is_free_to_borrow(self, who: str) -> bool:
            late = any(loan.due < self.today for loan in self.own(who))
            return not late and self.blocked.get(who, date.min) < self.today

        def expect(self, allowed: bool, call: Any, *arguments: Any, **more: Any) -> Any:
            try:
                done = call(*arguments, **more)
            except Refused as refusal:
                assert not allowed, f"refused: {refusal}"
                return None
            assert allowed, f"{call.__name__} was granted"
            return done

        @rule(days=st.integers(1, 9))
        def days_pass(self, days: int) -> None:
            self.today += timedelta(days=days)
            school.clock.set_day(self.today)

        @rule(who=_reader, place=_place)
        def borrow(self, who: str, place: int) -> None:
            code = copies[place]
            allowed = (
                code not in self.lent and code not in self.owed and len(self.own(who)) < LIMIT
                and self.is_free_to_borrow(who)
            )  # fmt: skip
            card = school.cards[who]
            if self.expect(allowed, check_out, code, reader_card=card, actor=STAFF, channel="desk"):
                self.lent[code] = Lent(who, self.today, self.next_open(self.today + timedelta(days=LENGTH)))

        def end(self, code: str, on: date) -> int:
            """The loan ends on that day: days late, and the suspension they bring."""
            loan = self.lent.pop(code)
            late = max((on - loan.due).days, 0)
            days = min(max(late - GRACE, 0), CAP)
            if days:
                before = self.blocked.get(loan.who, date.min)
                self.blocked[loan.who] = max(before if before >= on else date.min, on + timedelta(days=days))
            return late

        @rule(place=_place)
        def bring_back(self, place: int) -> None:
            code = copies[place]
            back = check_in(code, actor=STAFF, channel="desk")
            assert back.was_on_loan == (code in self.lent)
            if code in self.lent:
                assert back.overdue_days == self.end(code, self.today)
            elif self.owed.pop(code, None):
                assert back.alerts == ("copy_found",)

        @rule(who=_reader, place=_place)
        def extend(self, who: str, place: int) -> None:
            code = copies[place]
            loan = self.lent.get(code)
            allowed = (
                loan is not None and loan.who == who and loan.renewals < RENEWALS and not loan.recalled
                and self.is_free_to_borrow(who)
            )  # fmt: skip
            done = self.expect(allowed, renew, code, reader_card=school.cards[who], actor=STAFF)
            if done and loan is not None:
                due = self.next_open(max(loan.due, self.today) + timedelta(days=LENGTH))
                self.lent[code] = replace(loan, due=due, renewals=loan.renewals + 1)

        @rule(place=_place)
        def call_back(self, place: int) -> None:
            loan = self.lent.get(copies[place])
            if loan is not None:
                due = min(loan.due, self.next_open(self.today + timedelta(days=RECALL)))
                assert recall(self.id_of(copies[place]), actor=STAFF) == due
                self.lent[copies[place]] = replace(loan, due=due, recalled=True)

        @rule(place=_place)
        def claim(self, place: int) -> None:
            loan = self.lent.get(copies[place])
            if loan is not None and loan.claimed is None:
                claim_returned(self.id_of(copies[place]), actor=STAFF)
                self.lent[copies[place]] = replace(loan, claimed=self.today)

        @rule(place=_place, found=st.booleans())
        def settle(self, place: int, found: bool) -> None:
            code = copies[place]
            loan = self.lent.get(code)
            if loan is None or loan.claimed is None:
                return
            back = settle_claim(self.id_of(code), found=found, actor=STAFF)
            if found:
                assert back is not None and back.overdue_days == self.end(code, loan.claimed)
            else:
                self.lent[code] = replace(loan, claimed=None)

        @rule(start=st.integers(0, 20), length=st.integers(1, 4))
        def close(self, start: int, length: int) -> None:
            first = self.today + timedelta(days=start)
            last = first + timedelta(days=length - 1)
            kept = ClosedPeriod.select().where(ClosedPeriod.starts_on <= first, ClosedPeriod.ends_on >= last)
            if kept.exists():  # L224
                with pytest.raises(InvalidInput, match="period_twice"):
                    close_library(first, last, "Nghỉ", "other", actor=STAFF)
                return
            self.closed.update(first + timedelta(days=offset) for offset in range(length))
            moved = close_library(first, last, "Nghỉ", "other", actor=STAFF).loans
            expected = set()
            for code, loan in self.lent.items():
                due = self.next_open(loan.due)
                if loan.due >= self.today and due != loan.due:
                    expected.add((self.id_of(code), loan.due, due))
                    self.lent[code] = replace(loan, due=due)
            assert {(line.loan_id, line.due_before, line.due_after) for line in moved} == expected

        @rule(place=_place)
        def lose(self, place: int) -> None:
            code = copies[place]
            loan = self.lent.get(code)
            if loan is None:
                return
            declare_lost(code, actor=STAFF)
            del self.lent[code]
            self.owed[code] = loan.who

        def id_of(self, code: str) -> int:
            return Loan.select(Loan.id).join(Copy).where(Copy.barcode == code, Loan.returned_at.is_null()).scalar()

        @invariant()
        def the_database_says_the_same(self) -> None:
            names = {reader_id: name for name, reader_id in school.readers.items()}
            rows = {row.copy.barcode: row for row in Loan.select().where(Loan.returned_at.is_null())}
            assert {
                code: Lent(names[row.reader_id], row.loaned_on, row.due_on, row.renewals, row.recalled_on is not None,
                           row.claimed_returned_on)
                for code, row in rows.items()
            } == self.lent  # fmt: skip
            late = {code for code, loan in self.lent.items() if loan.due < self.today}
            assert {line.barcode for line in list_overdue()} == late
            assert {charge.barcode: charge.reader_name for charge in list_charges()} == self.owed
            ends: dict[str, date] = {}
            for block in ReaderBlock.select().where(ReaderBlock.ends_on >= self.today):
                assert names[block.reader_id] not in ends  # L42: one suspension a reader
                ends[names[block.reader_id]] = block.ends_on
            assert ends == {who: until for who, until in self.blocked.items() if until >= self.today}
            assert all(len(self.own(who)) <= LIMIT for who in READERS)

    return Days


@pytest.mark.slow
def test_any_order_of_steps_while_days_pass(school: World) -> None:
    run_state_machine_as_test(
        make_machine(school),
        settings=settings(
            max_examples=15, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
