"""What the catalogue search is asked and what it answers. Values only; nothing here touches an index.

Next: service.py (the one object others use), analysis.py (how text becomes search terms).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

FACETS: tuple[str, ...] = ("subject", "grade", "material", "language", "collection", "shelf")
"""môn, khối, document type, language, kho (collection code), thematic tag."""
LONGEST_QUERY = 1000
"""Characters of a query that are looked at; the rest is ignored."""
LARGEST_PAGE = 100


class Sort(StrEnum):
    """Order of the hits; the values are those of `GET /api/v1/search`."""

    RELEVANCE = "relevance"
    TITLE = "title"
    AUTHOR = "author"
    NEWEST = "newest"  # last added to the catalogue first
    YEAR = "year"  # last published first


class Match(StrEnum):
    """How the hits of a page came about, so that the page can say it."""

    EVERYTHING = "everything"  # empty query: browsing
    WORDS = "words"  # every word of the query, or its identifier
    ALL_BUT_ONE = "all_but_one"  # nothing has every word: one may be missing
    NOTHING = "nothing"


class Tier(IntEnum):
    """Why a hit stands where it does; a lower tier always comes first when sorting by relevance."""

    IDENTIFIER = 0  # ISBN, accession number or barcode
    TITLE_EXACT_PHRASE = 1  # words of the title as typed, accents included, side by side
    TITLE_EXACT = 2
    EXACT = 3  # as typed, anywhere in the record (only for a query typed with accents)
    TITLE_PHRASE = 4  # side by side in the title, accents aside
    TITLE = 5
    ANYWHERE = 6
    CALL_NUMBER = 7  # beginning of the call number or class number


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One question. An empty query is everything; values of one filter are alternatives."""

    query: str = ""
    page: int = 1
    per_page: int = 20
    sort: Sort = Sort.RELEVANCE
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)  # keys out of FACETS
    available_only: bool = False


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of hits: ids only. The rows, and whether a copy is free, come from the database."""

    query: str
    total: int
    page: int
    per_page: int
    record_ids: tuple[int, ...]
    tiers: tuple[Tier, ...]  # beside record_ids when sorted by relevance, else empty
    match: Match
    facets: Mapping[str, tuple[FacetValue, ...]]  # most frequent first; a facet's own filter is left out
    suggestion: str | None = None  # another spelling that does find something


@dataclass(frozen=True, slots=True)
class Suggestion:
    text: str
    kind: str  # title | author | subject | query
    record_id: int | None = None  # only for a title


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The index held against the database."""

    records: int  # in the database
    documents: int  # in the index
    pending_jobs: int
    missing: tuple[int, ...]  # record ids that the index lacks
    surplus: tuple[int, ...]  # record ids that only the index has
    duplicated: tuple[int, ...]  # record ids that the index has more than once
    different: tuple[int, ...]  # record ids indexed with other words than the record has now

    @property
    def is_clean(self) -> bool:
        """True when the index says what the database says; pending jobs are allowed to explain nothing."""
        return not (self.missing or self.surplus or self.duplicated or self.different)
