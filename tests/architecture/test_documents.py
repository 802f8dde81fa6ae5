"""Documents that drift fail here."""

from __future__ import annotations

import re
from pathlib import Path

from library.foundation.preferences import PREFERENCES
from library.settings import OPTIONS

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"


def test_configuration_names_every_setting_and_no_other() -> None:
    text = (DOCS / "configuration.md").read_text("utf-8")
    named = set(re.findall(r"^\| `([a-z0-9_]+)`", text, re.MULTILINE))
    assert named == {option.name for option in OPTIONS} | {kind.key for kind in PREFERENCES}
    for option in OPTIONS:
        assert option.help in text, option.name


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for page in [REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
            if not target.startswith(("http:", "https:")) and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(REPOSITORY)} -> {target}")
    assert broken == []


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in (DOCS / "adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
