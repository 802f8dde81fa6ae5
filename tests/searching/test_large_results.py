"""Results too large to score one by one: tiers, columns, filters and free copies over several segments.

Every answer is compared with a plain reference over the same titles in Python.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from library.cataloguing.queries import list_index_rows
from library.cataloguing.tables import Record, RecordFacet
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.outbox import enqueue_index
from library.foundation.vietnamese import fold, title_sort_key
from library.searching import ranking
from library.searching.bitsets import numbers_in
from library.searching.model import SearchRequest, Sort, Tier
from library.searching.schema import document_of
from library.searching.service import SearchIndex

WORDS = ("toán", "Toàn", "tơan", "vở", "truyện", "Truyền", "đường", "duong", "Dương", "hoa", "hoá", "hòa", "bình")


def insert_many(count: int, seed: int) -> None:
    chance = random.Random(seed)
    start = now() - timedelta(days=3)
    with transaction():
        first = (Record.select().count() or 0) + 1
        for place in range(count):
            title = " ".join(chance.choices(WORDS, k=chance.randint(1, 4)))
            Record.insert(
                marc=b"", title=title, authors=[chance.choice(["Tô Hoài", "Vũ Trọng Phụng", ""])], keywords=[],
                material=chance.choice(["textbook", "reference"]), title_sort=title_sort_key(title), match_key="",
                year=chance.randint(1990, 2020), created_at=start + timedelta(seconds=chance.randint(0, 50)),
                updated_at=start,
            ).execute()  # fmt: skip
            RecordFacet.insert(record=first + place, kind="grade", value=str(chance.randint(1, 3))).execute()
        enqueue_index(range(first, first + count))


@pytest.fixture
def large(sqlite_database: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SearchIndex]:
    """Three segments of unequal size, some documents deleted in each; "large" begins at 20 hits."""
    monkeypatch.setattr(ranking, "SCORED_ONE_BY_ONE", 20)
    index = SearchIndex(data_dir / "index", available_record_ids=lambda: set(range(1, 900, 3)))
    index.prepare()
    for count in (400, 150, 60):
        insert_many(count, seed=count)
        index.drain()
    with transaction():
        for record_id in range(5, 600, 11):
            Record.update(deleted_at=now()).where(Record.id == record_id).execute()
            enqueue_index([record_id])
    index.drain()
    yield index
    index.close()


def all_ids(index: SearchIndex, request: SearchRequest) -> list[int]:
    ids: list[int] = []
    total = index.search(request).total
    for page in range(1, total // 50 + 2):
        found = index.search(
            SearchRequest(request.query, page, 50, request.sort, request.filters, request.available_only)
        )
        ids += found.record_ids
    assert len(ids) == len(set(ids)) == total
    return ids


@pytest.mark.parametrize("query", ["", "toan", "duong", "hòa bình", "vo truyen"])
def test_the_same_records_in_the_same_order_as_plain_python(large: SearchIndex, query: str) -> None:
    rows = {row.id: row for row in list_index_rows()}
    wanted = {word for word in fold(query).split()}
    matching = {row.id for row in rows.values() if wanted <= set(fold(row.title).split())}
    assert len(matching) > 20
    assert len(large._snapshot().parts) > 2

    def order(sort: Sort) -> list[int]:
        return all_ids(large, SearchRequest(query, sort=sort))

    assert set(order(Sort.RELEVANCE)) == matching
    assert order(Sort.TITLE) == sorted(matching, key=lambda i: (title_sort_key(rows[i].title), i))
    assert order(Sort.AUTHOR) == sorted(matching, key=lambda i: (title_sort_key(rows[i].authors[0]), i))
    assert order(Sort.YEAR) == sorted(matching, key=lambda i: (rows[i].year or 0, i), reverse=True)
    assert order(Sort.NEWEST) == sorted(matching, key=lambda i: (int(rows[i].created_at.timestamp()), i), reverse=True)


def test_filters_free_copies_and_counts_agree_with_plain_python(large: SearchIndex) -> None:
    rows = {row.id: row for row in list_index_rows() if "toan" in fold(row.title).split()}
    free = set(range(1, 900, 3))
    request = SearchRequest("toan", filters={"grade": ("1", "2"), "material": ("textbook",)}, available_only=True)
    expected = {i for i, row in rows.items() if i in free and row.grades[0] in (1, 2) and row.material == "textbook"}
    assert set(all_ids(large, request)) == expected
    counts = {item.value: item.count for item in large.search(request).facets["grade"]}
    free_textbooks = [row for i, row in rows.items() if i in free and row.material == "textbook"]
    assert counts == {str(grade): sum(row.grades[0] == grade for row in free_textbooks) for grade in (1, 2, 3)}


def test_as_typed_still_comes_first(large: SearchIndex) -> None:
    rows = {row.id: row for row in list_index_rows()}
    for typed in ("đường", "hoá", "toán"):
        exactly = {i for i, row in rows.items() if typed in row.title.lower().split()}
        assert exactly
        ids = all_ids(large, SearchRequest(typed))
        assert set(ids[: len(exactly)]) == exactly
        tiers = [tier for page in (1, 2, 3) for tier in large.search(SearchRequest(typed, page)).tiers]
        assert tiers == sorted(tiers) and tiers[0] is Tier.TITLE_EXACT_PHRASE


def test_the_index_holds_exactly_the_terms_of_each_record(large: SearchIndex) -> None:
    """What was written block by block is read back posting by posting, over updates and merges."""
    for round_of_saves in range(12):
        with transaction():
            enqueue_index([round_of_saves + 1])
        large.drain()
    expected: dict[str, set[int]] = {}
    for row in list_index_rows():
        for term in document_of(row)["q"]:
            expected.setdefault(term, set()).add(row.id)
    found: dict[str, set[int]] = {}
    for segment, live in large._snapshot().parts:
        for term in segment.terms("q"):
            ids = {segment.numbers("rid")[n] for n in numbers_in(segment.postings("q", term).bits & live)}
            if ids:
                found.setdefault(term, set()).update(ids)
    assert found == expected
