"""The year's rotation of sets round a ring of corners: which set is where, and on which days it moves (L142). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from library.foundation.schoolyear import Calendar

LONGEST_BREAK_WEEKS = 12
"""Weeks without an open day that a stay is lengthened by; a calendar closed longer has no rotation."""


@dataclass(frozen=True, slots=True)
class Round:
    """All sets move one corner on, on one day."""

    number: int
    planned_on: date


def plan_rounds(starts_on: date, weeks: int, until: date, calendar: Calendar, most: int) -> list[Round]:
    """At most `most` rounds until `until`. A stay lasts so many weeks; a week without any open day (Tết) does not
    count; a closed day moves to the next open one, and the rounds after it keep their weekday."""
    rounds: list[Round] = []
    nominal = starts_on
    while len(rounds) < most:
        nominal = end_of_stay(nominal, weeks, calendar)
        planned_on = calendar.next_open(nominal)
        if planned_on is None or planned_on > until:
            break
        if rounds and planned_on <= rounds[-1].planned_on:
            continue  # both moved onto the same day after a closure
        rounds.append(Round(len(rounds) + 1, planned_on))
    return rounds


def follow_calendar(
    rounds: Sequence[Round], weeks: int, until: date, calendar: Calendar, closed: tuple[date, date]
) -> list[tuple[int, date, date | None]]:
    """L238: (round, day, new day) of the rounds to come, in order, that days just `closed` (first, last) move: to the
    next open one, as long as the next round comes after it; otherwise the later rounds follow in the plan's rhythm,
    and those that no longer fit into the year have None (L142)."""
    moves: list[tuple[int, date, date | None]] = []
    before = date.min
    for place, one in enumerate(rounds):
        day: date | None = one.planned_on
        if closed[0] <= one.planned_on <= closed[1]:
            day = calendar.next_open(one.planned_on)
        if day is None:
            return moves  # closed all year: the old days are better than none
        if day <= before:
            following = plan_rounds(before, weeks, until, calendar, len(rounds) - place)
            days = [later.planned_on for later in following] + [None] * (len(rounds) - place - len(following))
            return moves + [
                (later.number, later.planned_on, moved)
                for later, moved in zip(rounds[place:], days, strict=True)
                if moved != later.planned_on
            ]
        if day != one.planned_on:
            falls_away = one.planned_on <= until < day
            moves.append((one.number, one.planned_on, None if falls_away else day))
        before = day
    return moves


def end_of_stay(starts_on: date, weeks: int, calendar: Calendar) -> date:
    """The day so many weeks later, not counting weeks in which the library never opens."""
    day, left, skipped = starts_on, weeks, 0
    while left:
        week = [day + timedelta(days=offset) for offset in range(7)]
        if any(calendar.is_open(one) for one in week) or skipped == LONGEST_BREAK_WEEKS:
            left -= 1
        else:
            skipped += 1
        day += timedelta(days=7)
    return day


def corner_of(set_number: int, round_number: int, corners: int) -> int:
    """Which corner (from 0) of the ring a set (from 0) is in after so many rounds."""
    return (set_number + round_number) % corners
