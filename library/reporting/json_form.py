"""Figures and reports as JSON: what a sent version is frozen as, and `kesach report month … --out x.json`.

Pure. `figures_from_json(figures_json(x)) == x`. Next: service.py.
"""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

from library.foundation.clock import iso_instant
from library.reporting.counting import RULES
from library.reporting.model import (
    MonthFigures,
    PeriodRow,
    ReaderRow,
    Report,
    RotationRow,
    SessionLine,
    SupplyRow,
    Troubles,
    list_values,
)
from library.reporting.narrative import words_json


def figures_json(figures: MonthFigures) -> dict[str, Any]:
    """JSON-ready; dates as YYYY-MM-DD."""
    return {key: _plain(value) for key, value in dataclasses.asdict(figures).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def figures_from_json(data: dict[str, Any]) -> MonthFigures:
    """What `figures_json` wrote. KeyError or ValueError when it is damaged."""
    troubles = dict(data["troubles"])
    troubles["withdrawn_by_reason"] = tuple((reason, count) for reason, count in troubles["withdrawn_by_reason"])
    return MonthFigures(
        **{
            **data,
            "from_on": date.fromisoformat(data["from_on"]),
            "until_on": date.fromisoformat(data["until_on"]),
            "counted_until_on": date.fromisoformat(data["counted_until_on"]),
            "supply": tuple(SupplyRow(**row) for row in data["supply"]),
            "readers": tuple(ReaderRow(**row) for row in data["readers"]),
            "rotation": tuple(RotationRow(**row) for row in data["rotation"]),
            "sessions": tuple(_session(row) for row in data["sessions"]),
            "activities": tuple(_session(row) for row in data["activities"]),
            "periods": tuple(PeriodRow(**row) for row in data["periods"]),
            "troubles": Troubles(**troubles),
        }
    )


def _session(row: dict[str, Any]) -> SessionLine:
    return SessionLine(**{**row, "held_on": date.fromisoformat(row["held_on"]), "books": tuple(row["books"])})


def report_json(report: Report, school_name: str) -> dict[str, Any]:
    """The report for programs: figures with their totals and rates, words, and the rules they were counted by."""
    figures = report.figures
    return {
        "month": f"{report.year:04d}-{report.month:02d}",
        "school": school_name,
        "school_year": figures.school_year,
        "version": report.version,
        "status": report.status,
        "number": report.number,
        "dated_on": report.dated_on.isoformat(),
        "sent_at": iso_instant(report.sent_at) if report.sent_at else None,
        "period": {
            "mode": figures.mode,
            "from": figures.from_on.isoformat(),
            "until": figures.until_on.isoformat(),
            "counted_until": figures.counted_until_on.isoformat(),
        },
        "promotion_quota": {
            "required": figures.quota_required,
            "theme": figures.theme_ok,
            "department": figures.department_ok,
            "met": figures.quota_met,
        },
        "figures": {**figures_json(figures), "totals": _totals(figures)},
        "values": {figure_id: value for figure_id, (_, value) in list_values(figures).items()},
        "words": words_json(report.words),
        "rules": dict(RULES),
    }


def _totals(figures: MonthFigures) -> dict[str, Any]:
    return {
        "supply": dataclasses.asdict(figures.supply_total),
        "readers": {**dataclasses.asdict(figures.readers_total), "share": figures.readers_total.share},
        "pupils": {**dataclasses.asdict(figures.pupils_total), "share": figures.pupils_total.share},
        "rotation": {
            **dataclasses.asdict(figures.rotation_total),
            "total": figures.rotation_total.total,
            "turnover": figures.rotation_total.turnover,
        },
        "periods": dataclasses.asdict(figures.periods_total),
    }
