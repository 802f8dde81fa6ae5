"""Makes fonts, cover letters and the icon sprite from three npm packages; run by hand, never by users.

    npm pack @expo-google-fonts/be-vietnam-pro @expo-google-fonts/literata lucide-static   (in FOLDER)
    pip install fonttools brotli
    python tools/vendor_look.py FOLDER

Refuses to write when a Vietnamese letter is missing. Versions and licences:
library/web/static/vendor/README.md. Icons are added to ICONS below.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
import tarfile
import unicodedata
from pathlib import Path

from fontTools import subset
from fontTools.pens.basePen import BasePen, decomposeQuadraticSegment
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import GlyphCoordinates

WEB = Path(__file__).resolve().parents[1] / "library" / "web"
ICONS = [
    "activity", "archive", "armchair", "arrow-down", "arrow-left", "arrow-right", "arrow-up",
    "arrow-up-down", "badge-check", "ban", "barcode", "bell", "book", "book-marked", "book-open",
    "bookmark", "box", "calendar", "calendar-check", "calendar-days", "chart-column", "chart-line", "check",
    "chevron-down", "chevron-left", "chevron-right", "chevron-up", "circle-alert", "circle-check",
    "circle-question-mark", "circle-x", "clipboard-check", "clipboard-list", "clock", "coins", "copy",
    "database", "disc-3", "door-open", "download", "ellipsis", "external-link", "eye", "eye-off",
    "file-input", "file-output", "file-spreadsheet", "file-text", "funnel", "gift", "globe",
    "graduation-cap", "hand-helping", "hard-drive", "heart", "history", "house", "id-card", "info", "key",
    "keyboard", "languages", "layers", "layout-grid", "leaf", "library", "library-big", "link", "list",
    "loader-circle", "lock", "log-in", "log-out", "mail", "map", "map-pin", "megaphone", "menu", "minus",
    "monitor", "moon", "newspaper", "package", "palette", "pencil", "plus", "presentation", "printer",
    "redo-2", "refresh-cw", "rotate-ccw", "route", "save", "scan-barcode", "scan-line", "school", "search",
    "send", "settings", "shapes", "shield", "shield-check", "sparkles", "star", "sun", "sun-moon", "tablet",
    "tag", "tags", "trash-2", "triangle-alert", "truck", "undo-2", "upload", "user", "user-check",
    "user-plus", "users", "volume-2", "volume-x", "wifi", "wifi-off", "x",
]  # fmt: skip
LOGO = (
    '<symbol id="logo" viewBox="0 0 32 32"><rect x="4" y="7" width="5" height="18" rx="1.5" fill="#1E6B52"/>'
    '<rect x="10.5" y="10" width="6" height="15" rx="1.5" fill="#F2B84B"/>'
    '<path d="M18.4 9.6l4.9-1.3a1.4 1.4 0 0 1 1.7 1l3.6 14.3-6.5 1.4h-.6z" fill="#B3461F"/>'
    '<rect x="2.5" y="25" width="27" height="3" rx="1.5" fill="#7A5A3A"/></symbol>'
)
FACES = [("be-vietnam-pro", weight) for weight in ("400Regular", "500Medium", "600SemiBold", "700Bold")] + [
    ("literata", weight) for weight in ("500Medium", "600SemiBold", "700Bold")
]
FIGURE_WIDTH = 640
COVER_UNITS = 500  # cover letters are drawn on a grid of 500 to the em: 0.05 px at cover size
TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
SYMBOLS = {0x20AB, 0x20AC, 0x2122, 0x2190, 0x2191, 0x2192, 0x2193, 0x2212, 0x2248, 0x2260, 0x2264, 0x2265, 0x2030}


def vietnamese_letters() -> set[str]:
    """All 146 single and toned letters, small and capital."""
    letters = {"đ", "Đ"}
    for base in "aăâeêioôơuưy":
        for tone in TONES:
            letter = unicodedata.normalize("NFC", base + tone)
            letters |= {letter, letter.upper()}
    return letters


LETTERS = vietnamese_letters()
WANTED = (
    set(range(0x20, 0x7F))
    | set(range(0xA0, 0x180))
    | {ord(letter) for letter in LETTERS}
    | {0x2BC, 0x300, 0x301, 0x303, 0x309, 0x323, 0x31B, 0x302, 0x306}
    | set(range(0x2010, 0x2027))
    | SYMBOLS
)


def open_face(packages: dict[str, tarfile.TarFile], family: str, weight: str) -> TTFont:
    package = packages[family]
    name = next(entry for entry in package.getnames() if f"/{weight}/" in entry and entry.endswith(".ttf"))
    content = package.extractfile(name)
    assert content is not None
    font = TTFont(io.BytesIO(content.read()), recalcTimestamp=False)
    missing = [letter for letter in LETTERS if ord(letter) not in font.getBestCmap()]
    if missing:
        raise SystemExit(f"{name}: no glyph for {''.join(sorted(missing))}")
    return font


def save_text_face(font: TTFont, path: Path) -> None:
    options = subset.Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl", "liga", "tnum", "lnum", "calt"]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=WANTED & set(font.getBestCmap()))
    chosen.subset(font)
    font.flavor = "woff2"
    font.save(path)


def save_figures_face(font: TTFont, path: Path) -> None:
    """The ten digits on one advance width: Be Vietnam Pro itself has no tabular figures."""
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.name_IDs = ["*"]
    options.notdef_outline = True
    chosen = subset.Subsetter(options)
    chosen.populate(text="0123456789")
    chosen.subset(font)
    for digit in "0123456789":
        name = font.getBestCmap()[ord(digit)]
        glyph = font["glyf"][name]
        glyph.recalcBounds(font["glyf"])
        ink = glyph.xMax - glyph.xMin
        squeeze = min(1.0, (FIGURE_WIDTH - 44) / ink)
        left = round((FIGURE_WIDTH - ink * squeeze) / 2) - (20 if digit == "1" else 0)
        origin = glyph.xMin
        glyph.coordinates = GlyphCoordinates(
            [(round((x - origin) * squeeze) + left, y) for x, y in glyph.coordinates]
        )
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (FIGURE_WIDTH, glyph.xMin)
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6, 16):
            words = str(record).replace("Be Vietnam Pro", "Ke Sach Figures")
            record.string = words.replace("BeVietnamPro", "KeSachFigures")
    font.flavor = "woff2"
    font.save(path)


class RelativePen(BasePen):
    """An outline as relative SVG commands in whole units, y downwards, starting at the letter's origin."""

    def __init__(self, glyphs: object, scale: float) -> None:
        super().__init__(glyphs)
        self.scale, self.parts = scale, []
        self.at = self.start = (0, 0)

    def _to(self, *points: tuple[float, float]) -> str:
        text, last = "", self.at
        for x, y in points:
            spot = (round(x * self.scale), round(-y * self.scale))
            for step in (spot[0] - self.at[0], spot[1] - self.at[1]):
                text += (" " if text and step >= 0 else "") + str(step)
            last = spot
        self.at = last
        return text

    def _moveTo(self, point: tuple[float, float]) -> None:
        self.parts.append("m" + self._to(point))
        self.start = self.at

    def _lineTo(self, point: tuple[float, float]) -> None:
        self.parts.append("l" + self._to(point))

    def _curveToOne(self, one: object, two: object, three: object) -> None:
        raise SystemExit("cubic outlines are not expected in a TrueType font")

    def qCurveTo(self, *points: tuple[float, float]) -> None:
        for control, end in decomposeQuadraticSegment(points):
            self._qCurveToOne(control, end)

    def _qCurveToOne(self, control: tuple[float, float], end: tuple[float, float]) -> None:
        self.parts.append("q" + self._to(control, end))

    def _closePath(self) -> None:
        self.parts.append("z")
        self.at = self.start


def cover_letters(font: TTFont) -> dict[str, dict[str, object]]:
    scale = COVER_UNITS / font["head"].unitsPerEm
    glyphs, cmap = font.getGlyphSet(), font.getBestCmap()
    wanted = {chr(code) for code in WANTED if code in cmap and not 0x300 <= code <= 0x36F}
    advance, path = {}, {}
    for letter in sorted(wanted):
        glyph = glyphs[cmap[ord(letter)]]
        pen = RelativePen(glyphs, scale)
        glyph.draw(pen)
        advance[letter] = round(glyph.width * scale)
        if pen.parts:
            path[letter] = "".join(pen.parts)
    return {"advance": advance, "path": path}


def icon_sprite(package: tarfile.TarFile, version: str) -> str:
    symbols = [LOGO]
    for name in ICONS:
        content = package.extractfile(f"package/icons/{name}.svg")
        assert content is not None
        found = re.search(r"<svg[^>]*>(.*)</svg>", content.read().decode(), re.S)
        assert found
        body = re.sub(r"\s+", " ", found.group(1)).strip().replace("> <", "><").replace(" />", "/>")
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
            f'stroke-linecap="round" stroke-linejoin="round">{body}</symbol>'
        )
    note = f'<!-- Lucide {version} (ISC, parts MIT: vendor/LICENSE-lucide.txt); "logo" is our own. -->'
    lines = "\n".join(symbols)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{note}\n{lines}\n</svg>\n'


def main(folder: Path) -> None:
    files = {
        "be-vietnam-pro": next(folder.glob("expo-google-fonts-be-vietnam-pro-*.tgz")),
        "literata": next(folder.glob("expo-google-fonts-literata-*.tgz")),
        "lucide": next(folder.glob("lucide-static-*.tgz")),
    }
    with contextlib.ExitStack() as stack:
        packages = {name: stack.enter_context(tarfile.open(path)) for name, path in files.items()}
        write_everything(packages, files["lucide"].stem.rpartition("-")[2])


def write_everything(packages: dict[str, tarfile.TarFile], lucide_version: str) -> None:
    fonts = WEB / "static" / "fonts"
    fonts.mkdir(parents=True, exist_ok=True)
    letters = {
        "units": COVER_UNITS,
        "title": cover_letters(open_face(packages, "literata", "600SemiBold")),
        "author": cover_letters(open_face(packages, "be-vietnam-pro", "600SemiBold")),
    }
    for family, weight in FACES:
        save_text_face(open_face(packages, family, weight), fonts / f"{family}-{weight[:3]}.woff2")
        if family == "be-vietnam-pro":
            save_figures_face(open_face(packages, family, weight), fonts / f"figures-{weight[:3]}.woff2")
    text = json.dumps(letters, ensure_ascii=False, separators=(",", ":"))
    (WEB / "cover_letters.json").write_text(text + "\n", "utf-8")
    (WEB / "static" / "icons.svg").write_text(icon_sprite(packages["lucide"], lucide_version), "utf-8")
    for path in sorted([*fonts.iterdir(), WEB / "cover_letters.json", WEB / "static" / "icons.svg"]):
        print(f"{path.stat().st_size:>8} {path.name}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
