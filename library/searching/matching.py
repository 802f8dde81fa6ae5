"""Which documents a query finds, and the facet counts: set operations per segment, no order yet.

Next: ranking.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from library.searching.analysis import ParsedQuery
from library.searching.bitsets import numbers_in, set_of
from library.searching.model import FACETS, FacetValue
from library.searching.segments import Segment
from library.searching.snapshot import Snapshot

_MOST_CALL_NUMBERS = 500
_MOST_COMPLETIONS = 64


@dataclass(frozen=True, slots=True)
class SegmentHits:
    """What was found in one segment: `bits` is all, the others say why."""

    segment: Segment
    bits: int
    words: int  # has the words
    identifier: int  # has the identifier


@dataclass(frozen=True, slots=True)
class Found:
    hits: tuple[SegmentHits, ...]  # only segments with a hit
    total: int
    total_before_filters: int
    facets: Mapping[str, tuple[FacetValue, ...]]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Filters on facets (values of one are alternatives) and, when asked for, on free copies."""

    filters: Mapping[str, Sequence[str]]
    available: AbstractSet[int] | None = None  # record ids, or None for "do not care"


def find(snapshot: Snapshot, query: ParsedQuery, narrowing: Narrowing, *, all_but_one: bool = False) -> Found:
    """Every living document that matches and passes the filters, with facet counts."""

    def match(segment: Segment, live: int) -> SegmentHits:
        return _match_segment(segment, live, query, all_but_one=all_but_one)

    return _narrow([match(*part) for part in snapshot.parts], query.material_wish, narrowing)


def find_completions(snapshot: Snapshot, query: ParsedQuery) -> Found:
    """Documents with all words, the last one perhaps not typed to its end."""

    def match(segment: Segment, live: int) -> SegmentHits:
        *done, last = query.syllables
        bits = 0
        for term in segment.terms_starting_with("syl", last.folded, _MOST_COMPLETIONS):
            bits |= segment.postings("q", term).bits
        bits &= live
        for word in done:
            bits &= segment.postings("q", word.folded).bits
        return SegmentHits(segment, bits, bits, 0)

    hits = [match(*part) for part in snapshot.parts] if query.syllables else []
    hits = [hit for hit in hits if hit.bits]
    total = sum(hit.bits.bit_count() for hit in hits)
    return Found(tuple(hits), total, total, {})


def _match_segment(segment: Segment, live: int, query: ParsedQuery, *, all_but_one: bool) -> SegmentHits:
    if all_but_one:
        words = live & _all_but_one(segment, query)
        return SegmentHits(segment, words, words, 0)
    words = live if query.syllables or query.material_wish or not query.text else 0
    for word in query.syllables:
        if not words:
            break
        words &= segment.postings("q", word.folded).bits
    identifier = 0
    for key in query.identifiers:
        identifier |= segment.postings("ident", key).bits
    identifier &= live
    call_number = 0
    if query.call_number:
        for term in segment.terms_starting_with("callno", query.call_number, _MOST_CALL_NUMBERS):
            call_number |= segment.postings("callno", term).bits
    return SegmentHits(segment, words | identifier | (call_number & live), words, identifier)


def _all_but_one(segment: Segment, query: ParsedQuery) -> int:
    """Documents that lack at most one word of the query."""
    lacks_none, lacks_at_most_one = segment.everything, segment.everything
    for word in query.syllables:
        bits = segment.postings("q", word.folded).bits
        lacks_at_most_one = (lacks_at_most_one & bits) | lacks_none
        lacks_none &= bits
    return lacks_at_most_one


def _narrow(hits: list[SegmentHits], material_wish: str | None, narrowing: Narrowing) -> Found:
    total_before = sum(hit.bits.bit_count() for hit in hits)
    if material_wish and "material" not in narrowing.filters:
        wished = [_restrict(hit, hit.segment.facet("material").get(material_wish, 0)) for hit in hits]
        if any(_passes(hit, narrowing.filters) for hit in wished):
            hits = wished
    if narrowing.available is not None:
        hits = [_restrict(hit, _available_bits(hit, narrowing.available)) for hit in hits]
    kept = [_restrict(hit, _passes(hit, narrowing.filters)) for hit in hits]
    return Found(
        hits=tuple(hit for hit in kept if hit.bits),
        total=sum(hit.bits.bit_count() for hit in kept),
        total_before_filters=total_before,
        facets={field: _count_facet(field, hits, kept, narrowing.filters) for field in FACETS},
    )


def _restrict(hit: SegmentHits, to: int) -> SegmentHits:
    return SegmentHits(hit.segment, hit.bits & to, hit.words & to, hit.identifier & to)


def _passes(hit: SegmentHits, filters: Mapping[str, Sequence[str]], leave_out: str | None = None) -> int:
    bits = hit.bits
    for field, values in filters.items():
        if field == leave_out or not values:
            continue
        known = hit.segment.facet(field)
        accepted = 0
        for value in values:
            accepted |= known.get(value, 0)
        bits &= accepted
    return bits


def _available_bits(hit: SegmentHits, available: AbstractSet[int]) -> int:
    record_ids = hit.segment.numbers("rid")
    return set_of([n for n in numbers_in(hit.bits) if record_ids[n] in available], hit.segment.size)


def _count_facet(
    field: str, hits: list[SegmentHits], kept: list[SegmentHits], filters: Mapping[str, Sequence[str]]
) -> tuple[FacetValue, ...]:
    """Counts under all other filters: a chosen value must not make its alternatives disappear."""
    counts: dict[str, int] = {}
    for place, hit in enumerate(hits):
        bits = _passes(hit, filters, leave_out=field) if filters.get(field) else kept[place].bits
        if not bits:
            continue
        for value, documents in hit.segment.facet(field).items():
            count = (bits & documents).bit_count()
            if count:
                counts[value] = counts.get(value, 0) + count
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(FacetValue(value, count) for value, count in ordered)
