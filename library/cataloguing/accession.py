"""Accession numbers (số đăng ký cá biệt): made from the pattern of a kho, never used twice (domain.md §B2, §B9).

Only inside a service's transaction: the writer lock makes "find the next free number" exact, and the unique
constraints of table `copy` stand behind it. Next: copies.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from library.cataloguing.rules import barcode_of
from library.cataloguing.tables import Collection
from library.foundation.bulk import select_in
from library.foundation.database import require_transaction

CHUNK = 400


@lru_cache(maxsize=64)
def _pattern_shape(pattern: str) -> re.Pattern[str]:
    head, _, rest = pattern.partition("{")
    _, _, tail = rest.partition("}")
    return re.compile(re.escape(head) + r"(\d{1,9})" + re.escape(tail) + r"\Z", re.IGNORECASE)


def serial_in(pattern: str, number: str) -> int | None:
    """The running number inside an accession number of this pattern: ("STK.{:06d}", "STK.000045") -> 45."""
    match = _pattern_shape(pattern).match(number.strip())
    return int(match.group(1)) if match else None


def allocate_numbers(collection: Collection, count: int) -> list[tuple[str, str]]:
    """The next `count` free (accession number, barcode) pairs of a kho; moves its counter on.

    Numbers already in the register (typed by hand, brought in from an old system) are stepped over.
    """
    require_transaction()
    found: list[tuple[str, str]] = []
    serial = collection.next_number
    while len(found) < count:
        batch = [collection.number_pattern.format(serial + step) for step in range(min(CHUNK, count - len(found)))]
        pairs = [(number, barcode_of(number)) for number in batch]
        taken = taken_numbers(pairs)
        found.extend(pair for pair in pairs if pair[0] not in taken and pair[1] not in taken)
        serial += len(batch)
    collection.next_number = serial
    Collection.update(next_number=serial).where(Collection.id == collection.id).execute()
    return found


def taken_numbers(pairs: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Accession numbers and barcodes of `pairs` that the register already has -> record id."""
    found: dict[str, int] = {}
    for column, values in (("accession_number", [pair[0] for pair in pairs]), ("barcode", [pair[1] for pair in pairs])):
        sql = f'SELECT accession_number, barcode, record_id FROM "copy" WHERE {column} IN ({{}})'
        for number, barcode, record_id in select_in(sql, values):
            found[number] = found[barcode] = record_id
    return found


def note_manual_numbers(collection: Collection, numbers: Sequence[str]) -> None:
    """Numbers given by hand that fit the kho's pattern move its counter past them."""
    require_transaction()
    serials = [serial for number in numbers if (serial := serial_in(collection.number_pattern, number)) is not None]
    if serials and max(serials) >= collection.next_number:
        collection.next_number = max(serials) + 1
        Collection.update(next_number=collection.next_number).where(Collection.id == collection.id).execute()
