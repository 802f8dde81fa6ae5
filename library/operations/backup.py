"""Backup and restore: the whole school in one file, the same for SQLite and PostgreSQL.

A backup is a .zip: one NDJSON file a table, kesach.toml, files/, and a manifest with the migrations the
data is at and a SHA-256 of every part. Restore checks all of it before it touches anything, and can
move a school from SQLite to PostgreSQL or back. The search index is not kept: it is rebuilt. Programs for kiosks
are not kept: they can be had again, and are larger than all the rest.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import uuid
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path, PureWindowsPath
from typing import Any

import peewee as pw

from library.fleet.releases import FOLDER as RELEASES
from library.foundation import clock, schema
from library.foundation.database import connect, database, is_sqlite, transaction
from library.foundation.errors import InvalidInput, Unavailable
from library.foundation.tables import Meta
from library.settings import Settings
from library.version import VERSION

FORMAT = 1
_BATCH = 200
_HISTORY = "schema_migration"


def back_up(settings: Settings, out: Path | None = None, *, any_schema: bool = False) -> Path:
    """Write one backup file and return its path; default: backups/ in the data folder, old ones removed.

    Reads one consistent state while others go on working. `any_schema`: also before an upgrade.
    Unavailable(`backup_failed`) when the disk refuses.
    """
    if not any_schema:
        schema.require_current()
    own_folder = out is None
    target = out or settings.backups_dir / f"kesach-{clock.local_time(clock.now()):%Y%m%d-%H%M%S}.zip"
    partial = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_archive(settings, partial)
        os.replace(partial, target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise Unavailable("backup_failed", path=str(target), why=str(error)) from error
    if own_folder:
        for old in sorted(settings.backups_dir.glob("kesach-*.zip"))[: -settings.keep_backups]:
            old.unlink()
    return target


def _write_archive(settings: Settings, path: Path) -> None:
    parts: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        with _one_state():
            for table in sorted(name for name in database.get_tables() if name != _HISTORY):
                if table.startswith("sqlite_"):
                    continue  # SQLite's own
                name = f"tables/{table}.ndjson"
                parts[name] = _write_table(archive, name, table)
            applied = sorted(schema.runner().applied())
            identity = schema.database_uuid()
        toml = settings.data_dir / "kesach.toml"
        if toml.is_file():
            parts["kesach.toml"] = _write_bytes(archive, "kesach.toml", toml.read_bytes())
        if settings.files_dir.is_dir():
            for file in sorted(settings.files_dir.rglob("*")):
                if file.is_file() and not file.is_relative_to(settings.files_dir / RELEASES):
                    name = f"files/{file.relative_to(settings.files_dir).as_posix()}"
                    parts[name] = _write_bytes(archive, name, file.read_bytes())
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "made_at": clock.iso_instant(clock.now()),
            "migrations": applied,
            "database_uuid": identity,
            "parts": parts,
        }
        archive.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))


@contextmanager
def _one_state() -> Iterator[None]:
    """A read transaction: every table is read as of one moment, writers are not held up."""
    if database.in_transaction():
        raise RuntimeError("a backup is not part of another transaction")
    database.execute_sql("BEGIN" if is_sqlite() else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        yield
    finally:
        database.execute_sql("ROLLBACK")


def _write_table(archive: zipfile.ZipFile, name: str, table: str) -> dict[str, Any]:
    found = database.get_columns(table)  # of the database, not of the models: it may be older than they are
    columns = [column.name for column in found]
    truth = [(table, column) in _truth_columns() for column in columns]
    listed = ", ".join(f'"{column}"' for column in columns)
    keys = ", ".join(f'"{column.name}"' for column in found if column.primary_key)
    cursor = database.execute_sql(f'SELECT {listed} FROM "{table}" ORDER BY {keys or "1"}')
    digest, rows = hashlib.sha256(), 0
    with archive.open(name, "w", force_zip64=True) as out:
        head = json.dumps(columns).encode() + b"\n"
        out.write(head)
        digest.update(head)
        for row in iter(cursor.fetchone, None):
            plain = [
                bool(value) if flag and value is not None else _plain(value)
                for value, flag in zip(row, truth, strict=True)
            ]
            line = json.dumps(plain, ensure_ascii=False).encode() + b"\n"
            out.write(line)
            digest.update(line)
            rows += 1
    return {"sha256": digest.hexdigest(), "rows": rows}


def _truth_columns() -> set[tuple[str, str]]:
    """Columns that SQLite keeps as 0 and 1 but PostgreSQL wants as true and false."""
    return {
        (model._meta.table_name, field.column_name)
        for model in schema.list_models()
        for field in model._meta.sorted_fields
        if isinstance(field, pw.BooleanField)
    }


def _write_bytes(archive: zipfile.ZipFile, name: str, content: bytes) -> dict[str, Any]:
    archive.writestr(name, content)
    return {"sha256": hashlib.sha256(content).hexdigest()}


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview)):
        return {"b": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    return value


def read_manifest(file: Path) -> dict[str, Any]:
    """Check a backup wholly: it is ours, every part is there and unharmed. InvalidInput says what is wrong."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = json.loads(archive.read("manifest.json"))
            if manifest.get("format") != FORMAT:
                raise InvalidInput("backup_foreign", file=file.name)
            for name, facts in manifest["parts"].items():
                digest = hashlib.sha256()
                with archive.open(name) as part:
                    while chunk := part.read(1 << 20):
                        digest.update(chunk)
                if digest.hexdigest() != facts["sha256"]:
                    raise InvalidInput("backup_damaged", file=file.name, part=name)
    except FileNotFoundError as error:
        raise InvalidInput("backup_missing", file=str(file)) from error
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError, UnicodeDecodeError, EOFError) as error:
        raise InvalidInput("backup_damaged", file=file.name, part=str(error)) from error
    stray = next((name for name in manifest["parts"] if not _is_part_of_ours(name)), None)
    if stray is not None:
        raise InvalidInput("backup_damaged", file=file.name, part=stray)
    known = schema.list_known()
    newer = [name for name in manifest["migrations"] if name not in known]
    if newer:
        raise InvalidInput("backup_newer", file=file.name, version=manifest.get("version"))
    return manifest


def _is_part_of_ours(name: str) -> bool:
    """A part's name becomes SQL or a path, so it must be a plain one, on Windows too."""
    if name.startswith("tables/"):
        return re.fullmatch(r"tables/[a-z][a-z0-9_]*\.ndjson", name) is not None
    if not name.startswith("files/"):
        return name == "kesach.toml"
    path = PureWindowsPath(name.removeprefix("files/"))
    return bool(path.parts) and not path.drive and not path.root and ".." not in path.parts


def restore(settings: Settings, file: Path, *, replace: bool = False) -> dict[str, int]:
    """Bring a school back from `file`; returns rows per table. Never overwrites without `replace`;
    with it, the old SQLite file is set aside under a dated name, not deleted."""
    manifest = read_manifest(file)
    uses_sqlite = not settings.database_url
    sqlite_file = settings.data_dir / "kesach.db"
    if uses_sqlite:
        if sqlite_file.exists() and not replace:
            raise InvalidInput("restore_would_overwrite", what=str(sqlite_file))
        building = sqlite_file.with_name("kesach.db.restoring")
        for leftover in (building, *(building.with_name(building.name + end) for end in ("-wal", "-shm"))):
            leftover.unlink(missing_ok=True)
        connect(building)
        counts = _fill(file, manifest)
        database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.close()
        _swap_sqlite(sqlite_file, building)
        connect(sqlite_file)
    else:
        connect(settings.database_url)
        tables = [name for name in database.get_tables() if not name.startswith("pg_")]
        if tables and not replace:
            raise InvalidInput("restore_would_overwrite", what="PostgreSQL")
        with transaction():
            for name in tables:
                database.execute_sql(f'DROP TABLE IF EXISTS "{name}" CASCADE')
            counts = _fill(file, manifest)
    _restore_files(settings, file, manifest)
    return counts


def _swap_sqlite(old: Path, new: Path) -> None:
    stamp = f"{clock.local_time(clock.now()):%Y%m%d-%H%M%S}"
    for end in ("", "-wal", "-shm"):
        part = old.with_name(old.name + end)
        if part.exists():
            os.replace(part, old.with_name(f"{old.name}.before-{stamp}{end}"))
    os.replace(new, old)


def _fill(file: Path, manifest: dict[str, Any]) -> dict[str, int]:
    """Schema as it was when the backup was made, rows, then the migrations since."""
    runner = schema.runner()
    done = manifest["migrations"]
    if done:
        runner.up(done[-1])
    counts: dict[str, int] = {}
    order = [model._meta.table_name for model in schema.list_models()]
    names = [name for name in manifest["parts"] if name.startswith("tables/")]
    names.sort(key=lambda name: order.index(_table_of(name)) if _table_of(name) in order else len(order))
    with zipfile.ZipFile(file) as archive, transaction():
        for name in names:
            counts[_table_of(name)] = _insert_rows(archive, name)
    schema.upgrade()
    with transaction():  # another life of the data: an index built before must not be taken for its own
        Meta.update(value=str(uuid.uuid4())).where(Meta.key == "database_uuid").execute()
    return counts


def _table_of(part: str) -> str:
    return part.removeprefix("tables/").removesuffix(".ndjson")


def _insert_rows(archive: zipfile.ZipFile, name: str) -> int:
    table, total = _table_of(name), 0
    later: list[tuple[str, Any, Any]] = []  # rows of a table that point at one another: linked at the end
    with io.TextIOWrapper(archive.open(name), encoding="utf-8") as lines:
        columns = json.loads(next(lines))
        strange = set(columns) - {column.name for column in database.get_columns(table)}
        if strange:
            raise InvalidInput("backup_damaged", file=name, part=", ".join(sorted(strange)))
        own = [columns.index(column) for column in _self_references(table) if column in columns]
        listed = ", ".join(f'"{column}"' for column in columns)
        mark = f"({', '.join([database.param] * len(columns))})"
        for rows in _batched(lines, max(1, min(_BATCH, 30_000 // len(columns)))):
            for row in rows:
                for at in own:
                    if row[at] is not None:
                        later.append((columns[at], row[at], row[columns.index("id")]))
                        row[at] = None
            values = [_unplain(value) for row in rows for value in row]
            database.execute_sql(f'INSERT INTO "{table}" ({listed}) VALUES {", ".join([mark] * len(rows))}', values)
            total += len(rows)
        for column, value, row_id in later:
            sql = f'UPDATE "{table}" SET "{column}" = {database.param} WHERE "id" = {database.param}'
            database.execute_sql(sql, (value, row_id))
        if not is_sqlite() and "id" in columns and total:
            database.execute_sql(
                f"""SELECT setval(pg_get_serial_sequence('"{table}"', 'id'), (SELECT max(id) FROM "{table}"))"""
            )
    return total


def _self_references(table: str) -> list[str]:
    for model in schema.list_models():
        if model._meta.table_name == table:
            return [field.column_name for field, target in model._meta.refs.items() if target is model]
    return []


def _batched(lines: Iterable[str], size: int) -> Iterator[list[list[Any]]]:
    batch: list[list[Any]] = []
    for line in lines:
        batch.append(json.loads(line))
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _unplain(value: Any) -> Any:
    if isinstance(value, dict):
        return base64.b64decode(value["b"])
    return value


def _restore_files(settings: Settings, file: Path, manifest: dict[str, Any]) -> None:
    with zipfile.ZipFile(file) as archive:
        for name in manifest["parts"]:
            if name == "kesach.toml" and not (settings.data_dir / name).exists():
                (settings.data_dir / name).write_bytes(archive.read(name))
            elif name.startswith("files/"):
                target = (settings.files_dir / name.removeprefix("files/")).resolve()
                if not target.is_relative_to(settings.files_dir.resolve()):
                    raise InvalidInput("backup_damaged", file=file.name, part=name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(name))
