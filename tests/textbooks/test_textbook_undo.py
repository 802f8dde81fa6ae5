"""A pile collected by mistake is taken back whole, as a hand-out is: L237, on both databases and on its page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lending_world import STAFF, TODAY, prefer
from textbook_school import AN, BINH, CHI, MI_THUAT, TOAN, VAN, TextbookSchool

from library.cataloguing.tables import Copy
from library.foundation.errors import Conflict, NotFound
from library.foundation.tables import AuditEntry
from library.lending.copy_troubles import note_damage
from library.lending.holds import place_hold
from library.lending.queries import find_open_loan
from library.lending.service import check_out
from library.lending.tables import Hold, Loan
from library.readers.tables import ReaderBlock
from library.school.audit_facts import describe_facts
from library.textbooks.batches import get_batch, list_batch_copies
from library.textbooks.collecting import collect
from library.textbooks.queries import get_class_sheet
from library.textbooks.service import hand_out
from library.textbooks.tables import TextbookLoan
from library.textbooks.undoing import undo_collect


def give(school: TextbookSchool, name: str, *codes: str) -> None:
    hand_out(school.class_id, [school.card(name), *codes], actor=STAFF)


def holder_of(barcode: str) -> str | None:
    line = find_open_loan(Copy.get(Copy.barcode == barcode).id)
    return None if line is None else line.reader_name


def condition_of(barcode: str) -> str:
    return str(Copy.get(Copy.barcode == barcode).condition)


def test_l237_a_pile_collected_by_mistake_is_in_the_pupils_names_again(school: TextbookSchool) -> None:
    toan, van = school.books[TOAN], school.books[VAN]
    give(school, AN, toan[0], van[0])
    check_out(toan[1], reader_id=school.reader(BINH), actor=STAFF, channel="desk")  # lent singly
    waiting = place_hold(school.reader(CHI), school.record(VAN), actor=STAFF, copy_id=Copy.get(Copy.barcode == van[0]).id)
    done = collect([toan[0], "=rách", van[0], toan[1]], actor=STAFF)
    assert Hold.get_by_id(waiting).status == "ready" and condition_of(toan[1]) == "torn"

    assert undo_collect(done.batch_id, actor=STAFF, comment="nhầm chồng") == (3, 0)
    assert [holder_of(code) for code in (toan[0], van[0], toan[1])] == [AN, AN, BINH]
    assert [condition_of(code) for code in (toan[0], van[0], toan[1])] == ["good", "good", "good"]
    assert Hold.get_by_id(waiting).status == "waiting" and get_class_sheet(school.class_id).out_count == 3
    assert TextbookLoan.select().count() == 2, "the one lent singly has no line of a document, as before"
    with pytest.raises(Conflict, match="textbook_undone"):
        undo_collect(done.batch_id, actor=STAFF)

    # The right pile comes later: a document of its own, and the first still shows what it had taken.
    again = collect([toan[0], van[0]], actor=STAFF)
    assert [line.barcode for line in again.lines] == [toan[0], van[0]]
    assert get_batch(done.batch_id).undone
    shown = list_batch_copies(done.batch_id)
    assert {copy.barcode for copy in shown} == {toan[0], van[0], toan[1]} and all(copy.corrected for copy in shown)
    assert not any(copy.corrected for copy in list_batch_copies(again.batch_id))


def test_l237_what_has_happened_since_stays(school: TextbookSchool) -> None:
    toan, van, art = school.books[TOAN], school.books[VAN], school.books[MI_THUAT]
    give(school, AN, toan[0], van[0], art[0])
    loan_id = Loan.get(Loan.copy == Copy.get(Copy.barcode == van[0]).id).id
    done = collect([toan[0], van[0], art[0]], actor=STAFF)
    school.world.clock.set_day(TODAY, 10)
    give(school, BINH, toan[0])
    note_damage(van[0], "torn", actor=STAFF, loan_id=loan_id, comment="rách bìa")
    assert undo_collect(done.batch_id, actor=STAFF) == (1, 2)
    assert [holder_of(code) for code in (toan[0], van[0], art[0])] == [BINH, None, AN]
    assert condition_of(van[0]) == "torn"
    kept = {copy.barcode for copy in list_batch_copies(done.batch_id) if not copy.corrected}
    assert kept == {toan[0], van[0]}


def test_l237_nothing_left_to_undo_is_said_and_nothing_is_written(school: TextbookSchool) -> None:
    book = school.books[TOAN][0]
    give(school, AN, book)
    done = collect([book], actor=STAFF)
    give(school, BINH, book)
    before = AuditEntry.select().count()
    with pytest.raises(Conflict, match="textbook_undo_back_none"):
        undo_collect(done.batch_id, actor=STAFF)
    assert AuditEntry.select().count() == before and not get_batch(done.batch_id).undone
    handed_out = TextbookLoan.get(TextbookLoan.loan == Loan.get(Loan.returned_at.is_null()).id).batch_id
    with pytest.raises(Conflict, match="textbook_undo_out"):
        undo_collect(handed_out, actor=STAFF)
    with pytest.raises(NotFound, match="document_unknown"):
        undo_collect(999, actor=STAFF)


def test_l237_a_suspension_the_pile_made_goes_with_it(school: TextbookSchool) -> None:
    prefer(suspension_factor=2)
    book = school.books[TOAN][0]
    give(school, AN, book)
    Loan.update(due_on=TODAY - timedelta(days=4)).execute()
    done = collect([book], actor=STAFF)
    running = ReaderBlock.select().where(ReaderBlock.reader == school.reader(AN), ReaderBlock.lifted_at.is_null())
    assert running.exists()
    undo_collect(done.batch_id, actor=STAFF)
    assert not running.exists() and holder_of(book) == AN


def test_l237_a_reader_forgotten_since_gets_no_book_back(school: TextbookSchool) -> None:
    first, second = school.books[TOAN][:2]
    give(school, AN, first)
    give(school, BINH, second)
    done = collect([first, second], actor=STAFF)
    Loan.update(reader=None).where(Loan.reader == school.reader(BINH)).execute()  # as the set time of L150 does
    assert undo_collect(done.batch_id, actor=STAFF) == (1, 1)
    assert holder_of(first) == AN and holder_of(second) is None


def test_the_condition_before_is_told_in_the_log(school: TextbookSchool) -> None:
    book = school.books[TOAN][0]
    give(school, AN, book)
    collect(["=rách", book], actor=STAFF)
    entry = AuditEntry.get(AuditEntry.action == "textbook.collect")
    said = dict(describe_facts(entry.after, "textbook_batch", action=entry.action))
    assert said["Hiện trạng trước đó"] == f"{book} tốt"
