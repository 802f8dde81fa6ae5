"""A hold on one copy is served by that copy only, and must be able to be served (L65, L71)."""

from __future__ import annotations

import pytest
from lending_world import STAFF, World

from library.cataloguing.tables import Copy
from library.foundation.errors import Refused
from library.lending.holds import place_hold
from library.lending.service import check_in, check_out
from library.lending.tables import Hold

AN, BINH = "Trần Minh An", "Lê Thanh Bình"


def copy_id(barcode: str) -> int:
    return Copy.get(Copy.barcode == barcode).id


def test_only_the_copy_asked_for_serves(school: World) -> None:
    first, second = school.add_title("Dế Mèn", 2)
    for book in (first, second):
        check_out(book, reader_id=school.add_reader(f"Em giữ {book}"), actor=STAFF, channel="desk")
    hold = place_hold(school.readers[AN], school.records["Dế Mèn"], actor=STAFF, copy_id=copy_id(second))
    assert check_in(first, actor=STAFF, channel="desk").held_for is None
    assert check_in(second, actor=STAFF, channel="desk").held_for == AN
    assert Hold.get_by_id(hold).status == "ready"


def test_a_copy_that_cannot_serve_is_refused(school: World) -> None:
    (book,), (other,) = school.add_title("Dế Mèn"), school.add_title("Sách khác")
    record = school.records["Dế Mèn"]
    with pytest.raises(Refused, match="hold_no_copy"):  # of another title
        place_hold(school.readers[BINH], record, actor=STAFF, copy_id=copy_id(other))
    school.add_title("Dế Mèn 2")
    Copy.update(status="lost").where(Copy.barcode == book).execute()
    with pytest.raises(Refused, match="hold_no_copy"):
        place_hold(school.readers[BINH], record, actor=STAFF, copy_id=copy_id(book))
    assert Hold.select().count() == 0
