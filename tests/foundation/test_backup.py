"""A backup brings the whole school back, on either database, and never harms what is there."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import date
from pathlib import Path

import pytest

from library.foundation import preferences, schema
from library.foundation.audit import SYSTEM
from library.foundation.calendar import ensure_year
from library.foundation.clock import now
from library.foundation.database import connect, transaction
from library.foundation.errors import InvalidInput
from library.foundation.tables import ClosedPeriod, Preference, SchoolYear
from library.operations.backup import back_up, restore
from library.readers.tables import Reader
from library.settings import Settings, load_settings


def _settings(data_dir: Path, url: str = "") -> Settings:
    env = {"KESACH_DATA": str(data_dir)}
    if url.startswith("postgresql"):
        env["KESACH_DATABASE_URL"] = url
    return load_settings(env)


def _fill_a_little() -> None:
    ensure_year("2026-2027")
    preferences.set_preferences({"school_name": "Trường THCS Thoại Ngọc Hầu"}, SYSTEM)
    with transaction():
        kept = {"kind": "pupil", "sort_key": "a", "fold_key": "a", "created_at": now(), "updated_at": now()}
        twin = Reader.create(id=7, full_name="Nguyễn Thị Ánh Tuyết", **kept)
        keeper = Reader.create(id=9, full_name="Nguyễn Thị Ánh Tuyết", born_on=date(2014, 5, 2), **kept)
        twin.merged_into = keeper  # points at a later row
        twin.save()


def _facts() -> tuple[object, ...]:
    return (
        Preference.get_by_id("school_name").value,
        [(row.label, row.starts_on, row.ends_on) for row in SchoolYear.select()],
        ClosedPeriod.select().count(),
        [(r.id, r.full_name, r.born_on, r.merged_into_id, r.created_at) for r in Reader.select().order_by(Reader.id)],
    )


def test_a_restored_school_is_the_same_school(database: str, data_dir: Path) -> None:
    settings = _settings(data_dir, database)
    _fill_a_little()
    (settings.files_dir / "covers").mkdir(parents=True)
    (settings.files_dir / "covers" / "1.png").write_bytes(b"png")
    before, school, data = _facts(), schema.school_uuid(), schema.database_uuid()
    file = back_up(settings)
    with transaction():
        Reader.update(full_name="Ai đó khác").execute()
    (settings.files_dir / "covers" / "1.png").unlink()

    with pytest.raises(InvalidInput) as refusal:
        restore(settings, file)
    assert refusal.value.code == "restore_would_overwrite"

    restore(settings, file, replace=True)
    assert _facts() == before
    assert schema.school_uuid() == school and schema.database_uuid() != data, "kiosks know it, an old index does not"
    assert (settings.files_dir / "covers" / "1.png").read_bytes() == b"png"
    with transaction():  # ids go on after the restored ones
        row = Reader.create(kind="pupil", full_name="Mới", sort_key="", fold_key="", created_at=now(), updated_at=now())
    assert row.id > 9


@pytest.mark.postgres
def test_a_school_moves_from_sqlite_to_postgres(
    sqlite_database: str, data_dir: Path, request: pytest.FixtureRequest
) -> None:
    _fill_a_little()
    before = _facts()
    file = back_up(_settings(data_dir))
    url = request.getfixturevalue("postgres_database")
    restore(_settings(data_dir, url), file, replace=True)
    assert _facts() == before


def test_a_damaged_backup_is_refused_and_nothing_is_touched(sqlite_database: str, data_dir: Path) -> None:
    settings = _settings(data_dir)
    _fill_a_little()
    file = back_up(settings)
    harmed = file.with_name("harmed.zip")
    with zipfile.ZipFile(file) as good, zipfile.ZipFile(harmed, "w") as bad:
        for name in good.namelist():
            content = good.read(name)
            bad.writestr(name, content.replace("Tuyết".encode(), b"?") if name.endswith("reader.ndjson") else content)
    before = _facts()
    for wrong in (harmed, Path(__file__), data_dir / "nowhere.zip"):
        with pytest.raises(InvalidInput) as refusal:
            restore(settings, wrong, replace=True)
        assert refusal.value.code in {"backup_damaged", "backup_missing"}
    assert _facts() == before


@pytest.mark.parametrize(
    "name",
    [
        "files/../kesach.db",
        "files/a/../../../evil",
        "files//etc/cron.d/evil",
        "files/C:/Windows/evil.dll",
        "files/..\\..\\evil.dll",
        'tables/x" (id) VALUES (1); DROP TABLE reader; --.ndjson',
        "elsewhere.txt",
    ],
)
def test_a_backup_made_to_write_elsewhere_is_refused_before_anything(
    sqlite_database: str, data_dir: Path, name: str
) -> None:
    settings = _settings(data_dir)
    _fill_a_little()
    before = _facts()
    made = _with_part(back_up(settings), name, b'["id"]\n[1]\n')
    with pytest.raises(InvalidInput) as refusal:
        restore(settings, made, replace=True)
    assert refusal.value.code == "backup_damaged" and refusal.value.params["part"] == name
    assert _facts() == before and not list(data_dir.parent.rglob("evil*"))


def test_a_column_that_is_none_never_becomes_sql(sqlite_database: str, data_dir: Path) -> None:
    settings = _settings(data_dir)
    _fill_a_little()
    rows = b'["id\\") VALUES (1); DROP TABLE reader; --"]\n[1]\n'
    made = _with_part(back_up(settings), "tables/reader.ndjson", rows)
    kept = (data_dir / "kesach.db").stat().st_ino
    with pytest.raises(InvalidInput) as refusal:
        restore(settings, made, replace=True)
    assert refusal.value.code == "backup_damaged"
    assert (data_dir / "kesach.db").stat().st_ino == kept  # the school's own file stands where it stood


def _with_part(file: Path, name: str, content: bytes) -> Path:
    """The same backup with one part put in or exchanged, its checksum right."""
    made = file.with_name("made.zip")
    with zipfile.ZipFile(file) as good, zipfile.ZipFile(made, "w") as bad:
        manifest = json.loads(good.read("manifest.json"))
        manifest["parts"][name] = {"sha256": hashlib.sha256(content).hexdigest()}
        for part in manifest["parts"]:
            bad.writestr(part, content if part == name else good.read(part))
        bad.writestr("manifest.json", json.dumps(manifest))
    return made


def test_old_backups_are_cleared_but_not_those_put_elsewhere(sqlite_database: str, data_dir: Path) -> None:
    settings = load_settings({"KESACH_DATA": str(data_dir), "KESACH_KEEP_BACKUPS": "2"})
    elsewhere = back_up(settings, data_dir / "usb" / "kesach-mine.zip")
    settings.backups_dir.mkdir()
    for day in ("20250101", "20250102", "20250103"):
        (settings.backups_dir / f"kesach-{day}-000000.zip").write_bytes(b"old")
    newest = back_up(settings)
    assert sorted(path.name for path in settings.backups_dir.iterdir()) == ["kesach-20250103-000000.zip", newest.name]
    assert elsewhere.exists()
    assert connect(settings.database) is not None
