"""Reading one immutable Whoosh segment in bulk: posting lists as bitsets, sort orders, prefixes.

Whoosh stays the writer, the lexicon and the file format; its matchers and collectors run Python code per
posting and are not used. Everything here is kept per segment and never changes, so many threads share it
under one lock. The reading of posting blocks follows the format of Whoosh 2.7.4 (pinned).
Next: engine.py.
"""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable
from itertools import accumulate, islice
from typing import Any

from whoosh.reading import SegmentReader

from library.searching.bitsets import set_of, set_of_flags
from library.searching.schema import WEIGHT_AUTHOR, WEIGHT_TEXT, WEIGHT_TITLE, WEIGHT_TOPIC

CLASS_TITLE, CLASS_AUTHOR, CLASS_TOPIC, CLASS_TEXT = 4, 3, 2, 1
_CLASS_OF_WEIGHT = {
    WEIGHT_TITLE: CLASS_TITLE,
    WEIGHT_AUTHOR: CLASS_AUTHOR,
    WEIGHT_TOPIC: CLASS_TOPIC,
    WEIGHT_TEXT: CLASS_TEXT,
}


def _third_byte(weight: float) -> int:
    return array("f", [weight]).tobytes()[2]


_CLASS_OF_BYTE = bytes(
    {_third_byte(weight): number for weight, number in _CLASS_OF_WEIGHT.items()}.get(byte, CLASS_TEXT)
    for byte in range(256)
)
_ONLY_TITLE = bytes(1 if byte == CLASS_TITLE else 0 for byte in range(256))
_MOST_PREFIX_TERMS = 2000
_LARGEST_KEPT_LOOKUP = 1000


class Postings:
    """Documents of one term with the class of their weight: a byte per document, or a list if few."""

    __slots__ = ("_bits", "_classes", "_dense", "_ids", "_lookup", "_size", "_title_bits", "count")

    def __init__(self, ids: array[int], classes: bytes, size: int) -> None:
        self.count = len(ids)
        self._size = size
        self._bits: int | None = None
        self._title_bits: int | None = None
        self._lookup: Callable[[int], int] | None = None
        self._dense: bytes | None = None
        self._ids, self._classes = ids, classes
        if self.count * 40 > size > 512:
            flags = bytearray(size)
            for number, weight_class in zip(ids, classes, strict=True):
                flags[number] = weight_class
            self._dense = bytes(flags)
            self._ids, self._classes = array("I"), b""

    @property
    def bits(self) -> int:
        """Set of the documents that have the term."""
        if self._bits is None:
            self._bits = set_of_flags(self._dense) if self._dense else set_of(self._ids, self._size)
        return self._bits

    @property
    def title_bits(self) -> int:
        """Set of the documents that have the term in the title."""
        if self._title_bits is None:
            if self._dense:
                self._title_bits = set_of_flags(self._dense.translate(_ONLY_TITLE))
            else:
                pairs = zip(self._ids, self._classes, strict=True)
                self._title_bits = set_of([n for n, weight in pairs if weight == CLASS_TITLE], self._size)
        return self._title_bits

    def class_lookup(self) -> Callable[[int], int]:
        """document -> class of its weight, 0 where it has not the term."""
        if self._lookup is not None:
            return self._lookup
        if self._dense:
            self._lookup = self._dense.__getitem__
            return self._lookup
        classes = dict(zip(self._ids, self._classes, strict=True))

        def lookup(number: int) -> int:
            return classes.get(number, 0)

        if self.count <= _LARGEST_KEPT_LOOKUP:  # a large one is made anew rather than kept in memory
            self._lookup = lookup
        return lookup

    def few(self) -> list[int]:
        """The documents of a rare term, without making a set of them; empty for a common one."""
        return list(self._ids)

    def memory(self) -> int:
        """Bytes, about."""
        return 200 + (self._size * 5 // 4 if self._dense else self.count * 5 + self._size // 8)


_NO_POSTINGS = Postings(array("I"), b"", 0)


class Segment:
    """One segment's reader and everything worth keeping of it."""

    def __init__(self, storage: Any, schema: Any, segment: Any, cache_bytes: int) -> None:
        self.id: str = segment.segment_id()
        self._reader = SegmentReader(storage, schema, segment)
        self.size: int = segment.doc_count_all()
        self.everything: int = (1 << self.size) - 1
        self._lock = threading.RLock()
        self._cache: OrderedDict[tuple[str, str], Postings] = OrderedDict()
        self._cache_room = cache_bytes
        self._numbers: dict[str, array[int]] = {}
        self._orders: dict[str, array[int]] = {}
        self._facets: dict[str, dict[str, int]] = {}
        self._prefixes: OrderedDict[tuple[str, str, int], list[str]] = OrderedDict()
        self._texts: dict[str, Any] = {}

    # --- postings ---------------------------------------------------------------------------------

    def postings(self, field: str, term: str) -> Postings:
        key = (field, term)
        with self._lock:
            known = self._cache.get(key)
            if known is not None:
                self._cache.move_to_end(key)
                return known
            found = self._read(field, term)
            self._cache[key] = found
            self._cache_room -= found.memory()
            while self._cache_room < 0 and len(self._cache) > 8:
                _, oldest = self._cache.popitem(last=False)
                self._cache_room += oldest.memory()
            return found

    def count(self, field: str, term: str) -> int:
        """In how many documents the term is, deleted ones included; does not read the postings."""
        with self._lock:
            return int(self._reader.doc_frequency(field, term))

    def _read(self, field: str, term: str) -> Postings:
        reader = self._reader
        kind = reader.schema[field]
        encoded = term.encode("utf-8")
        if (field, encoded) not in reader._terms:
            return _NO_POSTINGS
        matcher = reader._terms.matcher(field, encoded, kind.format)
        ids: array[int] = array("I")
        classes = bytearray()
        if not hasattr(matcher, "_read_data"):  # one posting, kept inline in the term dictionary
            while matcher.is_active():
                ids.append(matcher.id())
                classes.append(_CLASS_OF_WEIGHT.get(matcher.weight(), CLASS_TEXT))
                matcher.next()
            return Postings(ids, bytes(classes), self.size)
        while True:
            matcher._read_data()
            deltas, weights, _ = matcher._data
            ids.extend(accumulate(deltas))
            if weights is None:  # every weight of the block is 1
                classes += bytes([CLASS_TEXT]) * len(deltas)
            elif isinstance(weights, float):  # every weight of the block is this one
                classes += bytes([_CLASS_OF_WEIGHT.get(weights, CLASS_TEXT)]) * len(deltas)
            else:
                classes += array("f", weights).tobytes()[2::4].translate(_CLASS_OF_BYTE)
            matcher._next_block()
            if matcher._atend:
                return Postings(ids, bytes(classes), self.size)

    # --- lexicons -----------------------------------------------------------------------------------

    def facet(self, field: str) -> dict[str, int]:
        """value -> set of documents, for a field with few values."""
        with self._lock:
            known = self._facets.get(field)
            if known is None:
                known = {term: self._read(field, term).bits for term in self.terms(field)}
                self._facets[field] = known
            return known

    def terms(self, field: str) -> list[str]:
        """Every term of a field, sorted."""
        with self._lock:
            return [term.decode("utf-8") for term in self._reader.lexicon(field)]

    def terms_starting_with(self, field: str, prefix: str, most: int) -> list[str]:
        """Terms with this beginning, the most frequent first, at most `most`."""
        key = (field, prefix, most)
        with self._lock:
            known = self._prefixes.get(key)
            if known is None:
                found = islice(self._reader.expand_prefix(field, prefix), _MOST_PREFIX_TERMS)
                known = [term.decode("utf-8") if isinstance(term, bytes) else term for term in found]
                if len(known) > most:
                    known.sort(key=lambda term: -self.count(field, term))
                    del known[most:]
                self._prefixes[key] = known
                if len(self._prefixes) > 4000:
                    self._prefixes.popitem(last=False)
            return known

    # --- columns ------------------------------------------------------------------------------------

    def numbers(self, column: str) -> array[int]:
        """A numeric column, by document."""
        with self._lock:
            known = self._numbers.get(column)
            if known is None:
                reader = self._reader.column_reader(column, translate=False)
                known = array("I", [reader[number] for number in range(self.size)])
                self._numbers[column] = known
            return known

    def text_reader(self, column: str) -> Callable[[int], bytes]:
        """A text column, read from the mapped file document by document."""
        with self._lock:
            reader = self._texts.get(column)
            if reader is None:
                reader = self._texts[column] = self._reader.column_reader(column, translate=False)
            return reader.__getitem__

    def order(self, column: str, *, is_text: bool) -> array[int]:
        """All documents in ascending order of a column; equal values in the order of record ids."""
        with self._lock:
            known = self._orders.get(column)
            if known is None:
                if is_text:
                    read = self.text_reader(column)
                    keys: Any = [read(number) for number in range(self.size)]
                else:
                    keys = self.numbers(column)
                by_record = sorted(range(self.size), key=self.numbers("rid").__getitem__)
                known = array("I", sorted(by_record, key=keys.__getitem__))
                self._orders[column] = known
            return known
