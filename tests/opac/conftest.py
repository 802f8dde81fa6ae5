"""The school of opac_school.py: on SQLite from a copy of one filled folder, or made anew on either database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from opac_school import School, open_school

from library.foundation import database as kesach_database
from library.foundation import preferences


@pytest.fixture(scope="session")
def filled_folder(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A data folder with the small school in it, database and index; made once and copied per test."""
    folder = tmp_path_factory.mktemp("opac")
    path = folder / "kesach.db"
    path.write_bytes(sqlite_template.read_bytes())
    real = kesach_database.connect(path)
    preferences.forget_cache()
    with open_school(folder, str(path)):
        real.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    real.close()
    return folder


@pytest.fixture
def school(data_dir: Path, filled_folder: Path) -> Iterator[School]:
    shutil.copytree(filled_folder, data_dir, dirs_exist_ok=True)
    path = data_dir / "kesach.db"
    real = kesach_database.connect(path)
    preferences.forget_cache()
    with open_school(data_dir, str(path), fill=False) as made:
        yield made
    real.close()


@pytest.fixture
def school_on_both(data_dir: Path, database: str) -> Iterator[School]:
    with open_school(data_dir, database) as made:
        yield made
