"""All tables in one list, and bringing a database to the present schema (playhouse.migrations).

Reads the migration files, never invents one. Next: library/foundation/migrations/.
"""

from __future__ import annotations

import importlib
import uuid
from pathlib import Path

import peewee
from playhouse.migrations import Migration, Runner

from library.foundation.database import database, is_sqlite, transaction
from library.foundation.errors import Unavailable
from library.foundation.tables import Meta

MIGRATIONS_DIR = Path(__file__).with_name("migrations")
# Names, not imports: the schema spans every floor, and imports only go down.
TABLE_MODULES = (
    "library.foundation.tables",
    "library.access.tables",
    "library.fleet.tables",
    "library.readers.tables",
    "library.cataloguing.tables",
    "library.stock.tables",
    "library.lending.tables",
    "library.lending.units.tables",
    "library.textbooks.tables",
    "library.promotion.tables",
    "library.notices.tables",
    "library.year_end.tables",
    "library.reporting.tables",
    "catalog_imports.tables",
)


def list_models() -> list[type[peewee.Model]]:
    """Every table's model, parents before children."""
    models: list[type[peewee.Model]] = []
    for name in TABLE_MODULES:
        module = importlib.import_module(name)
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, peewee.Model) and value.__module__ == name:
                models.append(value)
    return list(peewee.sort_models(models))


def runner() -> Runner:
    return Runner(database.obj, directory=str(MIGRATIONS_DIR))


def list_known() -> list[str]:
    """Names of the migrations this program has, in order; needs no database."""
    return [step.name for step in Migration.load_directory(str(MIGRATIONS_DIR))]


def list_pending() -> list[str]:
    """Names of migrations that this database has not had yet, in order."""
    return [step.name for step in runner().status() if step.path is not None and not step.applied]


def list_unknown() -> list[str]:
    """Migrations the database has had that this program does not know: it is older than its data."""
    return [step.name for step in runner().status() if step.path is None]


def upgrade() -> list[str]:
    """Apply what is pending; returns the names applied. Gives a new database its identity."""
    applied = runner().up()
    with transaction():
        for key in ("database_uuid", "school_uuid"):
            if Meta.get_or_none(Meta.key == key) is None:
                Meta.create(key=key, value=str(uuid.uuid4()))
    return applied


def database_uuid() -> str:
    return Meta.get_by_id("database_uuid").value


def school_uuid() -> str:
    """Tells one school's core from another's. Says nothing of the school, and outlives a restored backup."""
    return Meta.get_by_id("school_uuid").value


def require_current() -> None:
    """Refuse to work on a database that is not at this program's schema."""
    unknown = list_unknown()
    if unknown:
        raise Unavailable("database_newer", migrations=unknown)
    pending = list_pending()
    if pending:
        raise Unavailable("database_pending", migrations=pending)


def read_schema() -> dict[str, str]:
    """What the database says its schema is: object name -> definition (SQLite: the very text)."""
    if is_sqlite():
        rows = database.execute_sql(
            "SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        )
        return dict(rows.fetchall())
    schema: dict[str, str] = {}
    columns = database.execute_sql(
        "SELECT table_name, column_name, data_type, is_nullable, character_maximum_length"
        " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, column_name"
    )
    for table, column, *facts in columns.fetchall():
        schema[f"column {table}.{column}"] = " ".join(str(fact) for fact in facts)
    indexes = database.execute_sql("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
    for name, text in indexes.fetchall():
        schema[f"index {name}"] = text
    foreign = database.execute_sql(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
    )
    for name, text in foreign.fetchall():
        schema[f"constraint {name}"] = text
    return schema
