"""Words and shapes of the public catalogue: labels of facets, chips, JSON. Pure; asks nothing of anyone.

Next: catalogue.py (where the facts come from), templates/opac/.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from library.cataloguing.model import MATERIAL_LABELS, Material
from library.lending.availability import CopyState
from library.searching.model import FacetValue, SearchPage, Suggestion
from library.web.assets import cover_url
from opac.catalogue import Details, Hit

FACET_LABELS: dict[str, str] = {
    "subject": "Môn",
    "grade": "Khối",
    "material": "Loại tài liệu",
    "shelf": "Tủ sách",
    "collection": "Kho sách",
    "language": "Ngôn ngữ",
}
SORT_LABELS: dict[str, str] = {
    "relevance": "Phù hợp nhất",
    "title": "Nhan đề A–Y",
    "author": "Tác giả A–Y",
    "newest": "Mới về trước",
    "year": "Năm xuất bản mới trước",
}
LANGUAGES: dict[str, str] = {
    "vie": "Tiếng Việt",
    "eng": "Tiếng Anh",
    "fre": "Tiếng Pháp",
    "rus": "Tiếng Nga",
    "chi": "Tiếng Trung Quốc",
    "jpn": "Tiếng Nhật",
    "kor": "Tiếng Hàn Quốc",
    "ger": "Tiếng Đức",
    "khm": "Tiếng Khmer",
    "cjm": "Tiếng Chăm",
    "mul": "Nhiều ngôn ngữ",
    "und": "Chưa rõ",
}
MATERIAL_ICONS: dict[str, str] = {
    "textbook": "graduation-cap",
    "teacher": "presentation",
    "reference": "book-open",
    "children": "sparkles",
    "tool": "languages",
    "periodical": "newspaper",
    "map_picture": "map",
    "disc": "disc-3",
    "digital": "monitor",
}
# copy status -> (tone, icon): never colour alone
STATUS_LOOK: dict[str, tuple[str, str]] = {
    "available": ("good", "circle-check"),
    "on_loan": ("notice", "clock"),
    "held": ("notice", "bookmark"),
    "class_corner": ("info", "school"),
    "mobile_shelf": ("info", "truck"),
    "reading_room": ("info", "armchair"),
    "reference": ("info", "armchair"),
    "repair": ("", "archive"),
    "missing": ("", "search"),
    "lost": ("", "ban"),
}
# Which of several places to name first when no copy is free: the one a reader can still do most with.
_PLACES_IN_ORDER = (
    "reading_room", "reference", "class_corner", "mobile_shelf", "on_loan", "held", "repair", "missing", "lost",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chip:
    text: str
    tone: str
    icon: str


def label_of(facet: str, value: str, collections: Mapping[str, str]) -> str:
    """The words for one value of a facet."""
    if facet == "grade":
        return f"Khối {value}"
    if facet == "material":
        return MATERIAL_LABELS[Material(value)] if value in set(Material) else value
    if facet == "language":
        return LANGUAGES.get(value, value)
    if facet == "collection":
        return collections.get(value, value)
    return value


def facet_values(
    facet: str, values: Sequence[FacetValue], collections: Mapping[str, str]
) -> list[tuple[str, str, int]]:
    """(value, label, count) in the order people expect: grades by number, others most frequent first."""
    rows = [(value.value, label_of(facet, value.value, collections), value.count) for value in values]
    if facet == "grade":
        rows.sort(key=lambda row: int(row[0]) if row[0].isdigit() else 99)
    return rows


def state_chip(copy: CopyState) -> Chip:
    """The fixed words for one copy (look.md)."""
    tone, icon = STATUS_LOOK.get(copy.status, ("", "info"))
    return Chip(copy.label, tone, icon)


def hit_chip(hit: Hit) -> Chip:
    """One chip for a title: how many are free, or else where its copies are."""
    if not hit.copies_total:
        return Chip("Chưa có bản nào", "", "info")
    if hit.copies_available:
        return Chip(f"Còn trên kệ {hit.copies_available}/{hit.copies_total}", *STATUS_LOOK["available"])
    return best_place(hit.copies)


def best_place(copies: Sequence[CopyState]) -> Chip:
    """The chip of the copy that a reader can do most with; loans by the earliest due date."""
    known = [copy for copy in copies if copy.status in _PLACES_IN_ORDER]
    if not known:
        return Chip("Chưa có bản nào", "", "info")
    best = min(
        known,
        key=lambda copy: (
            _PLACES_IN_ORDER.index(copy.status),
            copy.due_on.toordinal() if copy.due_on else 0,
        ),
    )
    return state_chip(best)


def material_label(material: str) -> str:
    return MATERIAL_LABELS[Material(material)] if material in set(Material) else material


def publication_line(publisher: str, year: int | None, place: str = "") -> str:
    """H. : Kim Đồng, 2021 without the parts that are missing."""
    where = " : ".join(part for part in (place, publisher) if part)
    return ", ".join(part for part in (where, str(year) if year else "") if part)


# --- JSON of /api/v1 ---------------------------------------------------------------------------------


def marked(pieces: Sequence[tuple[str, bool]]) -> Markup:
    """Pieces as HTML, hits in <mark>; the text itself is escaped."""
    return Markup("").join(Markup("<mark>{}</mark>").format(text) if hit else escape(text) for text, hit in pieces)


def hit_json(hit: Hit) -> dict[str, Any]:
    card = hit.card
    return {
        "id": card.id,
        "title": card.full_title,
        "authors": list(card.authors),
        "publisher": card.publisher,
        "year": card.year,
        "isbn": card.isbn,
        "material": card.material,
        "call_number": card.call_number,
        "cover_url": cover_url(card.id),
        "copies_total": hit.copies_total,
        "copies_available": hit.copies_available,
        "highlight": str(marked(hit.title_pieces)),
    }


def search_json(page: SearchPage, hits: Sequence[Hit], collections: Mapping[str, str]) -> dict[str, Any]:
    return {
        "query": page.query,
        "total": page.total,
        "page": page.page,
        "per_page": page.per_page,
        "suggestion": page.suggestion,
        "match": str(page.match),
        "hits": [hit_json(hit) for hit in hits],
        "facets": {
            facet: [
                {"value": value, "label": label, "count": count}
                for value, label, count in facet_values(facet, page.facets.get(facet, ()), collections)
            ]
            for facet in FACET_LABELS
        },
    }


def suggestion_json(suggestion: Suggestion) -> dict[str, Any]:
    return {"text": suggestion.text, "kind": suggestion.kind, "record_id": suggestion.record_id}


def copy_json(copy: CopyState) -> dict[str, Any]:
    """`availability` is the code; `due_on`, `class`, `shelf`, `stop` say more where there is more to say."""
    return {
        "accession_number": copy.accession_number,
        "barcode": copy.barcode,
        "collection": copy.collection,
        "collection_name": copy.collection_name,
        "shelf_location": copy.shelf_location,
        "availability": copy.status,
        "label": copy.label,
        "due_on": copy.due_on.isoformat() if copy.due_on else None,
        "class": copy.class_name,
        "shelf": copy.unit_name if copy.status == "mobile_shelf" else None,
        "stop": copy.stop_place,
    }


def details_json(details: Details) -> dict[str, Any]:
    card, row = details.card, details.row
    return {
        "id": card.id,
        "title": card.title,
        "subtitle": card.subtitle,
        "part": card.part,
        "responsibility": details.responsibility,
        "authors": list(card.authors),
        "publisher": card.publisher,
        "place": details.place,
        "year": card.year,
        "edition": details.edition,
        "pages": details.pages,
        "size": details.size,
        "isbn": card.isbn,
        "isbns": list(row.isbns),
        "language": row.language,
        "material": card.material,
        "class_number": card.class_number,
        "call_number": card.call_number,
        "series": row.series,
        "book_set": card.book_set,
        "subjects": list(row.subjects),
        "grades": list(row.grades),
        "shelves": list(row.shelves),
        "keywords": list(row.keywords),
        "summary": card.summary,
        "cover_url": cover_url(card.id),
        "copies_total": len(details.copies),
        "copies_available": details.copies_available,
        "copies": [copy_json(copy) for copy in details.copies],
    }
