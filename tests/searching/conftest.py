"""A small catalogue in a real database, and its index."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from library.cataloguing.tables import Collection, Copy, Record, RecordFacet, RecordIsbn
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.outbox import enqueue_index
from library.foundation.vietnamese import title_sort_key
from library.searching.model import SearchRequest
from library.searching.service import SearchIndex, open_index

AddRecord = Callable[..., int]


def insert_record(title: str, **facts: Any) -> int:
    """One record with its rows around it, and its index job; returns the id. For tests only."""
    subjects: Sequence[str] = facts.pop("subjects", ())
    grades: Sequence[int] = facts.pop("grades", ())
    shelves: Sequence[str] = facts.pop("shelves", ())
    isbns: Sequence[str] = facts.pop("isbns", ())
    numbers: Sequence[str] = facts.pop("accession_numbers", ())
    collection_code: str = facts.pop("collection", "STK")
    instant = now()
    with transaction():
        record = Record.create(
            **{
                "marc": b"",
                "title": title,
                "authors": [],
                "keywords": [],
                "material": "reference",
                "isbn": isbns[0] if isbns else None,
                "title_sort": title_sort_key(title)[:900],
                "match_key": "",
                "created_at": instant,
                "updated_at": instant,
                **facts,
            }
        )
        for isbn in isbns:
            RecordIsbn.create(record=record, isbn=isbn)
        for kind, values in (("subject", subjects), ("grade", grades), ("shelf", shelves)):
            for value in values:
                RecordFacet.create(record=record, kind=kind, value=str(value))
        if numbers:
            collection, _ = Collection.get_or_create(
                code=collection_code,
                defaults={"name": collection_code, "number_pattern": collection_code + ".{:05d}"},
            )
            for number in numbers:
                Copy.create(
                    record=record,
                    accession_number=number,
                    barcode=number.upper().replace(".", ""),
                    collection=collection,
                    received_on=date(2026, 9, 1),
                    created_at=instant,
                )
        enqueue_index([record.id])
    return int(record.id)


@pytest.fixture
def shelf(sqlite_database: str) -> dict[str, int]:
    """Titles that a school library has; name -> record id."""
    textbook: dict[str, Any] = {"material": "textbook", "publisher": "Giáo dục Việt Nam", "collection": "SGK"}
    kntt = "Kết nối tri thức với cuộc sống"
    children: dict[str, Any] = {"material": "children", "publisher": "Kim Đồng", "collection": "STN"}
    start = now() - timedelta(days=100)
    plan: list[tuple[str, str, dict[str, Any]]] = [
        ("de_men", "Dế Mèn phiêu lưu ký", {**children, "authors": ["Tô Hoài"], "year": 2019,
            "isbns": ["9786042123456"], "accession_numbers": ["STN.00123", "STN.00124"],
            "class_number": "895.9223", "call_number": "895.9223 T450H", "subjects": ["Ngữ văn"]}),
        ("duong", "Đường Kách mệnh", {"authors": ["Hồ Chí Minh"], "year": 2010, "class_number": "335.4346"}),
        ("duong_surname", "Dương Vân Nga", {"authors": ["Hoàng Công Khanh"], "year": 2005}),
        ("duong_plain", "Duong Thu Huong: a life", {"language": "eng", "year": 2001}),
        ("hoa_binh", "Hòa bình và chiến tranh", {"authors": ["Lev Tolstoy"], "year": 2007}),
        ("hoa_binh_province", "Địa chí Hoà Bình", {"year": 2012}),
        ("hoa_binh_flower", "Hoa bình lặng", {"year": 2015}),
        ("toan6_1", "Toán 6", {**textbook, "part": "Tập 1", "book_set": kntt, "subjects": ["Toán"], "grades": [6],
            "year": 2021, "accession_numbers": ["SGK.00001"]}),
        ("toan6_2", "Toán 6", {**textbook, "part": "Tập hai", "book_set": kntt, "subjects": ["Toán"],
            "grades": [6], "year": 2021}),
        ("toan6_teacher", "Toán 6: Sách giáo viên", {"material": "teacher", "book_set": kntt,
            "subjects": ["Toán"], "grades": [6], "year": 2021}),
        ("toan6_exercises", "Bài tập Toán 6", {"subjects": ["Toán"], "grades": [6], "year": 2022}),
        ("toan10", "Toán 10", {**textbook, "subjects": ["Toán"], "grades": [10], "year": 2022}),
        ("vat_li", "Vật lí 10", {**textbook, "subjects": ["Vật lí"], "grades": [10], "year": 2022}),
        ("tam_ly", "Tâm lý học đường", {"authors": ["Nguyễn Thị Hoà"], "year": 2018}),
        ("mat_biec", "Mắt biếc", {**children, "authors": ["Nguyễn Nhật Ánh"], "year": 2019}),
        ("kinh_van_hoa", "Kính vạn hoa", {**children, "authors": ["Nguyễn Nhật Ánh"], "part": "Tập 02",
            "year": 2020, "shelves": ["Tuổi mới lớn"]}),
        ("charlie", "Charlie và nhà máy sô-cô-la", {**children, "authors": ["Roald Dahl"], "language": "vie"}),
        ("cpp", "Lập trình C++ cơ bản", {"authors": ["Phạm Văn Ất"], "class_number": "005.133"}),
    ]  # fmt: skip
    return {
        name: insert_record(title, created_at=start + timedelta(days=place), **facts)
        for place, (name, title, facts) in enumerate(plan)
    }


@pytest.fixture
def index(shelf: dict[str, int], data_dir: Path) -> Iterator[SearchIndex]:
    opened = open_index(data_dir / "index")
    yield opened
    opened.close()


@pytest.fixture
def names_found(index: SearchIndex, shelf: dict[str, int]) -> Callable[..., list[str]]:
    """names_found("toan 6", sort=…) -> names of the records in the order found."""
    names = {record_id: name for name, record_id in shelf.items()}

    def search(query: str, **request: Any) -> list[str]:
        page = index.search(SearchRequest(query, per_page=100, **request))
        assert page.total == len(page.record_ids)
        return [names[record_id] for record_id in page.record_ids]

    return search
