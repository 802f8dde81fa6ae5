"""Migration 0003 on a school that is in the middle of its year: nothing it holds is touched, corners go on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from library.foundation import database as db
from library.foundation import schema
from library.foundation.clock import at_local


def upgrade_a_school() -> None:
    runner = schema.runner()
    for name in schema.list_known():
        if name >= "0003":
            break
        runner.up(name)
    at = at_local(date(2026, 11, 2), 9)
    text = at.isoformat() if db.is_sqlite() else at
    insert = db.database.execute_sql
    mark = "?" if db.is_sqlite() else "%s"
    insert(
        "INSERT INTO school_year (label, starts_on, term2_starts_on, ends_on)"
        " VALUES ('2026-2027', '2026-08-01', '2027-01-18', '2027-07-31')"
    )
    insert(
        f"INSERT INTO holding_unit (kind, name, school_year_id, opened_on, note)"
        f" VALUES ('class_corner', {mark}, 1, '2026-11-02', '')", ("Góc lớp 3A",),
    )  # fmt: skip
    insert(
        "INSERT INTO hand_over (unit_id, kind, number, happened_at, happened_on, received_by, staff_name,"
        f" copies_count, note) VALUES (1, 'out', 'GN-2026/001', {mark}, '2026-11-02', '', 'Lan', 0, '')", (text,),
    )  # fmt: skip
    applied = schema.upgrade()
    assert "0003_add_unit_planning" in applied
    from library.foundation.audit import Actor
    from library.lending.tables import HandOver, HoldingUnit
    from library.lending.units.corner_passes import find_pass, issue_pass
    from library.lending.units.tables import RotationPlan, SetDraft

    unit = HoldingUnit.get()
    assert (unit.name, HandOver.get().number) == ("Góc lớp 3A", "GN-2026/001")
    assert SetDraft.select().count() == RotationPlan.select().count() == 0
    issue_pass(unit.id, actor=Actor("staff", "Lan", 1))
    assert find_pass(unit.id) is not None


def test_0003_on_a_school_with_corners_sqlite(tmp_path: Path) -> None:
    real = db.connect(tmp_path / "school.db")
    upgrade_a_school()
    real.close()


@pytest.mark.postgres
def test_0003_on_a_school_with_corners_postgres(postgres_database: str) -> None:
    db.database.execute_sql("DROP SCHEMA public CASCADE")
    db.database.execute_sql("CREATE SCHEMA public")
    upgrade_a_school()
