"""Scenario: one school year and the beginning of the next, 400 open days, every act held to a plain model.

Daily loans, returns, renewals and holds at the desk, on its page and at the kiosk; outages settled late and
twice; corners with loans inside and tick sheets, the mobile shelf, textbooks, lessons with series that keep their books back; losses and
finds; storms, Tết, summer, power cuts; the report of every month counted again. At the end every copy is in one place and `kesach doctor` is clean.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from year_end import close_the_year, look_back
from year_plan import Year
from year_school import furnish, open_school

from library.foundation.clock import clock_at
from library.settings import load_settings
from tests.audit_walk import assert_only_words

pytestmark = pytest.mark.slow
DAYS = int(os.environ.get("KESACH_YEAR_DAYS", "400"))
SEED = int(os.environ.get("KESACH_YEAR_SEED", "20230821"))


def run_year(database: str, data_dir: Path, tmp_path: Path, first_day: date, open_days: int) -> None:
    environment = {"KESACH_DATA": str(data_dir)}
    if database.startswith("postgresql"):
        environment["KESACH_DATABASE_URL"] = database
    print(f"KESACH_YEAR_SEED={SEED}")  # pytest shows it when the test fails
    school = open_school(load_settings(environment), first_day, SEED, tmp_path)
    with clock_at(school.clock):
        furnish(school)
        year = Year(school, first_day, open_days)
        year.run()
        look_back(year)
        close_the_year(year, data_dir, tmp_path)
        assert_only_words()


def test_a_school_year(sqlite_database: str, data_dir: Path, tmp_path: Path) -> None:
    run_year(sqlite_database, data_dir, tmp_path, date(2023, 8, 21), DAYS)


@pytest.mark.postgres
def test_sixty_days_on_postgresql(postgres_database: str, data_dir: Path, tmp_path: Path) -> None:
    run_year(postgres_database, data_dir, tmp_path, date(2024, 4, 22), 60)
