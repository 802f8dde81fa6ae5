"""The walls that import-linter cannot say: which outside package may be imported where (docs/architecture.md)."""

from __future__ import annotations

import ast
import configparser
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("library", "opac", "catalog_imports", "kiosk", "hardware")

# outside package -> where it may be imported
ALLOWED = {
    "flask": ("library/app.py", "library/web/*", "*/pages.py", "*/pages/*", "*pages_*.py", "library/kiosk_api/*", "opac/*"),
    "peewee": (
        "library/foundation/*",
        "*tables.py",
        "*queries.py",
        "*service.py",
        "library/*/*.py",
        "catalog_imports/*.py",
    ),
    "whoosh": ("library/searching/*",),
    "pymarc": ("catalog_imports/*", "library/cataloguing/marc.py"),
    "evdev": ("hardware/evdev_scanner.py",),
    "escpos": ("hardware/escpos_encoder.py",),
    "typst": ("library/access/setup_sheet.py", "library/access/kiosk_pins.py", "library/reporting/*", "library/cataloguing/*", "library/readers/*", "library/lending/*"),
    "docx": ("library/reporting/*",),
    "argon2": ("library/access/*",),
    "waitress": ("library/operations/serving.py",),
}


def _modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((REPOSITORY / package).rglob("*.py"))]


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
    return found


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_outside_packages_stay_in_their_rooms(package: str) -> None:
    strays = [
        path.relative_to(REPOSITORY).as_posix()
        for path in _modules()
        if any(name == package or name.startswith(package + ".") for name in _imports(path))
        and not any(fnmatch(path.relative_to(REPOSITORY).as_posix(), room) for room in ALLOWED[package])
    ]
    assert strays == []


def test_evdev_and_escpos_are_each_known_to_one_file() -> None:
    for package in ("evdev", "escpos"):
        users = [
            path.name
            for path in _modules()
            if any(name == package or name.startswith(package + ".") for name in _imports(path))
        ]
        assert len(users) == 1, (package, users)


POSIX_ONLY = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "posix"}
POSIX_CALLS = {"fork", "getuid", "geteuid", "setsid", "killpg", "chown", "mkfifo", "SIGKILL", "SIGHUP", "SIGUSR1"}


def test_the_core_runs_on_windows_too() -> None:
    """No POSIX-only call outside kiosk/ and hardware/; a guarded import (try, or inside a branch) is fine."""
    strays = []
    for path in _modules():
        where = path.relative_to(REPOSITORY).as_posix()
        if where.startswith(("kiosk/", "hardware/")):
            continue
        tree = ast.parse(path.read_text("utf-8"))
        for node in tree.body:
            if isinstance(node, ast.Import) and any(alias.name in POSIX_ONLY for alias in node.names):
                strays.append(f"{where}:{node.lineno}")
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in POSIX_CALLS:
                strays.append(f"{where}:{node.lineno} {node.attr}")
    assert strays == []


def test_only_the_clock_asks_what_time_it_is() -> None:
    askers = []
    for path in _modules():
        where = path.relative_to(REPOSITORY).as_posix()
        if where.startswith(("kiosk/", "hardware/")) or where == "library/foundation/clock.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Attribute)
                and node.attr in {"now", "utcnow", "today"}
                and isinstance(node.value, ast.Name)
                and node.value.id in {"datetime", "date"}
            ):
                askers.append(f"{where}:{node.lineno}")
    assert askers == []


def test_package_init_files_stay_empty() -> None:
    """So that the kiosk may import library.lending.rules without a server package. Only a package of pages
    gathers its blueprint: no rule, service or kiosk ever imports one."""
    full = [
        path
        for package in PACKAGES
        for path in (REPOSITORY / package).rglob("__init__.py")
        if path.stat().st_size and path.parent.name != "pages"
    ]
    assert full == []


def test_no_vague_module_names() -> None:
    vague = {"utils.py", "helpers.py", "manager.py", "misc.py", "common_utils.py"}
    assert [path for path in _modules() if path.name in vague] == []


def test_every_module_says_what_lives_in_it() -> None:
    silent = [
        path.relative_to(REPOSITORY).as_posix()
        for path in _modules()
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def test_package_facts_live_in_setup_cfg_only() -> None:
    pyproject = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    assert set(pyproject) == {"build-system", "tool"}
    assert "setuptools" not in pyproject["tool"]
    setup = configparser.ConfigParser()
    setup.read(REPOSITORY / "setup.cfg", "utf-8")
    extras = setup["options.extras_require"]
    assert {"server", "kiosk", "dev"} <= set(extras)
    for extra, lines in extras.items():
        for line in lines.strip().splitlines():
            if line.strip():
                bounded = "==" in line or "<" in line
                assert bounded, f"{extra}: {line} has no upper bound"
