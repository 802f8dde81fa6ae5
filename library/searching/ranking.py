"""In which order found documents come: tiers and scores for relevance, columns for the other sorts.

Small results are scored document by document; large ones (a single common word) are cut into tiers by set
operations and walked in a fixed order, so page 50 costs what page 1 costs. Next: service.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from math import log
from typing import Any

from library.searching.analysis import ParsedQuery, beginning, bigrams
from library.searching.bitsets import numbers_in
from library.searching.matching import SegmentHits
from library.searching.model import Sort, Tier
from library.searching.segments import Segment
from library.searching.snapshot import Snapshot

SCORED_ONE_BY_ONE = 1500
"""Results up to this size are scored; larger ones are ordered by tier, then short and new titles first."""

_SATURATION = (0.0, 0.6, 1.0, 1.6, 2.4)
"""What a term is worth by class: not there, text, topic, author, title. Steeper than the stored weights."""
_PHRASE_BOOST = 1.2  # for exact syllables and bigrams
_LENGTH_SLOPE = 24.0  # a title of 24 syllables halves the score


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    is_text: bool
    descending: bool


_COLUMNS = {
    Sort.TITLE: _Column("tsort", is_text=True, descending=False),
    Sort.AUTHOR: _Column("asort", is_text=True, descending=False),
    Sort.NEWEST: _Column("created", is_text=False, descending=True),
    Sort.YEAR: _Column("year", is_text=False, descending=True),
}


def ranked(
    snapshot: Snapshot, hits: Sequence[SegmentHits], query: ParsedQuery, start: int, end: int
) -> list[tuple[int, Tier]]:
    """Record ids with their tier, places `start` to `end` of the order by relevance."""
    if sum(hit.bits.bit_count() for hit in hits) <= SCORED_ONE_BY_ONE:
        rows = _scored(snapshot, hits, query)
        return [(record_id, tier) for tier, _, _, record_id in rows[start:end]]
    walks = [_walk_tiers(hit, query) for hit in hits]
    merged = merge(*walks)
    return [(record_id, tier) for tier, _, record_id in islice(merged, start, end)]


def ordered(hits: Sequence[SegmentHits], sort: Sort, start: int, end: int) -> list[int]:
    """Record ids, places `start` to `end` of the order by a column."""
    walks = [_walk_column(hit, _COLUMNS[sort]) for hit in hits]
    merged = merge(*walks, key=lambda row: row[:2])
    return [record_id for _, _, record_id in islice(merged, start, end)]


def _scored(snapshot: Snapshot, hits: Sequence[SegmentHits], query: ParsedQuery) -> list[tuple[Tier, float, int, int]]:
    weighted = _score_tables(snapshot, query)
    rows: list[tuple[Tier, float, int, int]] = []
    for hit in hits:
        segment = hit.segment
        prior, record_ids = segment.numbers("prior"), segment.numbers("rid")
        for tier, bits in _tiers(hit, query):
            documents = numbers_in(bits)
            scores = [0.0] * len(documents)
            for term, table in weighted:
                class_of = segment.postings("q", term).class_lookup()
                scores = [score + table[class_of(n)] for score, n in zip(scores, documents, strict=True)]
            for score, n in zip(scores, documents, strict=True):
                length = 1.0 + (prior[n] >> 16) / _LENGTH_SLOPE
                rows.append((tier, -score / length, prior[n], record_ids[n]))
    rows.sort()
    return rows


def _score_tables(snapshot: Snapshot, query: ParsedQuery) -> list[tuple[str, list[float]]]:
    """(term, score by class): rare terms are worth more."""
    words = [(word.folded, 1.0) for word in query.syllables]
    words += [("=" + word.exact, _PHRASE_BOOST) for word in query.syllables if not word.is_number]
    words += [(pair, _PHRASE_BOOST) for pair in bigrams(query.syllables)]
    words += [(beginning(first), _PHRASE_BOOST) for first in query.syllables[:1]]
    documents = snapshot.count_slots()
    tables = []
    for term, boost in words:
        frequency = snapshot.count_term(term)
        if frequency:
            rarity = log(1 + (documents - frequency + 0.5) / (frequency + 0.5)) * boost
            tables.append((term, [worth * rarity for worth in _SATURATION]))
    return tables


def _tiers(hit: SegmentHits, query: ParsedQuery) -> Iterator[tuple[Tier, int]]:
    """The hits of a segment cut into tiers, best first; empty tiers are left out."""
    segment = hit.segment
    title = title_exact = hit.words
    exact = hit.words if query.has_accents else 0
    phrase = segment.everything
    for word in query.syllables:
        folded = segment.postings("q", word.folded)
        as_typed = folded if word.is_number else segment.postings("q", "=" + word.exact)
        title &= folded.title_bits
        title_exact &= as_typed.title_bits
        exact &= as_typed.bits
    for pair in bigrams(query.syllables):
        phrase &= segment.postings("q", pair).title_bits
    cut = (
        (Tier.IDENTIFIER, hit.identifier),
        (Tier.TITLE_EXACT_PHRASE, title_exact & phrase),
        (Tier.TITLE_EXACT, title_exact),
        (Tier.EXACT, exact),
        (Tier.TITLE_PHRASE, title & phrase),
        (Tier.TITLE, title),
        (Tier.ANYWHERE, hit.words),
        (Tier.CALL_NUMBER, hit.bits),
    )
    seen = 0
    for tier, bits in cut:
        fresh = bits & hit.bits & ~seen
        seen |= fresh
        if fresh:
            yield tier, fresh


def _walk_tiers(hit: SegmentHits, query: ParsedQuery) -> Iterator[tuple[Tier, int, int]]:
    segment = hit.segment
    prior, record_ids = segment.numbers("prior"), segment.numbers("rid")
    for tier, bits in _tiers(hit, query):
        for n in _in_order(segment, bits, _Column("prior", is_text=False, descending=False)):
            yield tier, prior[n], record_ids[n]


def _walk_column(hit: SegmentHits, column: _Column) -> Iterator[tuple[Any, int, int]]:
    record_ids = hit.segment.numbers("rid")
    key = _sort_key(hit.segment, column)
    for n in _in_order(hit.segment, hit.bits, column):
        yield *key(n), record_ids[n]


def _sort_key(segment: Segment, column: _Column) -> Callable[[int], tuple[Any, int]]:
    """Equal values go by record id, so that the order does not depend on how the index is cut."""
    record_ids = segment.numbers("rid")
    values: Any = segment.text_reader(column.name) if column.is_text else segment.numbers(column.name).__getitem__
    if column.descending:
        return lambda n: (-values(n), -record_ids[n])
    return lambda n: (values(n), record_ids[n])


def _in_order(segment: Segment, bits: int, column: _Column) -> Iterable[int]:
    """Documents of a set in the order of a column."""
    if bits.bit_count() * 8 < segment.size or bits.bit_count() < SCORED_ONE_BY_ONE:
        return sorted(numbers_in(bits), key=_sort_key(segment, column))
    digits = bin(bits)[:1:-1]
    whole = segment.order(column.name, is_text=column.is_text)
    order: Iterable[int] = reversed(whole) if column.descending else whole
    return (n for n in order if n < len(digits) and digits[n] == "1")
