"""Undoing a late return (L68): its days of suspension go, those of others and what staff took in hand (L235) stay."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations

import pytest
from lending_acts import lend
from lending_world import STAFF, TODAY, World, prefer

from library.foundation.tables import AuditEntry
from library.lending.corrections import correct_return, undo_last
from library.lending.service import check_in
from library.lending.tables import Loan
from library.readers import service
from library.readers.queries import get_reader_details, list_running_blocks

AN, BINH = "Trần Minh An", "Lê Thanh Bình"


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


def _blocked_until(reader_id: int, day: date) -> date | None:
    running = list_running_blocks(get_reader_details(reader_id), day)
    assert len(running) <= 1
    return running[0].ends_on if running else None


def _return(book: str) -> int:
    check_in(book, actor=STAFF, channel="desk")
    return int(AuditEntry.select(AuditEntry.id).order_by(AuditEntry.id.desc()).get().id)


@pytest.mark.parametrize("summed", [True, False])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_l68_a_return_taken_back_in_any_order_takes_only_its_own_days(
    school: World, order: tuple[int, ...], summed: bool
) -> None:
    """After each step An is blocked as Bình is, for whom only the returns that stand were ever scanned."""
    prefer(suspension_factor=1, suspension_sum=summed, suspension_grace_days=0)
    late, day = (2, 6, 4), TODAY + timedelta(days=30)
    books = {who: [school.add_title(f"{who} {n}")[0] for n in late] for who in (AN, BINH)}
    for who, own in books.items():
        for book, days in zip(own, late, strict=True):
            done = lend(school, who, book)
            Loan.update(due_on=day - timedelta(days=days)).where(Loan.id == done.loan_id).execute()
    school.clock.set_day(day)
    entries = [_return(book) for book in books[AN]]
    for step in range(1, 4):
        undo_last(actor=STAFF, entry_id=entries[order[step - 1]])
        for book in (books[BINH][place] for place in range(3) if place in order[step:]):
            _return(book)
        assert _blocked_until(school.readers[AN], day) == _blocked_until(school.readers[BINH], day)
        for _ in range(3 - step):
            undo_last(actor=STAFF)  # Bình's, the newest first
        assert _blocked_until(school.readers[BINH], day) is None


def test_l69_a_return_dated_back_leaves_the_days_of_another_late_book(school: World) -> None:
    prefer(suspension_factor=1, suspension_grace_days=0)
    an, (first, second) = school.readers[AN], [school.add_title(title)[0] for title in ("Đất rừng", "Quê nội")]
    in_time, due_on = lend(school, AN, first).loan_id, lend(school, AN, second).due_on
    day = due_on + timedelta(days=4)
    school.clock.set_day(day)
    for book in (first, second):
        check_in(book, actor=STAFF, channel="desk")
    correct_return(in_time, due_on, actor=STAFF, comment="nằm trong thùng trả sách")
    assert _blocked_until(an, day) == day + timedelta(days=4)
