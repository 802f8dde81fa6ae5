"""A month's report counted again from the model's own log, by docs/counting-rules.md (C1–C16).

Nothing here asks the database. `count` answers the same figure ids as the report, zeros left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from year_model import LOST, MISSING, REPAIR, WITHDRAWN, Copy, Model, Person

GROUPS = {"tool": "reference", "map_picture": "other", "disc": "other", "digital": "other"}  # C2; else its own


@dataclass(slots=True)
class Visit:
    day: date
    kind: str
    grade: int | None
    people: int = 1
    person: Person | None = None


@dataclass(slots=True)
class Stay:
    """A pupil's time in a class."""

    person: Person
    grade: int
    class_id: int
    from_on: date
    ended_on: date | None = None


@dataclass(slots=True)
class Log:
    """What happened, as far as figures ask."""

    visits: list[Visit] = field(default_factory=list)
    sent: list[tuple[date, str, bool]] = field(default_factory=list)  # day, material, to a class corner
    uses: list[tuple[date, int]] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    periods: list[tuple[date, str, int]] = field(default_factory=list)  # written in the register: day, class, pupils
    door: list[tuple[date, str, int]] = field(default_factory=list)  # written at the door for a lesson (L195)
    sessions: list[tuple[date, str]] = field(default_factory=list)  # held: day, slot
    unit_troubles: list[tuple[date, Copy, str]] = field(default_factory=list)  # lost | damaged, out of a unit


def reader_line(kind: str, grade: int | None) -> str:
    """C3."""
    if kind == "pupil":
        return "pupil_unknown" if grade is None else f"pupil_{grade}"
    return "teacher" if kind in ("teacher", "staff") else "other"


def count(model: Model, log: Log, first: date, last: date, today: date) -> dict[str, Any]:
    """Every figure of the period that is not zero."""
    figures: dict[str, Any] = defaultdict(int)
    counted_until = min(last, today)

    def add(table: str, line: str, column: str, amount: int) -> None:
        for name in (line, "total", *(["pupil"] if line.startswith("pupil_") else [])):
            figures[f"{table}.{name}.{column}"] += amount

    loans = [loan for loan in model.lent if first <= loan.on <= last and loan.ended_as != "corrected"]
    for loan in loans:  # C6, C7
        if loan.purpose == "unit":
            continue  # C8: its copy was counted when it was sent
        add("readers", reader_line(loan.kind, loan.grade), loan.purpose, 1)
        add("rotation", GROUPS.get(loan.material, loan.material), "persons", 1)
    seen: dict[int, tuple[date, str]] = {}  # C9
    marks = [(loan.person, loan.on, reader_line(loan.kind, loan.grade)) for loan in loans]
    for visit in log.visits:  # C5
        if first <= visit.day <= last:
            line = reader_line(visit.kind, visit.grade)
            add("readers", line, "visits", visit.people)
            if visit.person is not None:
                marks.append((visit.person, visit.day, line))
    for person, day, line in marks:
        seen[person.id] = max(seen.get(person.id, (day, line)), (day, line))
    for _, line in seen.values():
        add("readers", line, "distinct", 1)
    for line in _served(model, log, counted_until):  # C4
        add("readers", line, "served", 1)
    for day, material, to_corner in log.sent:  # C8
        if first <= day <= last:
            add("rotation", GROUPS.get(material, material), "corners" if to_corner else "shelves", 1)
    for copy in model.copies.values():
        line = GROUPS.get(copy.material, copy.material)
        if copy.received_on <= counted_until and not (copy.withdrawn_on and copy.withdrawn_on <= counted_until):
            add("rotation", line, "stock", 1)  # C10
        if copy.source in (None, "retro"):
            figures["supply.retro.copies"] += first <= copy.entered_on <= last
        elif first <= copy.received_on <= last:  # C11, C12
            add("supply", line, "copies", 1)
            add("supply", line, "donated", copy.source == "donated")
            add("supply", line, "budget", 0 if copy.source == "donated" else copy.price)
    for day, class_name, pupils in lessons_of(log):  # C16
        if first <= day <= last:
            add("periods", class_name, "periods", 1)
            add("periods", class_name, "pupils", pupils)
    for day, slot in log.sessions:  # C15
        if first <= day <= last:
            figures[f"sessions.{slot}.count"] += 1
    figures["rotation.units.reads"] = sum(amount for day, amount in log.uses if first <= day <= last) + sum(
        loan.purpose == "unit" for loan in loans
    )
    figures |= _troubles(model, log, first, last, counted_until)
    _rates(figures)
    return {name: value for name, value in figures.items() if value}


def lessons_of(log: Log) -> Iterator[tuple[date, str, int]]:
    """L195: what the register says, and of the door what it does not say already; here no line names its tiết."""
    told = Counter((day, class_name) for day, class_name, _ in log.periods)
    yield from log.periods
    for day, class_name, pupils in log.door:
        if told[day, class_name]:
            told[day, class_name] -= 1
        else:
            yield day, class_name, pupils


def _served(model: Model, log: Log, day: date) -> Iterator[str]:
    for stay in log.stays:
        if stay.from_on <= day and (stay.ended_on is None or stay.ended_on >= day):
            yield f"pupil_{stay.grade}"
    for person in model.people.values():
        if person.kind != "pupil" and person.active:
            yield reader_line(person.kind, None)


def _troubles(model: Model, log: Log, first: date, last: date, until: date) -> dict[str, int]:
    """C13, C14: of a copy found again only its history tells; it is in no month's live figure."""
    overdue = sum(
        loan.on <= until and loan.due_on < until and (loan.returned_on is None or loan.returned_on > until)
        for loan in model.lent
        if loan.ended_as != "corrected"
    )
    gone = (LOST, MISSING, WITHDRAWN)
    lost = {copy.id for copy in model.copies.values()
            if copy.place in (LOST, MISSING) and copy.changed_on and first <= copy.changed_on <= last}  # fmt: skip
    lost |= {loan.copy.id for loan in model.lent
             if loan.ended_as == "lost" and loan.returned_on and first <= loan.returned_on <= last
             and loan.copy.place in gone}  # fmt: skip
    lost |= {copy.id for day, copy, outcome in log.unit_troubles
             if outcome == "lost" and first <= day <= last and copy.place in gone}  # fmt: skip
    damaged = {copy.id for copy in model.copies.values()
               if copy.place == REPAIR and copy.changed_on and first <= copy.changed_on <= last}  # fmt: skip
    damaged |= {copy.id for day, copy, outcome in log.unit_troubles if outcome == "damaged" and first <= day <= last}
    withdrawn = sum(
        copy.withdrawn_on is not None and first <= copy.withdrawn_on <= last for copy in model.copies.values()
    )
    return {
        "troubles.all.overdue": overdue, "troubles.all.lost": len(lost), "troubles.all.damaged": len(damaged),
        "troubles.all.withdrawn": withdrawn,
    }  # fmt: skip


def _rates(figures: dict[str, Any]) -> None:
    """C9's share, C10's total and turnover."""
    lines = {name.split(".")[1] for name in figures if name.startswith("rotation.") and name.count(".") == 2}
    for line in lines - {"units"}:
        total = sum(figures.get(f"rotation.{line}.{column}", 0) for column in ("persons", "corners", "shelves"))
        stock = figures.get(f"rotation.{line}.stock", 0)
        figures[f"rotation.{line}.total"] = total
        figures[f"rotation.{line}.turnover"] = round(total / stock, 2) if stock else None
    for line in {name.split(".")[1] for name in figures if name.startswith("readers.")}:
        served = figures.get(f"readers.{line}.served", 0)
        figures[f"readers.{line}.share"] = figures.get(f"readers.{line}.distinct", 0) / served if served else None


FOR_GOOD = ("visits", "home", "in_library", "persons", "corners", "shelves", "periods", "pupils", "copies", "budget")
"""Columns that nothing done later may change (C3): the year's last look at every month compares them."""
