"""The look: WCAG contrast in both themes, letters in the fonts' reach, no inline style or script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from wcag import contrast

WEB = Path(__file__).resolve().parents[2] / "library" / "web"
REPOSITORY = WEB.parents[1]
CSS = WEB / "static" / "css"
AA_TEXT, AA_PARTS = 4.5, 3.0
GROUNDS = ("paper", "surface", "sunken")
TEXTS = ("ink", "muted", "leaf", "leaf-strong", "clay", "clay-strong", "sky")


def without_comments(css: str) -> str:
    return re.sub(r"/\*.*?\*/", "", css, flags=re.S)


def without_print(css: str) -> str:
    """Paper is black on white whatever the theme: rules for print may say so."""
    while "@media print" in css:
        start = css.index("@media print")
        place, depth = css.index("{", start) + 1, 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[place], 0)
            place += 1
        css = css[:start] + css[place:]
    return css


def tokens_of(sheet: str) -> dict[str, str]:
    css = without_comments((CSS / sheet).read_text("utf-8"))
    block = next(body for body in re.findall(r":root\s*\{([^}]*)\}", css) if "color-scheme" in body)
    return dict(re.findall(r"--([a-z-]+):\s*([^;]+);", block))


THEMES = {
    "light": tokens_of("tokens.css"),
    "dark": tokens_of("dark.css"),
}


def pairs_in_stylesheets() -> set[tuple[str, str]]:
    """Every (text, ground) pair that some rule of ours sets together."""
    found = set()
    for sheet in REPOSITORY.glob("**/static/css/*.css"):
        if sheet.name in ("tokens.css", "dark.css", "print.css") or ".venv" in sheet.parts:
            continue
        for body in re.findall(r"\{([^{}]*)\}", without_print(without_comments(sheet.read_text("utf-8")))):
            text = re.search(r"(?<![-\w])color:\s*var\(--([a-z-]+)\)", body)
            ground = re.search(r"background(?:-color)?:\s*var\(--([a-z-]+)\)", body)
            if text and ground:
                found.add((text.group(1), ground.group(1)))
    return found


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_pair_reaches_aa(theme: str) -> None:
    tokens = THEMES[theme]
    usual = {(text, ground) for text in TEXTS for ground in GROUNDS}
    pairs = usual | pairs_in_stylesheets()
    assert ("on-leaf", "leaf") in pairs  # the scan does find what the buttons use
    poor = {pair: round(contrast(tokens[pair[0]], tokens[pair[1]]), 2) for pair in sorted(pairs)}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < AA_TEXT} == {}


@pytest.mark.parametrize("theme", THEMES)
def test_edges_of_fields_can_be_seen(theme: str) -> None:
    tokens = THEMES[theme]
    for ground in ("paper", "surface"):
        assert contrast(tokens["line-strong"], tokens[ground]) >= AA_PARTS
        assert contrast(tokens["sky"], tokens[ground]) >= AA_PARTS  # the focus ring


def test_both_themes_have_every_colour() -> None:
    assert set(THEMES["light"]) == set(THEMES["dark"])


def test_stylesheets_use_only_tokens_that_exist() -> None:
    known = set(re.findall(r"--([a-z0-9-]+):", (CSS / "tokens.css").read_text("utf-8")))
    for sheet in CSS.glob("*.css"):
        used = set(re.findall(r"var\(--([a-z0-9-]+)\)", sheet.read_text("utf-8")))
        assert used <= known, f"{sheet.name}: {used - known}"


def test_stylesheets_have_no_colours_of_their_own() -> None:
    for sheet in CSS.glob("*.css"):
        if sheet.name not in ("tokens.css", "dark.css", "print.css"):
            # A preview of a printed page (.paper) is black on white in both themes.
            css = without_print(re.sub(r'url\("data:[^"]*"\)', "", without_comments(sheet.read_text("utf-8"))))
            css = re.sub(r"\.paper[^{}]*\{[^{}]*\}", "", css)
            assert re.findall(r"#[0-9A-Fa-f]{3,8}\b", css) == [], sheet.name


def all_templates() -> list[Path]:
    return [path for path in REPOSITORY.glob("*/**/templates/**/*.html") if ".venv" not in path.parts]


def test_no_template_has_inline_style_or_script() -> None:
    templates = all_templates()
    assert len(templates) >= 5
    for path in templates:
        text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.S)
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"|javascript:", text), path
        for tag in re.findall(r"<script\b[^>]*>", text):
            assert " src=" in tag, (path, tag)


def test_templates_use_only_icons_that_are_in_the_sprite() -> None:
    sprite = (WEB / "static" / "icons.svg").read_text("utf-8")
    known = set(re.findall(r'<symbol id="([a-z0-9-]+)"', sprite))
    for path in all_templates():
        text = path.read_text("utf-8")
        used = set(re.findall(r"""\bicon\(\s*["']([a-z0-9-]+)["']""", text))
        used |= set(re.findall(r"""icon_name=["']([a-z0-9-]+)["']""", text))
        used |= set(re.findall(r"""empty_state\(\s*["']([a-z0-9-]+)["']""", text))
        assert used <= known, f"{path.name}: {used - known}"


def test_icons_of_menu_and_error_pages_exist() -> None:
    from library.web.errors import PAGES
    from library.web.navigation import PLACES

    sprite = (WEB / "static" / "icons.svg").read_text("utf-8")
    for name in {icon for _, icon in PLACES.values()} | {page[2] for page in PAGES.values()}:
        assert f'<symbol id="{name}"' in sprite


def test_every_file_named_in_a_stylesheet_is_there() -> None:
    for sheet in CSS.glob("*.css"):
        for name in re.findall(r'url\("(?!data:)([^"]+)"\)', sheet.read_text("utf-8")):
            assert (sheet.parent / name).is_file(), (sheet.name, name)


def test_licences_stand_beside_what_is_vendored() -> None:
    vendor = WEB / "static" / "vendor"
    for name in ("README.md", "OFL-be-vietnam-pro.txt", "OFL-literata.txt", "LICENSE-lucide.txt"):
        assert (vendor / name).stat().st_size > 500
