"""Covers for records without one: colour by class, title in Literata, a quiet pattern from the number.

The same book always looks the same. Letters are drawn as outlines (cover_letters.json, made by
tools/vendor_look.py), so a cover needs no font wherever it is shown. Which record has an uploaded cover
is opac's business. Next: cover_patterns.py, cover_text.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from library.foundation.vietnamese import nfc
from library.web.cover_patterns import PATTERNS, mix, pattern_fill
from library.web.cover_text import TextBlock, draw_block, fit

WIDTH, HEIGHT = 240, 360
CREAM = "#FFF8EA"
PLATE = "#FBF4E4"
INK = "#2A2620"

# Group of classes -> cloth colours; each carries cream or dark letters at 4.5:1 (tested).
CLOTHS: dict[str, tuple[str, ...]] = {
    "general": ("#4A5A54", "#55606B", "#5E5A4C"),
    "philosophy": ("#5B4B7A", "#4E4570", "#6A4F7D"),
    "religion": ("#6B5B3E", "#5C5238", "#74603F"),
    "society": ("#8A3B2E", "#7A3540", "#93422A"),
    "folklore": ("#8A5112", "#7A4A1C", "#945018"),
    "language": ("#7A3E6A", "#6A3A66", "#843F63"),
    "science": ("#1F5F7A", "#24586C", "#1A6470"),
    "mathematics": ("#24538F", "#2C4A86", "#1E5C94"),
    "physics": ("#3B4A9A", "#454593", "#33508F"),
    "chemistry": ("#1C6B6B", "#1F6460", "#176574"),
    "biology": ("#3D6B2E", "#35673A", "#4B6A26"),
    "technology": ("#4B5563", "#3F5A6B", "#585464"),
    "medicine": ("#8C3A4A", "#7F3A55", "#963C42"),
    "farming": ("#5B6420", "#4F6622", "#665F1F"),
    "arts": ("#8A3F74", "#7D3F80", "#953F66"),
    "sport": ("#9A4418", "#A3401F", "#8C4A16"),
    "literature": ("#8F3424", "#7E3030", "#9A3B22"),
    "world_literature": ("#2F4F7F", "#3A4880", "#275672"),
    "criticism": ("#6E3B2A", "#633E33", "#7A3C27"),
    "history": ("#7A5226", "#6C4E2C", "#855022"),
    "geography": ("#1E6579", "#256068", "#1C5E84"),
    "children": ("#B0451A", "#F2C14E", "#1F6B52", "#A33A3F", "#BFDCC9", "#2B6297", "#F3D3A2", "#7A4A8C"),
    "periodical": ("#3E4C59", "#4A4A58", "#34525A"),
}

_SUBJECT_GROUPS = {
    "toán": "mathematics",
    "vật lí": "physics",
    "hoá học": "chemistry",
    "sinh học": "biology",
    "khoa học tự nhiên": "science",
    "khoa học": "science",
    "tự nhiên và xã hội": "science",
    "ngữ văn": "literature",
    "tiếng việt": "literature",
    "tiếng anh": "language",
    "tiếng pháp": "language",
    "tiếng nga": "language",
    "tiếng trung quốc": "language",
    "tiếng nhật": "language",
    "lịch sử": "history",
    "lịch sử và địa lí": "history",
    "địa lí": "geography",
    "tin học": "technology",
    "công nghệ": "technology",
    "âm nhạc": "arts",
    "mĩ thuật": "arts",
    "giáo dục thể chất": "sport",
    "giáo dục công dân": "society",
    "giáo dục kinh tế và pháp luật": "society",
    "giáo dục quốc phòng và an ninh": "society",
    "giáo dục địa phương": "folklore",
    "đạo đức": "society",
    "hoạt động trải nghiệm": "farming",
}

# Beginning of a class mark, longest first when looked up; Dewey and the 19 classes share most digits.
_MARK_GROUPS = {
    "0": "general", "1": "philosophy", "2": "religion", "3": "society", "398": "folklore", "3K": "society",
    "4": "language", "5": "science", "51": "mathematics", "53": "physics", "54": "chemistry", "55": "geography",
    "57": "biology", "58": "biology", "59": "biology", "6": "technology", "61": "medicine", "63": "farming",
    "7": "arts", "796": "sport", "7A": "sport", "8": "world_literature", "895.922": "literature",
    "809": "criticism", "807": "criticism", "9": "history", "91": "geography", "910": "geography",
    "K": "folklore", "V": "literature", "N": "world_literature", "Đ": "children",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CoverFacts:
    """What a cover is made from; all of it is on the record."""

    record_id: int
    title: str
    author: str = ""
    part: str = ""
    material: str = ""  # library.cataloguing.model.Material value
    class_number: str = ""
    subjects: Sequence[str] = ()  # môn
    grades: Sequence[int] = ()  # khối
    book_set: str = ""


def cloth_group(facts: CoverFacts) -> str:
    """Which family of colours: by material, then môn, then class mark."""
    if facts.material in ("children", "periodical"):
        return facts.material
    for subject in facts.subjects:
        group = _SUBJECT_GROUPS.get(subject.lower())
        if group:
            return group
    mark = facts.class_number.strip().upper()
    for length in range(min(len(mark), 7), 0, -1):
        group = _MARK_GROUPS.get(mark[:length])
        if group:
            return group
    return "general"


def draw_cover(facts: CoverFacts) -> str:
    """The cover as an SVG document, 2:3."""
    chance = _Chance(facts.record_id)
    cloths = CLOTHS[cloth_group(facts)]
    cloth = cloths[chance.pick(len(cloths))]
    pattern = PATTERNS[chance.pick(len(PATTERNS))]
    layout = _LAYOUTS[chance.pick(len(_LAYOUTS))]
    title = nfc(facts.title) or "Chưa có nhan đề"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{cloth}"/>',
        layout(facts, title, cloth, pattern, chance),
        # The hinge: what makes a coloured card look like a book.
        f'<rect width="11" height="{HEIGHT}" fill="#000" opacity=".16"/>',
        f'<rect x="11" width="1.5" height="{HEIGHT}" fill="#FFF" opacity=".16"/>',
        "</svg>",
    ]
    return "".join(parts)


class _Chance:
    """Small repeatable choices from a record's number."""

    def __init__(self, seed: int) -> None:
        # Knuth's multiplicative hash: neighbours on a shelf must not look alike.
        self._state = (seed * 2654435761 + 97) & 0xFFFFFFFF

    def pick(self, count: int) -> int:
        self._state = (self._state + 0x9E3779B9) & 0xFFFFFFFF
        mixed = ((self._state ^ (self._state >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
        mixed = ((mixed ^ (mixed >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
        return (mixed ^ (mixed >> 16)) % count


def letters_on(ground: str) -> str:
    """Cream or dark letters, whichever can be read on `ground`."""
    red, green, blue = (int(ground[place : place + 2], 16) for place in (1, 3, 5))
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 150 else CREAM


def _quiet(cloth: str, strength: float) -> str:
    """The pattern's colour: a little towards the letters' colour."""
    return mix(cloth, letters_on(cloth), strength)


def _tag(facts: CoverFacts) -> str:
    """The small line at the head: "TOÁN 6", else nothing."""
    if facts.subjects and facts.grades:
        low, high = min(facts.grades), max(facts.grades)
        return nfc(f"{facts.subjects[0]} {low if low == high else f'{low}–{high}'}").upper()
    if facts.grades and len(facts.grades) == 1:
        return f"LỚP {facts.grades[0]}"
    return ""


def _byline(facts: CoverFacts) -> str:
    return nfc(facts.author or facts.book_set)


def _plate(facts: CoverFacts, title: str, cloth: str, pattern: str, chance: _Chance) -> str:
    """A paper label on patterned cloth."""
    block = fit(title, "title", width=158, height=150, sizes=(30, 27, 24, 21, 19, 17, 15, 13), most_lines=7)
    part = fit(nfc(facts.part), "author", 158, 18, (12, 11, 10), 1) if facts.part else None
    author = fit(_byline(facts), "author", 158, 32, (12, 11, 10), 2)
    inner = block.height + (part.height + 8 if part else 0) + author.height + 22
    height = max(inner + 40, 150)
    top = 62 if chance.pick(2) else (HEIGHT - height) / 2 - 18
    middle = 126
    at = top + (height - inner) / 2
    drawn = [
        pattern_fill(pattern, _quiet(cloth, 0.16), WIDTH, HEIGHT),
        f'<rect x="32" y="{top:.0f}" width="188" height="{height:.0f}" rx="3" fill="{PLATE}"/>',
        f'<rect x="37.5" y="{top + 5.5:.1f}" width="177" height="{height - 11:.0f}" rx="1.5" fill="none" '
        f'stroke="{cloth}" stroke-opacity=".55"/>',
        draw_block(block, middle, at, INK, "middle"),
    ]
    at += block.height
    if part:
        drawn.append(draw_block(part, middle, at + 6, INK, "middle"))
        at += part.height + 8
    if author.lines:
        drawn.append(f'<rect x="{middle - 12}" y="{at + 9:.0f}" width="24" height="1.5" fill="{cloth}"/>')
        drawn.append(draw_block(author, middle, at + 22, INK, "middle"))
    tag = fit(_tag(facts), "author", 180, 16, (11, 10, 9), 1)
    drawn.append(_on_cloth(tag, cloth, middle, HEIGHT - 38, "middle"))
    return "".join(drawn)


def _open(facts: CoverFacts, title: str, cloth: str, pattern: str, chance: _Chance) -> str:
    """Title straight on the cloth, pattern in the lower part."""
    left, tag = 30, fit(_tag(facts), "author", 184, 16, (11, 10, 9), 1)
    block = fit(title, "title", width=184, height=172, sizes=(36, 32, 28, 25, 22, 19, 17, 15), most_lines=7)
    part = fit(nfc(facts.part), "author", 184, 18, (13, 12, 11), 1) if facts.part else None
    author = fit(_byline(facts), "author", 184, 34, (13, 12, 11, 10), 2)
    letters = letters_on(cloth)
    at = 34.0
    drawn = []
    if tag.lines:
        drawn.append(draw_block(tag, left, at - 4, letters, "start"))
        at += 20
    drawn.append(draw_block(block, left, at, letters, "start"))
    at += block.height + 6
    if part:
        drawn.append(draw_block(part, left, at, letters, "start"))
        at += part.height + 6
    if author.lines:
        drawn.append(f'<rect x="{left}" y="{at + 4:.0f}" width="28" height="2" fill="{letters}" opacity=".7"/>')
        at += 16
        drawn.append(draw_block(author, left, at, letters, "start"))
        at += author.height
    ground_top = max(at + 18, 214.0)
    if ground_top < HEIGHT - 40:
        drawn.insert(
            0,
            f'<rect y="{ground_top:.0f}" width="{WIDTH}" height="{HEIGHT - ground_top:.0f}" '
            f'fill="{mix(cloth, "#000000", 0.16)}"/>'
            + pattern_fill(
                pattern, mix(cloth, letters, 0.42), WIDTH, HEIGHT - ground_top, top=ground_top, identity="b"
            ),
        )
    return "".join(drawn)


def _band(facts: CoverFacts, title: str, cloth: str, pattern: str, chance: _Chance) -> str:
    """A calm band across a patterned ground."""
    middle = 126
    block = fit(title, "title", width=188, height=150, sizes=(34, 30, 27, 24, 21, 18, 16, 14), most_lines=6)
    part = fit(nfc(facts.part), "author", 188, 18, (13, 12, 11), 1) if facts.part else None
    author = fit(_byline(facts), "author", 188, 34, (13, 12, 11, 10), 2)
    height = block.height + (part.height + 8 if part else 0) + 48
    top = (HEIGHT - height) * (0.36 if chance.pick(2) else 0.5)
    letters = letters_on(cloth)
    deep = mix(cloth, "#000000", 0.24) if letters == CREAM else mix(cloth, "#FFFFFF", 0.4)
    drawn = [
        pattern_fill(pattern, _quiet(cloth, 0.24), WIDTH, HEIGHT),
        f'<rect y="{top:.0f}" width="{WIDTH}" height="{height:.0f}" fill="{deep}"/>',
        f'<rect y="{top + 5:.0f}" width="{WIDTH}" height="1.2" fill="{letters}" opacity=".5"/>',
        f'<rect y="{top + height - 6:.0f}" width="{WIDTH}" height="1.2" fill="{letters}" opacity=".5"/>',
        draw_block(block, middle, top + 24, letters, "middle"),
    ]
    if part:
        drawn.append(draw_block(part, middle, top + 30 + block.height, letters, "middle"))
    drawn.append(_on_cloth(author, cloth, middle, HEIGHT - 30 - author.height, "middle"))
    tag = fit(_tag(facts), "author", 188, 16, (11, 10, 9), 1)
    drawn.append(_on_cloth(tag, cloth, middle, 26, "middle"))
    return "".join(drawn)


def _on_cloth(block: TextBlock, cloth: str, x: float, y: float, anchor: str) -> str:
    """Small letters over a pattern, on a clean strip of cloth so that they can be read."""
    if not block.lines:
        return ""
    width, height = block.width + 20, block.height + 12
    left = x - width / 2 if anchor == "middle" else x - 10
    return (
        f'<rect x="{left:.0f}" y="{y - 6:.0f}" width="{width:.0f}" height="{height:.0f}" rx="3" fill="{cloth}"/>'
        + draw_block(block, x, y, letters_on(cloth), anchor)
    )


_LAYOUTS = (_plate, _open, _band, _open)
