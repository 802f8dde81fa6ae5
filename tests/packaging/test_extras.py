"""What each machine installs: the kiosk no server package, the server no kiosk package, nobody a compiler."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SERVER_ONLY = {"flask", "peewee", "whoosh", "pymarc", "waitress", "argon2-cffi", "lxml", "openpyxl", "psycopg", "typst"}


def _pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pip", *arguments], capture_output=True, encoding="utf-8", timeout=300,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )  # fmt: skip


def _resolve(extra: str, *options: str) -> set[str]:
    """Names of everything pip would install for kesach[extra] into an empty environment."""
    done = _pip(
        "install", "--dry-run", "--quiet", "--ignore-installed", "--report", "-", *options,
        f"{REPOSITORY}[{extra}]" if extra else str(REPOSITORY)
    )
    if done.returncode and ("Connection" in done.stderr or "No matching distribution found for setuptools" in done.stderr):
        pytest.skip("no package index within reach: what an extra pulls in cannot be resolved here")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout[done.stdout.index("{") :])
    return {item["metadata"]["name"].lower() for item in report["install"]}


@pytest.mark.slow
def test_the_kiosk_installs_no_server_package() -> None:
    names = _resolve("kiosk")
    assert {"kesach", "python-escpos", "pillow", "segno"} <= names
    assert names & SERVER_ONLY == set()


@pytest.mark.slow
def test_the_server_installs_nothing_that_needs_a_compiler_or_a_scanner() -> None:
    names = _resolve("server", "--only-binary", ":all:", "--no-binary", "kesach")
    assert names >= SERVER_ONLY
    assert names & {"evdev", "python-escpos", "pyserial", "pytest", "playwright"} == set()


@pytest.mark.slow
def test_nothing_is_installed_by_default() -> None:
    assert _resolve("") == {"kesach"}


@pytest.mark.slow
def test_the_wheel_carries_what_the_programs_need(tmp_path: Path) -> None:
    done = _pip("wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(REPOSITORY))
    if done.returncode and "Connection" in done.stderr:
        pytest.skip("no package index within reach: the wheel cannot be built here")
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    folders = ("library", "opac", "catalog_imports", "kiosk", "hardware")
    tracked = subprocess.run(
        ["git", "ls-files", *folders], cwd=REPOSITORY, capture_output=True, encoding="utf-8", check=True
    ).stdout.split("\n")
    missing = [name for name in tracked if name and name not in inside and not name.endswith((".gitkeep", ".pyi"))]
    assert missing == []
    assert not [name for name in inside if name.startswith(("tests/", "docs/"))]
