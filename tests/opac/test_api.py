"""/api/v1: the shapes of the HTTP interface, problems, MARC out, and no reader's name anywhere."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

import pytest
from opac_school import SECRET_NAMES, School

from library.foundation import outbox

HIT_KEYS = {
    "id", "title", "authors", "publisher", "year", "isbn", "material", "call_number", "cover_url", "copies_total",
    "copies_available", "highlight",
}  # fmt: skip


def get(school: School, path: str, status: int = 200, **query: Any) -> Any:
    answer = school.client.get(f"/api/v1{path}", query_string=query or None)
    assert answer.status_code == status, answer.text
    return answer.json


def titles(page: Any) -> list[str]:
    return [hit["title"] for hit in page["hits"]]


def test_health(school: School) -> None:
    body = get(school, "/health")
    assert set(body) == {"status", "version", "time", "index_pending", "school_id"}
    assert body["status"] == "ok" and body["time"] == "2026-11-23T02:00:00Z"
    school.add("Sách mới nhập", 1)
    assert get(school, "/health")["index_pending"] == outbox.count_pending() > 0


@pytest.mark.parametrize(
    "query",
    [
        "dế mèn phiêu lưu ký",
        "de men phieu luu ky",
        unicodedata.normalize("NFD", "Dế Mèn"),
        "tô hoài",
        "978-604-2-08823-7",
        "9786042088237",
    ],
)
def test_a_title_is_found_however_it_is_typed(school_on_both: School, query: str) -> None:
    page = get(school_on_both, "/search", q=query)
    assert titles(page)[0] == "Dế Mèn phiêu lưu ký"
    hit = page["hits"][0]
    assert set(hit) == HIT_KEYS
    assert (hit["copies_total"], hit["copies_available"]) == (2, 1)
    assert hit["cover_url"] == f"/covers/{hit['id']}.svg"


def test_d_without_its_bar_finds_d_with_it(school: School) -> None:
    assert titles(get(school, "/search", q="duong")) == ["Đường Hồ Chí Minh trên biển"]


def test_an_accession_number_finds_its_title(school: School) -> None:
    barcode = school.barcodes("Mắt biếc")[0]
    assert titles(get(school, "/search", q=barcode.lower())) == ["Mắt biếc"]


def test_the_page_of_search_has_every_field(school: School) -> None:
    page = get(school, "/search", q="toan", per_page=2)
    assert (page["query"], page["total"], page["page"], page["per_page"]) == ("toan", 3, 1, 2)
    assert len(page["hits"]) == 2
    assert {"subject", "grade", "material", "language", "collection"} <= set(page["facets"])
    grades = page["facets"]["grade"]
    assert grades == [{"value": "6", "label": "Khối 6", "count": 2}, {"value": "7", "label": "Khối 7", "count": 1}]
    assert page["facets"]["material"][0] == {"value": "textbook", "label": "Sách giáo khoa", "count": 2}
    labels = {value["value"]: value["label"] for value in page["facets"]["collection"]}
    assert labels["SGK"] == "Sách giáo khoa"


def test_filters_and_availability(school: School) -> None:
    assert get(school, "/search", subject="Toán", grade="7")["total"] == 1
    assert get(school, "/search", subject="Toán", grade=["6", "7"])["total"] == 3
    assert get(school, "/search", material="children", available="1")["total"] == 1
    assert get(school, "/search", shelf="Tủ sách Bác Hồ")["total"] == 1
    assert get(school, "/search", available="1", q="mat biec")["total"] == 0  # in the class corner


def test_availability_follows_the_database_at_once_without_the_index(school: School) -> None:
    from opac_school import STAFF

    from library.lending import service as loans

    loans.check_in(school.barcodes("Cho tôi xin một vé đi tuổi thơ")[0], actor=STAFF, channel="desk")
    page = get(school, "/search", q="tuổi thơ", available="1")
    assert page["hits"][0]["copies_available"] == 1


def test_sorts(school: School) -> None:
    by_title = titles(get(school, "/search", sort="title"))
    assert by_title.index("Đường Hồ Chí Minh trên biển") < by_title.index("Mắt biếc")
    assert by_title.index("Dế Mèn phiêu lưu ký") < by_title.index("Đường Hồ Chí Minh trên biển")
    assert titles(get(school, "/search", sort="newest"))[0] == "Bài tập Toán 7"
    assert titles(get(school, "/search", sort="year"))[0] == "Dế Mèn phiêu lưu ký"


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "size"},
        {"page": "0"},
        {"page": "hai"},
        {"page": "9" * 40},
        {"per_page": "101"},
        {"per_page": "-1"},
        {"available": "yes"},
    ],
)
def test_a_bad_parameter_is_named(school: School, query: dict[str, str]) -> None:
    body = get(school, "/search", 400, **query)
    assert body["code"] == "malformed" and next(iter(query)) in body["detail"]


def test_garbage_is_answered_with_nothing_found(school: School) -> None:
    for query in ("*)(&^%" * 166, "AND OR NOT title:", "ữ" * 1000, "'; DROP TABLE record; --"):
        page = get(school, "/search", q=query)
        assert page["total"] == 0 and page["hits"] == []


def test_a_page_beyond_the_end_is_empty(school: School) -> None:
    page = get(school, "/search", page="500")
    assert page["hits"] == [] and page["total"] == 9


def test_a_misspelt_title_gets_another_spelling(school: School) -> None:
    assert get(school, "/search", q="toô hoàii")["suggestion"] or get(school, "/search", q="to hoia")["suggestion"]


def test_highlights_are_safe_html(school: School) -> None:
    hit = get(school, "/search", q="alert")["hits"][0]
    assert "<script>" not in hit["highlight"]
    assert "&lt;script&gt;<mark>alert</mark>" in hit["highlight"]


def test_suggestions(school: School) -> None:
    found = get(school, "/suggest", q="de me")["suggestions"]
    assert {"text": "Dế Mèn phiêu lưu ký", "kind": "title", "record_id": school.ids["Dế Mèn phiêu lưu ký"]} in found
    assert {suggestion["kind"] for suggestion in found} <= {"title", "author", "subject", "query"}
    assert get(school, "/suggest")["suggestions"] == get(school, "/suggest", q="")["suggestions"]


def test_a_record_tells_where_each_copy_is(school: School) -> None:
    body = get(school, f"/records/{school.ids['Dế Mèn phiêu lưu ký']}")
    lent, free = body["copies"]
    assert lent["availability"] == "on_loan" and re.fullmatch(r"2026-1[12]-\d\d", lent["due_on"])
    assert lent["label"].startswith("Đang mượn – hạn ")
    assert (free["availability"], free["due_on"], free["label"]) == ("available", None, "Còn trên kệ")
    assert body["isbns"] == ["9786042088237"] and body["copies_available"] == 1

    corner = get(school, f"/records/{school.ids['Mắt biếc']}")["copies"][0]
    assert (corner["availability"], corner["class"], corner["label"]) == ("class_corner", "6A1", "Ở góc lớp 6A1")
    looked_up = get(school, f"/records/{school.ids['Từ điển tiếng Việt']}")["copies"][0]
    assert looked_up["availability"] == "reference"


@pytest.mark.parametrize("path", ["/records/999999", "/records/2147483647.mrc", "/records/999999.xml"])
def test_an_unknown_record(school: School, path: str) -> None:
    assert get(school, path, 404)["code"] == "record_unknown"


@pytest.mark.parametrize("path", ["/records/abc", "/records/99999999999999999999", "/records/" + "9" * 5000, "/records/-1", "/nowhere"])
def test_an_impossible_address(school: School, path: str) -> None:
    assert get(school, path, 404)["code"] == "not_found"


def test_a_deleted_record_is_gone_at_once(school: School) -> None:
    from opac_school import STAFF

    from library.cataloguing import service

    record_id = school.add("Sách nhập nhầm", 0)
    school.follow()
    assert get(school, "/search", q="nhập nhầm")["total"] == 1
    service.delete_record(record_id, STAFF)
    assert titles(get(school, "/search", q="nhập nhầm")) == []  # even before the index knows
    get(school, f"/records/{record_id}", 404)


def test_marc_comes_out_as_iso_2709_and_as_xml(school: School) -> None:
    from library.cataloguing.marc import parse_xml, read_marc, record_of_xml
    from library.cataloguing.marc_fields import extract_fields

    record_id = school.ids["Dế Mèn phiêu lưu ký"]
    binary = school.client.get(f"/api/v1/records/{record_id}.mrc")
    assert binary.mimetype == "application/marc" and binary.data[-1:] == b"\x1d"
    text = school.client.get(f"/api/v1/records/{record_id}.xml")
    assert text.mimetype == "application/marcxml+xml" and text.data.startswith(b"<?xml")
    from_binary = extract_fields(read_marc(binary.data))
    from_text = extract_fields(record_of_xml(parse_xml(text.data)))
    assert from_binary == from_text
    assert from_binary.title == "Dế Mèn phiêu lưu ký" and from_binary.authors == ("Tô Hoài",)
    assert int(binary.data[:5]) == len(binary.data)


def test_no_reader_is_named_anywhere(school: School) -> None:
    paths = ["/", "/search", "/subjects", "/subjects/list?grade=6", "/api/v1/search", "/api/v1/suggest?q=nguyen"]
    for record_id in school.ids.values():
        paths += [f"/records/{record_id}", f"/api/v1/records/{record_id}", f"/api/v1/records/{record_id}.xml"]
    for path in paths:
        answer = school.client.get(path)
        assert answer.status_code == 200, path
        for name in SECRET_NAMES:
            assert name not in answer.text, (path, name)
    assert get(school, "/search", q="Bí Mật")["total"] == 0


def _matches(value: Any, schema: dict[str, Any], schemas: dict[str, Any], where: str) -> None:
    """A small check of the part of JSON Schema that openapi.py uses."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    names = {str: "string", int: "integer", bool: "boolean", dict: "object", list: "array", type(None): "null"}
    assert names[type(value)] in kinds, f"{where}: {value!r} is not {kinds}"
    if isinstance(value, dict) and "properties" in schema:
        assert set(schema["required"]) == set(value), where
        for name, part in value.items():
            _matches(part, schema["properties"][name], schemas, f"{where}.{name}")
    if isinstance(value, list):
        for place, part in enumerate(value):
            _matches(part, schema["items"], schemas, f"{where}[{place}]")
    assert value in schema.get("enum", [value]), f"{where}: {value!r}"


def test_answers_are_what_openapi_says(school: School) -> None:
    document = get(school, "/openapi.json")
    assert document["openapi"].startswith("3.1")
    schemas = document["components"]["schemas"]
    record_id = school.ids["Dế Mèn phiêu lưu ký"]
    for template, address in {
        "/api/v1/health": "/health",
        "/api/v1/search": "/search?q=toan",
        "/api/v1/suggest": "/suggest?q=de+me",
        "/api/v1/records/{record_id}": f"/records/{record_id}",
    }.items():
        schema = document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        _matches(get(school, address), schema, schemas, template)
    _matches(get(school, "/records/999999", 404), {"$ref": "#/components/schemas/Problem"}, schemas, "problem")


def test_json_is_readable_utf8(school: School) -> None:
    answer = school.client.get("/api/v1/search?q=dế+mèn")
    assert "Dế Mèn" in answer.data.decode("utf-8")
    assert json.loads(answer.data)["total"] == 1
