"""Policy and calendar as JSON for the kiosk's snapshot, and back. Pure.

`policy_from_json` is tolerant of missing keys (an older core), never of wrong types.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Any

from library.foundation.schoolyear import Calendar, Year
from library.lending.model import Policy, PolicyRow

_PLAIN = (
    "block_when_overdue", "same_title_twice", "suspension_factor", "suspension_grace_days",
    "suspension_cap_days", "suspension_sum", "lost_return", "renew_if_spare", "in_library_counts",
    "expired_may_renew", "withdrawn_return", "late_fine", "offline_limit", "snapshot_days",
)  # fmt: skip


def policy_to_json(policy: Policy) -> dict[str, Any]:
    """What `policy_from_json` reads back to an equal Policy."""
    rows = []
    for row in policy.rows:
        item = {name: value for name, value in dataclasses.asdict(row).items() if value is not None}
        if row.fixed_due_on is not None:
            item["fixed_due_on"] = row.fixed_due_on.isoformat()
        item["length_kind"] = str(row.length_kind)
        rows.append(item)
    out: dict[str, Any] = {name: getattr(policy, name) for name in _PLAIN}
    out["rows"] = rows
    out["limits"] = dict(policy.limits)
    out["summer_return"] = list(policy.summer_return)
    if policy.year is not None:
        out["year"] = {
            "label": policy.year.label,
            "starts_on": policy.year.starts_on.isoformat(),
            "term2_starts_on": policy.year.term2_starts_on.isoformat(),
            "ends_on": policy.year.ends_on.isoformat(),
        }
    return out


def policy_from_json(data: Mapping[str, Any]) -> Policy:
    """ValueError or TypeError on values of a wrong kind; unknown keys are ignored."""
    known = {spec.name for spec in dataclasses.fields(PolicyRow)}
    rows = []
    for item in data.get("rows", ()):
        values = {name: value for name, value in item.items() if name in known}
        if values.get("fixed_due_on") is not None:
            values["fixed_due_on"] = date.fromisoformat(values["fixed_due_on"])
        rows.append(PolicyRow(**values))
    values = {name: data[name] for name in _PLAIN if name in data}
    if "limits" in data:
        values["limits"] = {str(kind): int(count) for kind, count in data["limits"].items()}
    if "summer_return" in data:
        day, month = data["summer_return"]
        values["summer_return"] = (int(day), int(month))
    year = data.get("year")
    if year is not None:
        values["year"] = Year(
            year["label"],
            date.fromisoformat(year["starts_on"]),
            date.fromisoformat(year["term2_starts_on"]),
            date.fromisoformat(year["ends_on"]),
        )
    return Policy(rows=tuple(rows), **values)


def calendar_to_json(calendar: Calendar, since: date, until: date) -> dict[str, Any]:
    """`closed_days` of the snapshot: only the days the kiosk can need."""
    days = sorted(day.isoformat() for day in calendar.closed if since <= day <= until)
    return {"weekly": sorted(calendar.weekly_closed), "days": days}


def calendar_from_json(data: Mapping[str, Any]) -> Calendar:
    """The Calendar of `closed_days`."""
    weekly = frozenset(int(day) for day in data.get("weekly", (7,)))
    return Calendar(weekly, frozenset(date.fromisoformat(day) for day in data.get("days", ())))
