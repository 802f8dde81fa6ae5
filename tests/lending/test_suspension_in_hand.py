"""A suspension for lateness that staff took in hand (L235) is theirs: undoing the late return leaves it (L68)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lending_acts import lend
from lending_world import STAFF, World, prefer

from library.lending.corrections import undo_last
from library.lending.service import check_in
from library.readers import service
from library.readers.queries import get_reader_details, list_running_blocks

AN = "Trần Minh An"


@pytest.mark.parametrize("by_hand", [True, False])
def test_l235_undoing_the_return_leaves_what_staff_decided(school: World, by_hand: bool) -> None:
    prefer(suspension_factor=1)
    book, an = school.add_title("Đất rừng")[0], school.readers[AN]
    day = lend(school, AN, book).due_on + timedelta(days=4)
    school.clock.set_day(day)
    check_in(book, actor=STAFF, channel="desk")
    (block,) = list_running_blocks(get_reader_details(an), day)
    assert block.kind == "suspension"
    if by_hand:
        assert service.block_reader(an, "làm rách sách", STAFF, until=None) == block.id
    undo_last(actor=STAFF)
    running = list_running_blocks(get_reader_details(an), day)
    assert [(one.kind, one.reason, one.ends_on) for one in running] == (
        [("manual", "làm rách sách", None)] if by_hand else []
    )
