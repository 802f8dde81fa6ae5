"""Class corners and the mobile shelf: sets going out, coming back in part, exchanged, settled, carried over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from year_corners import end_inside
from year_model import LOST, MISSING, REPAIR, SHELF, UNIT, Copy
from year_school import School

from library.foundation.errors import Refused
from library.lending.units import class_corners, corner_loans, mobile_shelves
from library.lending.units import service as units
from library.lending.units.exchanges import exchange_both
from library.lending.units.service import SetRefused

OUTCOME_PLACE = {"missing": MISSING, "lost": LOST, "damaged": REPAIR}


@dataclass
class Units:
    """Corners by class name, and the shelf with its stops."""

    corners: dict[str, int] = field(default_factory=dict)
    helpers: dict[int, int] = field(default_factory=dict)  # pupil by corner
    shelf: int = 0
    stops: list[int] = field(default_factory=list)
    documents: int = 0


def inside(school: School, unit_id: int) -> list[Copy]:
    return [copy for copy in school.model.copies.values() if copy.place == UNIT and copy.unit == unit_id]


def choose_set(school: School, size: int) -> list[Copy]:
    """A mixed set of what stands on the shelves."""
    free = [copy for copy in school.model.copies.values()
            if copy.place == SHELF and copy.material in ("children", "reference")
            and not school.model.waiting(copy.record) and not school.is_away(copy)]  # fmt: skip
    return school.random.sample(free, min(size, len(free)))


def open_corner(school: School, own: Units, class_name: str) -> None:
    keeper = school.random.choice(school.teachers())
    helper = school.random.choice(school.of_class(class_name))
    own.corners[class_name] = class_corners.open_corner(
        school.classes[class_name], keeper.id, actor=school.staff, helper_id=helper.id
    )
    own.helpers[own.corners[class_name]] = helper.id
    school.helpers = set(own.helpers.values())
    school.model.audit["unit.open"] += 1


def hand_over(school: School, own: Units, unit_id: int, copies: Sequence[Copy], *, busy: Copy | None = None) -> None:
    """A set goes out. With `busy` (a copy on loan) in the pile nothing moves until staff leave it out (L81)."""
    school.clock.later(300)
    codes = [copy.barcode for copy in copies]
    if busy is not None:
        try:
            units.hand_over(unit_id, [*codes, busy.barcode], actor=school.staff)
        except SetRefused as refusal:
            assert [problem.barcode for problem in refusal.problems] == [busy.barcode]
        else:
            raise AssertionError(f"{busy.barcode} is on loan and went into a corner")
        done = units.hand_over(unit_id, [*codes, busy.barcode], actor=school.staff, skip_problems=True)
    else:
        done = units.hand_over(unit_id, [*codes, codes[0]], actor=school.staff)  # one scanned twice
        assert done.repeated == (codes[0],)
    assert set(done.moved) == set(codes)
    for copy in copies:
        _move(school, copy, unit_id)
        school.log.sent.append((school.day, copy.material, unit_id != own.shelf))
    assert done.remaining == len(inside(school, unit_id))
    own.documents += 1
    school.model.audit["unit.hand_over"] += 1


def hand_over_on_page(school: School, own: Units, unit_id: int, copies: Sequence[Copy]) -> None:
    """The same by the page of the corner: one form with a line for each scan."""
    school.clock.later(300)
    school.post(f"/staff/units/{unit_id}/out", barcodes="\r\n".join(copy.barcode for copy in copies))
    for copy in copies:
        _move(school, copy, unit_id)
        school.log.sent.append((school.day, copy.material, unit_id != own.shelf))
    own.documents += 1
    school.model.audit["unit.hand_over"] += 1


def _move(school: School, copy: Copy, unit_id: int) -> None:
    if copy.place == MISSING:
        copy.changed_on = school.day
    copy.place, copy.unit = UNIT, unit_id


def take_back(school: School, own: Units, unit_id: int, copies: Sequence[Copy], stray: Copy | None = None) -> None:
    """What is in the box comes back; a copy from elsewhere is named and stays where it is (L84)."""
    school.clock.later(300)
    codes = [copy.barcode for copy in copies] + ([stray.barcode] if stray else [])
    done = units.take_back(unit_id, codes, actor=school.staff)
    assert set(done.moved) == {copy.barcode for copy in copies}
    assert [problem.barcode for problem in done.left_out] == ([stray.barcode] if stray else [])
    end_inside(school, copies, "returned")
    for copy in copies:
        copy.place, copy.unit = SHELF, None
    assert done.remaining == len(inside(school, unit_id))
    own.documents += 1
    school.model.audit["unit.take_back"] += 1


def exchange(school: School, own: Units, from_id: int, to_id: int, size: int) -> None:
    """Two classes swap part of their sets: one way, or as much back in the same act (L202)."""
    moving = school.random.sample(inside(school, from_id), size)
    theirs = inside(school, to_id)
    if len(theirs) >= size and school.random.random() < 0.5:
        back = school.random.sample(theirs, size)
        pile = [copy.barcode for copy in (*moving, *back)]
        school.random.shuffle(pile)
        both = exchange_both(from_id, to_id, pile, actor=school.staff, act_key=str(school.uuid()))
        assert (both.moved, len(both.document_ids)) == ((size, size), 2)
        end_inside(school, (*moving, *back), "returned")
        for copies, unit_id in ((moving, to_id), (back, from_id)):
            for copy in copies:
                copy.unit = unit_id
                school.log.sent.append((school.day, copy.material, True))
        own.documents += 2
        school.model.audit["unit.exchange"] += 2
        return
    done = units.exchange(from_id, to_id, [copy.barcode for copy in moving], actor=school.staff)
    end_inside(school, moving, "returned")
    for copy in moving:
        copy.unit = to_id
        school.log.sent.append((school.day, copy.material, True))
    assert done.remaining == len(inside(school, to_id))
    own.documents += 1
    school.model.audit["unit.exchange"] += 1


def settle(school: School, own: Units, unit_id: int) -> None:
    """Decide what became of every copy that did not come back (L85)."""
    left = inside(school, unit_id)
    if not left:
        return
    outcomes = {copy.barcode: school.random.choice(("missing", "lost", "damaged")) for copy in left}
    done = units.settle_missing(unit_id, outcomes, actor=school.staff)
    owing = 0
    for copy in left:
        outcome = outcomes[copy.barcode]
        owing += end_inside(school, [copy], "returned" if outcome == "damaged" else outcome)
        copy.unit = None
        school.model.set_place(copy, OUTCOME_PLACE[outcome], school.day)
        if outcome != "missing":
            school.log.unit_troubles.append((school.day, copy, outcome))
    assert (done.copies, done.owing) == (len(left), owing)
    own.documents += 1
    school.model.audit["unit.settle"] += 1


def close_corner(school: School, own: Units, class_name: str) -> None:
    """Refused while anything is still inside, then closed."""
    unit_id = own.corners.pop(class_name)
    left = inside(school, unit_id)
    if left:
        try:
            units.close_unit(unit_id, actor=school.staff)
        except Refused as refusal:
            assert [reason.code for reason in refusal.reasons] == ["unit_not_empty"]
        else:
            raise AssertionError("a corner with copies in it was closed")
        settle(school, own, unit_id)
    units.close_unit(unit_id, actor=school.staff)
    own.helpers.pop(unit_id, None)
    school.helpers = set(own.helpers.values())
    school.model.audit["unit.close"] += 1


def carry_over(school: School, own: Units, class_name: str) -> None:
    """After the summer the set of 6A1 is that of 7A1, as it stands."""
    old = own.corners.pop(class_name)
    new_name = f"{int(class_name[0]) + 1}{class_name[1:]}"
    copies = inside(school, old)
    new = class_corners.carry_over(
        old, school.classes[new_name], school.random.choice(school.teachers()).id, actor=school.staff
    )
    own.corners[new_name] = new
    own.helpers.pop(old, None)
    school.helpers = set(own.helpers.values())
    for copy in copies:
        copy.unit = new
    assert len(inside(school, new)) == len(copies)
    school.model.audit["unit.open"] += 1
    school.model.audit["unit.carry_over"] += 1


def rotate(school: School, own: Units, class_name: str) -> None:
    """Most of the set comes back, part goes on to the next class, a fresh set arrives."""
    unit_id = own.corners[class_name]
    present = inside(school, unit_id)
    back = school.random.sample(present, len(present) * 3 // 4)
    elsewhere = [copy for copy in school.model.copies.values() if copy.place == UNIT and copy.unit != unit_id]
    if back:
        take_back(school, own, unit_id, back, school.random.choice(elsewhere) if elsewhere else None)
    names = list(own.corners)
    following = own.corners[names[(names.index(class_name) + 1) % len(names)]]
    rest = len(inside(school, unit_id))
    if following != unit_id and rest >= 2 and len(inside(school, following)) + rest // 2 <= 40:
        exchange(school, own, unit_id, following, rest // 2)
    if school.random.random() < 0.3:
        settle(school, own, unit_id)
    fresh = choose_set(school, min(20, 40 - len(inside(school, unit_id))))
    if fresh:
        hand_over(school, own, unit_id, fresh)


def log_reading(school: School, unit_id: int, amount: int) -> None:
    corner_loans.log_use(unit_id, actor=school.staff, count=amount)
    school.log.uses.append((school.day, amount))
    school.model.audit["unit.use"] += 1


# --- the mobile shelf -----------------------------------------------------------------------------


def open_shelf(school: School, own: Units) -> None:
    own.shelf = mobile_shelves.open_shelf("Tủ Kênh Xáng", actor=school.staff, capacity=60)
    school.shelves.add(own.shelf)
    school.model.audit["unit.open"] += 1
    hand_over(school, own, own.shelf, choose_set(school, 40))


def next_stop(school: School, own: Units) -> None:
    """The shelf goes on: planned, arrived with a count; the stop before is left by it (L87)."""
    days = school.model.days
    first = school.day
    classes = list(school.classes)
    class_name = classes[len(own.stops) % len(classes)]
    stop_id = mobile_shelves.add_stop(
        own.shelf, f"Điểm {len(own.stops) + 1}", first, days.next_open(first + timedelta(days=4)),
        actor=school.staff, class_id=school.classes[class_name],
    )  # fmt: skip
    if own.stops:
        loaded = len(inside(school, own.shelf))
        assert mobile_shelves.leave(own.stops[-1], actor=school.staff, copies_in=loaded) == 0
        school.model.audit["stop.leave"] += 1
    mobile_shelves.arrive(stop_id, actor=school.staff)
    own.stops.append(stop_id)
    school.model.audit["stop.plan"] += 1
    school.model.audit["stop.arrive"] += 1


def rest_shelf(school: School, own: Units) -> None:
    """For the summer everything on it comes back."""
    here = inside(school, own.shelf)
    if here:
        take_back(school, own, own.shelf, here)
