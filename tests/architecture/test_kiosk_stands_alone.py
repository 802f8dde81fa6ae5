"""The kiosk runs on a Pi without server packages: it must import, and find its rules, with them blocked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

_PROGRAM = """
import importlib, importlib.abc, pkgutil, sys

BLOCKED = {"flask", "werkzeug", "jinja2", "peewee", "playhouse", "whoosh", "pymarc", "lxml", "openpyxl",
           "requests", "argon2", "babel", "click", "waitress", "docx", "psycopg", "holidays", "tqdm"}

class Wall(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in BLOCKED:
            raise ImportError(f"a kiosk has no {name}")

sys.meta_path.insert(0, Wall())
import kiosk
names = [module.name for module in pkgutil.walk_packages(kiosk.__path__, "kiosk.")]
assert "kiosk.runner" in names and "kiosk.offline" in names, names
for name in names:
    importlib.import_module(name)
ours = sorted(name for name in sys.modules if name.split(".")[0] in ("library", "opac", "catalog_imports"))
print("\\n".join(ours))
"""

MAY_KNOW = (
    "library",
    "library.version",
    "library.contract",
    "library.foundation",
    "library.foundation.errors",
    "library.foundation.schoolyear",
    "library.foundation.vietnamese",
    "library.lending",
    "library.lending.model",
    "library.lending.rules",
    "library.lending.due_dates",
    "library.lending.limits",
    "library.lending.policy_matrix",
    "library.lending.policy_json",
)


def test_the_kiosk_needs_no_server_package() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], cwd=REPOSITORY, capture_output=True, encoding="utf-8", timeout=60
    )
    assert done.returncode == 0, done.stderr
    known = done.stdout.split()
    strays = [name for name in known if name not in MAY_KNOW and not name.startswith("library.contract.")]
    assert strays == [], "the kiosk may use only the pure modules"
    assert "library.lending.rules" in known, "offline loans must be decided by the core's own rules"
