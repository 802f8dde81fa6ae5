"""The year is over: the doctor looks at everything, and a backup in another folder is the same school."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from year_checks import check_availability, check_evening, check_for_good, check_log, check_report, check_rows_behind
from year_lessons import check_lessons_of_the_year
from year_plan import Year

from library.cli import cli
from library.reporting.model import list_values
from library.reporting.service import get_report


def look_back(year: Year) -> None:
    """What was sent is as it was; visits and loans of every month are what they were, whatever came after."""
    for (calendar_year, month), figures in year.sent.items():
        assert list_values(get_report(calendar_year, month).figures) == figures, (calendar_year, month)
        check_for_good(year.school, calendar_year, month)
    check_rows_behind(year.school, *next(iter(year.sent)))


def run(folder: Path, url: str, *arguments: str) -> str:
    """A `kesach` command at the school's own time; answers its stdout."""
    environment = {"KESACH_DATA": str(folder), "KESACH_DATABASE_URL": url or None}
    done = CliRunner().invoke(cli, list(arguments), env=environment, catch_exceptions=False)
    assert done.exit_code == 0, (arguments, done.output)
    return done.stdout


def see_the_doctor(folder: Path, url: str = "") -> None:
    findings = json.loads(run(folder, url, "doctor", "--json"))
    assert findings["status"] == "ok", findings


def see_that_it_happened(year: Year) -> None:
    """The year was a whole one: books inside corners, lessons, sheets, debts, claims, holds were all in it."""
    model = year.school.model
    assert {loan.purpose for loan in model.lent} == {"home", "in_library", "unit"}
    for action in ("unit.tally", "loan.claimed", "hold.place", "hold.expired", "loan.undo", "unit.settle"):
        assert model.audit[action], action
    if year.open_days >= 300:
        inside = [loan for loan in model.lent if loan.purpose == "unit"]
        assert len(inside) > 300 and {loan.ended_as for loan in inside} >= {"returned", "lost"}
        assert any(debt.loan.purpose == "unit" for debt in model.debts)  # L190
        lessons = model.lessons.all.values()
        assert len({one.series for one in lessons if one.series and one.status == "done"}) > 5
        assert any(one.status == "cancelled" for one in lessons) and model.audit["booking.cancel_rest"]
        assert model.kept_back > 20, model.kept_back  # L120 kept books in the house for them


def close_the_year(year: Year, data_dir: Path, tmp_path: Path) -> None:
    see_that_it_happened(year)
    school = year.school
    check_lessons_of_the_year(school, year.day.lessons)
    assert school.kiosk().get("hello").status_code == 200  # the devices are heard of
    school.app.extensions["kesach_close"]()
    url = school.settings.database_url or ""
    see_the_doctor(data_dir, url)
    kept, elsewhere = tmp_path / "truong.zip", tmp_path / "may-moi"
    run(data_dir, url, "backup", str(kept))
    run(elsewhere, "", "restore", str(kept))  # a SQLite file, whatever it was before
    see_the_doctor(elsewhere)
    check_evening(school)
    check_log(school)
    check_availability(school)
    last = school.day
    check_report(school, last.year, last.month)
    look_back(year)
