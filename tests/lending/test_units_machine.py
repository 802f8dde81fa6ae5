"""Sets going out, back, across and round, with loans inside, in any order, against a model (hypothesis): every copy
is in exactly one place, what is missing keeps its name, and nothing is moved by a refusal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from kept_snapshot import KeptSnapshot
from lending_world import STAFF, World

from library.cataloguing.tables import Copy
from library.foundation.errors import KesachError
from library.lending.service import check_in
from library.lending.tables import Charge, HandOver, HoldingUnit, Loan, LoanEvent, Placement
from library.lending.units.class_corners import open_corner
from library.lending.units.corner_loans import lend_inside, return_inside
from library.lending.units.exchanges import exchange_both
from library.lending.units.queries import get_unit, list_copy_places, list_unit_copies
from library.lending.units.rotations import create_plan, do_round, end_plan
from library.lending.units.service import exchange, hand_over, settle_missing, take_back
from library.lending.units.tables import RotationPlan, RotationShift, SetDraft

CLASSES = ("6A1", "6A2", "6A3")
CAPACITY, COPIES = 5, 8
_unit = st.integers(0, len(CLASSES) - 1)
_some = st.lists(st.integers(0, COPIES - 1), min_size=1, max_size=COPIES, unique=True)
_one = st.integers(0, COPIES - 1)


def make_machine(school: World) -> type[RuleBasedStateMachine]:
    copies = [code for number in range(COPIES) for code in school.add_title(f"Truyện {number}")]
    ids = {row.barcode: row.id for row in Copy.select()}
    pupils = {}
    for name in CLASSES:
        school.add_class(name)
        pupils[name] = school.add_reader(f"Em của {name}", name)

    class Units(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            for table in (RotationShift, RotationPlan, SetDraft, Charge, LoanEvent, Loan, Placement, HandOver, HoldingUnit):
                table.delete().execute()
            Copy.update(status="in_service").execute()
            self.units = [
                open_corner(school.classes[name], school.readers["Nguyễn Văn Dũng"], actor=STAFF, capacity=CAPACITY)
                for name in CLASSES
            ]
            self.place: dict[str, int] = {}  # copy -> index of the corner
            self.lent: set[str] = set()  # at home with the pupil of that class
            self.gone: set[str] = set()  # settled as lost or damaged
            self.kiosk = KeptSnapshot()

        def expect(self, allowed: bool, call: Any, *arguments: Any, **more: Any) -> bool:
            try:
                call(*arguments, actor=STAFF, **more)
            except KesachError as refusal:
                assert not allowed, f"{call.__name__} refused: {refusal}"
                return False
            assert allowed, f"{call.__name__} was granted"
            return True

        def count(self, unit: int) -> int:
            return sum(place == unit for place in self.place.values())

        @rule(unit=_unit, some=_some)
        def give(self, unit: int, some: list[int]) -> None:
            codes = [copies[index] for index in some]
            free = all(code not in self.place and code not in self.gone for code in codes)
            fits = self.count(unit) + len(codes) <= CAPACITY
            if self.expect(free and fits, hand_over, self.units[unit], codes):
                self.place.update(dict.fromkeys(codes, unit))

        @rule(unit=_unit, some=_some)
        def take(self, unit: int, some: list[int]) -> None:
            codes = [copies[index] for index in some]
            here = [code for code in codes if self.place.get(code) == unit]
            if self.expect(bool(here), take_back, self.units[unit], codes):
                for code in here:
                    del self.place[code]
                    self.lent.discard(code)

        @rule(source=_unit, goal=_unit, some=_some)
        def swap(self, source: int, goal: int, some: list[int]) -> None:
            codes = [copies[index] for index in some]
            here = all(self.place.get(code) == source for code in codes)
            fits = self.count(goal) + len(codes) <= CAPACITY
            allowed = source != goal and here and fits
            if self.expect(allowed, exchange, self.units[source], self.units[goal], codes):
                self.place.update(dict.fromkeys(codes, goal))
                self.lent.difference_update(codes)

        @rule(one=_unit, other=_unit, some=_some)
        def swap_both_ways(self, one: int, other: int, some: list[int]) -> None:
            codes = [copies[index] for index in some]
            here = all(self.place.get(code) in (one, other) for code in codes)
            there = sum(self.place.get(code) == one for code in codes)
            grows = {other: 2 * there - len(codes), one: len(codes) - 2 * there}
            fits = all(self.count(unit) + more <= CAPACITY for unit, more in grows.items())
            allowed = one != other and here and fits
            if self.expect(allowed, exchange_both, self.units[one], self.units[other], codes):
                self.place.update({code: other if self.place[code] == one else one for code in codes})
                self.lent.difference_update(codes)

        @rule(unit=_unit, one=_one)
        def lend(self, unit: int, one: int) -> None:
            code, reader = copies[one], pupils[CLASSES[unit]]
            has = sum(self.place[held] == unit for held in self.lent)
            allowed = self.place.get(code) == unit and code not in self.lent and has < 2
            if self.expect(allowed, lend_inside, self.units[unit], ids[code], reader):
                self.lent.add(code)

        @rule(unit=_unit, one=_one)
        def give_back(self, unit: int, one: int) -> None:
            code = copies[one]
            allowed = code in self.lent and self.place[code] == unit
            if self.expect(allowed, return_inside, self.units[unit], ids[code]):
                self.lent.discard(code)

        @rule(one=_one)
        def leave_at_the_desk(self, one: int) -> None:
            code = copies[one]
            if code not in self.gone:
                assert check_in(code, actor=STAFF, channel="desk").was_on_loan == (code in self.lent)
                self.lent.discard(code)

        @rule(one=_one, outcome=st.sampled_from(("lost", "missing", "damaged")))
        def lose(self, one: int, outcome: str) -> None:
            code = copies[one]
            if code in self.place:
                assert settle_missing(self.units[self.place.pop(code)], {code: outcome}, actor=STAFF).copies == 1
                self.lent.discard(code)
                if outcome != "missing":  # L82: a missing one that is handed over is found
                    self.gone.add(code)

        @rule()
        def go_round(self) -> None:
            stays = {unit: sum(self.place[code] == unit for code in self.lent) for unit in range(len(CLASSES))}
            plan = create_plan(self.units, starts_on=school.clock.at.date(), weeks=2, actor=STAFF)
            fits = all(
                stays[unit] + self.count(unit - 1 if unit else len(CLASSES) - 1) - stays[unit - 1 if unit else 2]
                <= CAPACITY
                for unit in range(len(CLASSES))
            )
            if self.expect(fits, do_round, plan, 1, []):
                for code, unit in self.place.items():
                    if code not in self.lent:
                        self.place[code] = (unit + 1) % len(CLASSES)
            end_plan(plan, actor=STAFF)

        @invariant()
        def every_copy_is_in_one_place(self) -> None:
            for index, unit in enumerate(self.units):
                inside = {copy.barcode for copy in list_unit_copies(unit)}
                assert inside == {code for code, place in self.place.items() if place == index}
                assert get_unit(unit).copies == len(inside) <= CAPACITY
            out = {row.copy.barcode for row in Loan.select().where(Loan.returned_at.is_null())}
            assert out == self.lent <= set(self.place)

        @invariant()
        def documents_and_history_add_up(self) -> None:
            numbers = [row.number for row in HandOver.select().order_by(HandOver.id)]
            assert len(set(numbers)) == len(numbers)
            for code, copy_id in ids.items():
                stays = list_copy_places(copy_id)
                assert sum(stay.removed_at is None for stay in stays) == (code in self.place)
                assert all(stay.outcome is not None for stay in stays if stay.removed_at is not None)

        @invariant()
        def a_kiosk_that_follows_knows_the_same(self) -> None:
            self.kiosk.check()

    return Units


@pytest.mark.slow
def test_any_order_of_movements(school: World) -> None:
    run_state_machine_as_test(
        make_machine(school),
        settings=settings(
            max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
