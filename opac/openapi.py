"""The public API described to machines: OpenAPI 3.1. A test holds it against the routes and the answers.

Next: api.py.
"""

from __future__ import annotations

from typing import Any

from library.searching.model import LARGEST_PAGE, Match, Sort
from library.version import VERSION
from opac.presenters import FACET_LABELS, STATUS_LOOK

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "integer"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
MAYBE_NUMBER: Schema = {"type": ["integer", "null"]}
MAYBE_DATE: Schema = {"type": ["string", "null"], "format": "date"}
TEXTS: Schema = {"type": "array", "items": TEXT}


def _object(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(description: str, schema: Schema, mimetype: str = "application/json") -> Schema:
    return {"description": description, "content": {mimetype: {"schema": schema}}}


def _query(name: str, description: str, schema: Schema, many: bool = False) -> Schema:
    parameter: Schema = {"name": name, "in": "query", "description": description, "schema": schema}
    if many:
        parameter.update(schema={"type": "array", "items": schema}, style="form", explode=True)
    return parameter


def _get(summary: str, answers: dict[str, Schema], parameters: list[Schema] | None = None) -> Schema:
    problem = _answer("Lỗi", _ref("Problem"), "application/problem+json")
    operation: Schema = {"summary": summary, "responses": {**answers, "503": problem}}
    if parameters:
        operation["parameters"] = parameters
    return {"get": operation}


_BARE_RECORD = {
    "title": TEXT, "authors": TEXTS, "publisher": TEXT, "year": MAYBE_NUMBER, "isbn": MAYBE_TEXT,
    "material": TEXT, "call_number": TEXT, "cover_url": TEXT, "copies_total": COUNT, "copies_available": COUNT,
}  # fmt: skip

SCHEMAS: dict[str, Schema] = {
    "Hit": _object({"id": NUMBER, **_BARE_RECORD, "highlight": TEXT}),
    "FacetValue": _object({"value": TEXT, "label": TEXT, "count": COUNT}),
    "SearchPage": _object(
        {
            "query": TEXT,
            "total": COUNT,
            "page": {"type": "integer", "minimum": 1},
            "per_page": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE},
            "suggestion": MAYBE_TEXT,
            "match": {"type": "string", "enum": [str(match) for match in Match]},
            "hits": _list(_ref("Hit")),
            "facets": _object({facet: _list(_ref("FacetValue")) for facet in FACET_LABELS}),
        }
    ),
    "Suggestion": _object(
        {
            "text": TEXT,
            "kind": {"type": "string", "enum": ["title", "author", "subject", "query"]},
            "record_id": MAYBE_NUMBER,
        }
    ),
    "Suggestions": _object({"suggestions": _list(_ref("Suggestion"))}),
    "Copy": _object(
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
    "Record": _object(
        {
            "id": NUMBER, **_BARE_RECORD, "subtitle": TEXT, "part": TEXT, "responsibility": TEXT, "place": TEXT,
            "edition": TEXT, "pages": TEXT, "size": TEXT, "isbns": TEXTS, "language": TEXT, "class_number": TEXT,
            "series": TEXT, "book_set": TEXT, "subjects": TEXTS, "grades": _list(NUMBER), "shelves": TEXTS,
            "keywords": TEXTS, "summary": TEXT, "copies": _list(_ref("Copy")),
        }
    ),  # fmt: skip
    "Health": _object(
        {
            "status": {"type": "string", "const": "ok"},
            "version": TEXT,
            "time": {"type": "string", "format": "date-time"},
            "index_pending": COUNT,
        }
    ),
    "Problem": _object(
        {
            "type": TEXT,
            "title": TEXT,
            "status": NUMBER,
            "detail": TEXT,
            "code": TEXT,
            "reasons": _list(
                _object(
                    {"code": TEXT, "message": TEXT, "overridable": {"type": "boolean"}, "params": {"type": "object"}}
                )
            ),
            "request_id": TEXT,
        }
    ),
}


def describe_api() -> Schema:
    """The whole document."""
    problem = _answer("Không dùng được", _ref("Problem"), "application/problem+json")
    missing = _answer("Không có biểu ghi này", _ref("Problem"), "application/problem+json")
    record_id = {
        "name": "record_id",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "minimum": 0, "maximum": 2147483647},
    }
    binary: Schema = {"type": "string", "format": "binary"}
    search_parameters = [
        _query("q", "Từ khoá: có dấu, không dấu, ISBN, số đăng ký cá biệt", {"type": "string"}),
        _query("page", "Trang, từ 1", {"type": "integer", "minimum": 1, "maximum": 100_000, "default": 1}),
        _query(
            "per_page",
            "Số kết quả một trang",
            {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 20},
        ),
        _query("sort", "Thứ tự", {"type": "string", "enum": [str(sort) for sort in Sort], "default": "relevance"}),
        *(_query(facet, label, {"type": "string"}, many=True) for facet, label in FACET_LABELS.items()),
        _query("available", "1: chỉ nhan đề còn bản trên kệ", {"type": "string", "enum": ["0", "1"]}),
    ]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kệ Sách – tra cứu công khai", "version": VERSION, "license": {"name": "Apache-2.0"}},
        "paths": {
            "/api/v1/health": _get("Máy chủ còn chạy không", {"200": _answer("Còn chạy", _ref("Health"))}),
            "/api/v1/search": _get(
                "Tìm nhan đề",
                {"200": _answer("Một trang kết quả", _ref("SearchPage")), "400": problem},
                search_parameters,
            ),
            "/api/v1/suggest": _get(
                "Gợi ý khi gõ",
                {"200": _answer("Gợi ý", _ref("Suggestions"))},
                [_query("q", "Những chữ đã gõ", {"type": "string"})],
            ),
            "/api/v1/records/{record_id}": _get(
                "Một nhan đề và các bản", {"200": _answer("Nhan đề", _ref("Record")), "404": missing}, [record_id]
            ),
            "/api/v1/records/{record_id}.mrc": _get(
                "Biểu ghi MARC 21 (ISO 2709, UTF-8)",
                {"200": _answer("Biểu ghi", binary, "application/marc"), "404": missing, "422": problem},
                [record_id],
            ),
            "/api/v1/records/{record_id}.xml": _get(
                "Biểu ghi MARCXML",
                {"200": _answer("Biểu ghi", binary, "application/marcxml+xml"), "404": missing},
                [record_id],
            ),
            "/api/v1/openapi.json": _get("Tài liệu này", {"200": _answer("OpenAPI 3.1", {"type": "object"})}),
        },
        "components": {"schemas": SCHEMAS},
    }
