"""Every lending operation in any order, against a model of a few sets and lists (hypothesis).

The model knows who has what, who waits, what is kept for whom and what stands in the corner; after each
step the database says the same, and the figures add up.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from kept_snapshot import KeptSnapshot
from lending_world import STAFF, World

from library.cataloguing.tables import Copy
from library.foundation.errors import Refused
from library.foundation.tables import AuditEntry
from library.lending import availability, queries
from library.lending.copy_troubles import declare_lost
from library.lending.corrections import undo_last
from library.lending.holds import cancel_hold, place_hold
from library.lending.service import check_in, check_out, renew
from library.lending.tables import Charge, HandOver, Hold, HoldingUnit, Loan, LoanEvent, Placement
from library.lending.units.class_corners import open_corner
from library.lending.units.service import SetRefused, hand_over, take_back

READERS = ("Trần Minh An", "Lê Thanh Bình", "Phạm Chi")
TITLES = ("A", "B", "C", "D")
LIMIT = 3
_reader = st.sampled_from(READERS)
_place = st.integers(0, 7)  # two copies of each title


def make_machine(school: World) -> type[RuleBasedStateMachine]:
    copies = [code for title in TITLES for code in school.add_title(title, 2)]

    def title_of(code: str) -> str:
        return TITLES[copies.index(code) // 2]

    class Lending(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            for table in (LoanEvent, Charge, Loan, Hold, Placement, HandOver, HoldingUnit):
                table.delete().execute()
            AuditEntry.delete().execute()  # so that undo finds this run's steps only
            Copy.update(status="in_service").execute()
            self.unit = open_corner(school.classes["6A1"], school.readers["Nguyễn Văn Dũng"], actor=STAFF)
            self.loans: dict[str, str] = {}
            self.renewed: set[str] = set()
            self.inside: set[str] = set()
            self.lost: set[str] = set()
            self.kept: dict[str, str] = {}  # copy -> reader, on the pickup shelf
            self.queue: dict[str, list[str]] = {title: [] for title in TITLES}
            self.kiosk = KeptSnapshot()

        def free(self, title: str) -> list[str]:
            taken = {*self.loans, *self.inside, *self.lost, *self.kept}
            return [code for code in copies if title_of(code) == title and code not in taken]

        def expect(self, allowed: bool, call: Any, *arguments: Any, **more: Any) -> bool:
            """The call must be refused exactly when the model says so."""
            try:
                call(*arguments, **more)
            except (Refused, SetRefused) as refusal:
                assert not allowed, f"refused: {refusal}"
                return False
            assert allowed, f"{call.__name__} was granted"
            return True

        def may_borrow(self, who: str, code: str) -> bool:
            title = title_of(code)
            own = [held for held, reader in self.loans.items() if reader == who]
            if code in self.loans or code in self.inside or code in self.lost or len(own) >= LIMIT:
                return False
            if any(title_of(held) == title for held in own):
                return False
            if code in self.kept:
                return self.kept[code] == who
            line = self.queue[title]
            ahead = line.index(who) if who in line else len(line)
            return ahead < max(len(self.free(title)), 1)

        @rule(who=_reader, place=_place)
        def borrow(self, who: str, place: int) -> None:
            code = copies[place]
            card = school.cards[who]
            if self.expect(self.may_borrow(who, code), check_out, code, reader_card=card, actor=STAFF, channel="desk"):
                self.loans[code] = who
                self.renewed.discard(code)
                self.kept.pop(code, None)
                title = title_of(code)
                if who in self.queue[title]:
                    self.queue[title].remove(who)
                for other, reader in list(self.kept.items()):  # another copy was kept for the same reader
                    if reader == who and title_of(other) == title:
                        del self.kept[other]
                        self.serve(other)

        def serve(self, code: str) -> None:
            """The first in the queue gets a copy that has come free."""
            title = title_of(code)
            if self.queue[title] and code not in self.kept:
                self.kept[code] = self.queue[title].pop(0)

        @rule(place=_place)
        def bring_back(self, place: int) -> None:
            code = copies[place]
            back = check_in(code, actor=STAFF, channel="desk")
            assert back.was_on_loan == (code in self.loans)
            self.loans.pop(code, None)
            self.lost.discard(code)
            if code not in self.inside:
                self.serve(code)
                assert (back.held_for is not None) == (code in self.kept)

        @rule(who=_reader, place=_place)
        def extend(self, who: str, place: int) -> None:
            code = copies[place]
            title = title_of(code)
            others = [reader for reader in self.queue[title] if reader != who]
            allowed = (
                self.loans.get(code) == who and code not in self.renewed and len(others) <= len(self.free(title))
            )
            if self.expect(allowed, renew, code, reader_card=school.cards[who], actor=STAFF):
                self.renewed.add(code)

        @rule(who=_reader, title=st.sampled_from(TITLES))
        def ask(self, who: str, title: str) -> None:
            has = any(reader == who and title_of(code) == title for code, reader in self.loans.items())
            waits = who in self.queue[title] or any(
                reader == who and title_of(code) == title for code, reader in self.kept.items()
            )
            gone = all(code in self.lost for code in copies if title_of(code) == title)
            allowed = not has and not waits and not gone
            if self.expect(allowed, place_hold, school.readers[who], school.records[title], actor=STAFF):
                self.queue[title].append(who)

        @rule(who=_reader, title=st.sampled_from(TITLES))
        def give_up(self, who: str, title: str) -> None:
            hold = Hold.get_or_none(
                (Hold.reader == school.readers[who])
                & (Hold.record == school.records[title])
                & Hold.ended_at.is_null()
            )
            if hold is None:
                return
            cancel_hold(hold.id, actor=STAFF)
            if who in self.queue[title]:
                self.queue[title].remove(who)
            for code, reader in list(self.kept.items()):
                if reader == who and title_of(code) == title:
                    del self.kept[code]
                    self.serve(code)

        @rule(places=st.sets(_place, min_size=1, max_size=4))
        def to_the_corner(self, places: set[int]) -> None:
            codes = [copies[place] for place in sorted(places)]
            busy = {*self.loans, *self.inside, *self.lost, *self.kept}
            if self.expect(not busy.intersection(codes), hand_over, self.unit, codes, actor=STAFF):
                self.inside.update(codes)

        @rule(places=st.sets(_place, min_size=1, max_size=4))
        def from_the_corner(self, places: set[int]) -> None:
            codes = {copies[place] for place in places}
            if self.expect(bool(codes & self.inside), take_back, self.unit, sorted(codes), actor=STAFF):
                self.inside -= codes

        @rule(place=_place)
        def lose(self, place: int) -> None:
            code = copies[place]
            if code in self.inside or code in self.kept:
                return  # settled through the corner, or fetched from the pickup shelf first
            if self.expect(code not in self.lost, declare_lost, code, actor=STAFF):
                self.loans.pop(code, None)
                self.lost.add(code)

        @rule(who=_reader, place=_place)
        def borrow_and_undo(self, who: str, place: int) -> None:
            code = copies[place]
            kept_elsewhere = any(
                reader == who and other != code and title_of(other) == title_of(code)
                for other, reader in self.kept.items()
            )
            if not self.may_borrow(who, code) or kept_elsewhere:
                return
            check_out(code, reader_card=school.cards[who], actor=STAFF, channel="desk")
            assert undo_last(actor=STAFF).action == "check_out"

        @rule(place=_place)
        def bring_back_and_undo(self, place: int) -> None:
            """The loan is open again, as it was."""
            code = copies[place]
            if code not in self.loans:
                return
            before = Loan.get(Loan.returned_at.is_null(), Loan.copy == Copy.get(Copy.barcode == code))
            check_in(code, actor=STAFF, channel="desk")
            assert undo_last(actor=STAFF).action == "check_in"
            after = Loan.get_by_id(before.id)
            assert (after.due_on, after.renewals, after.ended_as) == (before.due_on, before.renewals, None)

        @invariant()
        def the_database_says_the_same(self) -> None:
            names = {reader_id: name for name, reader_id in school.readers.items()}
            rows = list(Loan.select().where(Loan.returned_at.is_null()))
            assert {row.copy.barcode: names[row.reader_id] for row in rows} == self.loans
            inside = {row.copy.barcode for row in Placement.select().where(Placement.removed_at.is_null())}
            assert inside == self.inside
            holds = list(Hold.select().where(Hold.ended_at.is_null()).order_by(Hold.priority, Hold.placed_at, Hold.id))
            kept = {row.ready_copy.barcode: names[row.reader_id] for row in holds if row.status == "ready"}
            assert kept == self.kept
            for title in TITLES:
                record = school.records[title]
                line = [names[row.reader_id] for row in holds if row.record_id == record and row.status == "waiting"]
                assert line == self.queue[title]
            assert {row.barcode for row in Copy.select().where(Copy.status == "lost")} == self.lost

        @invariant()
        def figures_add_up(self) -> None:
            ids = [school.records[title] for title in TITLES]
            shown = availability.list_availability(ids)
            for title in TITLES:
                total, available = shown.get(school.records[title], (0, 0))
                assert available == len(self.free(title))
                assert total == sum(title_of(code) == title and code not in self.lost for code in copies)
            for who in READERS:
                assert queries.count_open_loans(school.readers[who]) <= LIMIT

        @invariant()
        def a_kiosk_that_follows_knows_the_same(self) -> None:
            self.kiosk.check()

    return Lending


@pytest.mark.slow
def test_any_order_of_steps(school: World) -> None:
    run_state_machine_as_test(
        make_machine(school),
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
