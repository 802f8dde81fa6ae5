"""The public API described to machines: this room's part of the document (library/web/openapi.py).

A test holds it against the routes and the answers. Next: api.py.
"""

from __future__ import annotations

from library.searching.model import LARGEST_PAGE, Match, Sort
from library.web.openapi import (
    COUNT,
    INSTANT,
    MAYBE_DATE,
    MAYBE_NUMBER,
    MAYBE_TEXT,
    NUMBER,
    TEXT,
    TEXTS,
    ApiPart,
    Schema,
    answer,
    busy,
    list_of,
    object_of,
    problem,
    query,
    ref,
)
from opac.presenters import FACET_LABELS, STATUS_LOOK


def _get(summary: str, answers: dict[str, Schema], parameters: list[Schema] | None = None) -> Schema:
    operation: Schema = {"summary": summary, "tags": ["public"], "responses": {**answers, "503": busy()}}
    if parameters:
        operation["parameters"] = parameters
    return {"get": operation}


_BARE_RECORD = {
    "title": TEXT, "authors": TEXTS, "publisher": TEXT, "year": MAYBE_NUMBER, "isbn": MAYBE_TEXT,
    "material": TEXT, "call_number": TEXT, "cover_url": TEXT, "copies_total": COUNT, "copies_available": COUNT,
}  # fmt: skip

SCHEMAS: dict[str, Schema] = {
    "Hit": object_of({"id": NUMBER, **_BARE_RECORD, "highlight": TEXT}),
    "FacetValue": object_of({"value": TEXT, "label": TEXT, "count": COUNT}),
    "SearchPage": object_of(
        {
            "query": TEXT,
            "total": COUNT,
            "page": {"type": "integer", "minimum": 1},
            "per_page": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE},
            "suggestion": MAYBE_TEXT,
            "match": {"type": "string", "enum": [str(match) for match in Match]},
            "hits": list_of(ref("Hit")),
            "facets": object_of({facet: list_of(ref("FacetValue")) for facet in FACET_LABELS}),
        }
    ),
    "Suggestion": object_of(
        {
            "text": TEXT,
            "kind": {"type": "string", "enum": ["title", "author", "subject", "query"]},
            "record_id": MAYBE_NUMBER,
        }
    ),
    "Suggestions": object_of({"suggestions": list_of(ref("Suggestion"))}),
    "Copy": object_of(
        {
            "accession_number": TEXT,
            "barcode": TEXT,
            "collection": TEXT,
            "collection_name": TEXT,
            "shelf_location": TEXT,
            "availability": {"type": "string", "enum": list(STATUS_LOOK)},
            "label": TEXT,
            "due_on": MAYBE_DATE,
            "class": MAYBE_TEXT,
            "shelf": MAYBE_TEXT,
            "stop": MAYBE_TEXT,
        }
    ),
    "Record": object_of(
        {
            "id": NUMBER, **_BARE_RECORD, "subtitle": TEXT, "part": TEXT, "responsibility": TEXT, "place": TEXT,
            "edition": TEXT, "pages": TEXT, "size": TEXT, "isbns": TEXTS, "language": TEXT, "class_number": TEXT,
            "series": TEXT, "book_set": TEXT, "subjects": TEXTS, "grades": list_of(NUMBER), "shelves": TEXTS,
            "keywords": TEXTS, "summary": TEXT, "copies": list_of(ref("Copy")),
        }
    ),  # fmt: skip
    "Health": object_of(
        {
            "status": {"type": "string", "const": "ok"},
            "version": TEXT,
            "time": INSTANT,
            "index_pending": COUNT,
            "school_id": {"type": "string", "format": "uuid"},
        }
    ),
}


def _paths() -> dict[str, Schema]:
    unusable = problem("Không dùng được")
    missing = problem("Không có biểu ghi này")
    record_id = {
        "name": "record_id",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "minimum": 0, "maximum": 2147483647},
    }
    binary: Schema = {"type": "string", "format": "binary"}
    search_parameters = [
        query("q", "Từ khoá: có dấu, không dấu, ISBN, số đăng ký cá biệt", {"type": "string"}),
        query("page", "Trang, từ 1", {"type": "integer", "minimum": 1, "maximum": 100_000, "default": 1}),
        query(
            "per_page",
            "Số kết quả một trang",
            {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 20},
        ),
        query("sort", "Thứ tự", {"type": "string", "enum": [str(sort) for sort in Sort], "default": "relevance"}),
        *(query(facet, label, {"type": "string"}, many=True) for facet, label in FACET_LABELS.items()),
        query("available", "1: chỉ nhan đề còn bản trên kệ", {"type": "string", "enum": ["0", "1"]}),
    ]
    return {
        "/api/v1/health": _get("Máy chủ còn chạy không", {"200": answer("Còn chạy", ref("Health"))}),
        "/api/v1/search": _get(
            "Tìm nhan đề",
            {"200": answer("Một trang kết quả", ref("SearchPage")), "400": unusable},
            search_parameters,
        ),
        "/api/v1/suggest": _get(
            "Gợi ý khi gõ",
            {"200": answer("Gợi ý", ref("Suggestions"))},
            [query("q", "Những chữ đã gõ", {"type": "string"})],
        ),
        "/api/v1/records/{record_id}": _get(
            "Một nhan đề và các bản", {"200": answer("Nhan đề", ref("Record")), "404": missing}, [record_id]
        ),
        "/api/v1/records/{record_id}.mrc": _get(
            "Biểu ghi MARC 21 (ISO 2709, UTF-8)",
            {"200": answer("Biểu ghi", binary, "application/marc"), "404": missing, "422": unusable},
            [record_id],
        ),
        "/api/v1/records/{record_id}.xml": _get(
            "Biểu ghi MARCXML",
            {"200": answer("Biểu ghi", binary, "application/marcxml+xml"), "404": missing},
            [record_id],
        ),
        "/api/v1/openapi.json": _get("Tài liệu này", {"200": answer("OpenAPI 3.1", {"type": "object"})}),
    }


PART = ApiPart(_paths(), SCHEMAS)
