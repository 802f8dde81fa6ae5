"""Loans to persons on real databases: the behaviours B1–B29 that need rows, and races at the constraint."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lending_acts import lend, refused
from lending_world import STAFF, TODAY, World, prefer

from library.cataloguing.tables import Copy
from library.foundation.clock import at_local
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound, Refused
from library.foundation.tables import AuditEntry, IdempotencyKey
from library.lending import availability, queries
from library.lending.closing import close_library
from library.lending.copy_troubles import change_status, claim_returned, declare_lost
from library.lending.corrections import recall, set_due_day, undo_last
from library.lending.holds import cancel_hold, keep_ready, place_hold, tidy_holds
from library.lending.idempotency import hash_request, run_keyed
from library.lending.model import PolicyRow, ReturnDone
from library.lending.policies import ensure_default_policies, list_policies, save_policy
from library.lending.service import check_in, check_out, renew
from library.lending.tables import Hold, Loan, LoanEvent
from library.lending.visits import count_visits_on, log_card_visit, log_class_visit
from library.readers.tables import ReaderBlock

AN, BINH, CHI, DUNG = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi", "Nguyễn Văn Dũng"


def take(barcode: str) -> ReturnDone:
    return check_in(barcode, actor=STAFF, channel="desk")


def open_loans() -> int:
    return Loan.select().where(Loan.returned_at.is_null()).count()


def test_a_loan_keeps_what_was_true_on_the_day(school: World) -> None:
    (book,) = school.add_title("Dế Mèn phiêu lưu ký")
    done = lend(school, AN, book)
    assert (done.title, done.due_on, done.remaining) == ("Dế Mèn phiêu lưu ký", date(2026, 12, 7), 2)
    row = Loan.get_by_id(done.loan_id)
    assert (row.grade, row.class_name, row.school_year, row.material, row.collection) == (
        6, "6A1", "2026-2027", "children", "STN",
    )
    assert (row.reader_kind, row.staff_name, row.channel) == ("pupil", "Cô Lan", "desk")
    entry = AuditEntry.select().where(AuditEntry.action == "loan.check_out").get()
    assert entry.actor_name == "Cô Lan" and entry.after["copy"] == book


def test_b1_b2_b4_refusals_change_nothing(school: World) -> None:
    (book,) = school.add_title("Dế Mèn phiêu lưu ký")
    lend(school, AN, book)
    audits = AuditEntry.select().count()
    assert refused(lend, school, AN, book) == ("copy_on_loan_same_reader",)
    assert refused(lend, school, BINH, book) == ("copy_on_loan",)
    assert refused(check_out, book, reader_card="TV99999999", actor=STAFF, channel="desk") == (
        "reader_unknown", "copy_on_loan",
    )
    assert refused(check_out, "X", reader_card="Y", actor=STAFF, channel="desk") == ("reader_unknown", "copy_unknown")
    assert open_loans() == 1 and AuditEntry.select().count() == audits


def test_b5_limit_and_b9_returning_twice(school: World) -> None:
    books = [school.add_title(f"Truyện {number}")[0] for number in range(4)]
    for book in books[:3]:
        lend(school, AN, book)
    assert refused(lend, school, AN, books[3]) == ("loan_limit",)
    back = take(books[0])
    assert back.was_on_loan and back.reader_name == AN and back.overdue_days == 0
    again = take(books[0])
    assert not again.was_on_loan and again.loan_id is None
    assert queries.count_loans_on(TODAY) == 3
    assert lend(school, AN, books[3]).remaining == 0


def test_b10_b11_return_captures_a_hold_and_only_its_reader_gets_the_copy(school: World) -> None:
    (book,) = school.add_title("Kính vạn hoa")
    (other,) = school.add_title("Totto-chan")
    lend(school, AN, book)
    place_hold(school.readers[BINH], school.records["Kính vạn hoa"], actor=STAFF)
    second = place_hold(school.readers[BINH], school.records["Totto-chan"], actor=STAFF)
    back = take(book)
    assert back.held_for == BINH and back.route_to == "Kệ sách đặt mượn"
    assert [(hold.status, hold.pickup_until_on) for hold in queries.list_holds()][0] == ("ready", date(2026, 11, 26))
    assert refused(lend, school, AN, book) == ("held_for_other",)
    lend(school, BINH, book)
    assert Hold.select().where(Hold.status == "filled").count() == 1
    assert Hold.get_by_id(second).status == "waiting" and other


def test_b12_more_requests_than_copies(school: World) -> None:
    books = school.add_title("Đất rừng phương Nam", 2)
    record = school.records["Đất rừng phương Nam"]
    place_hold(school.readers[BINH], record, actor=STAFF)
    lend(school, AN, books[0])  # one waits, two are free: there is one for An
    assert refused(lend, school, CHI, books[1]) == ("held_for_other",)
    done = lend(school, BINH, books[1])
    assert Hold.get().status == "filled" and done.reader_name == BINH


def test_b13_b14_renewal(school: World) -> None:
    (book,) = school.add_title("Kính vạn hoa")
    lend(school, AN, book)
    done = renew(book, reader_card=school.cards[AN], actor=STAFF)
    assert done.renewed and done.due_on == date(2026, 12, 21)
    event = LoanEvent.get()
    assert (event.kind, event.due_before, event.due_after) == ("renewed", date(2026, 12, 7), date(2026, 12, 21))
    place_hold(school.readers[BINH], school.records["Kính vạn hoa"], actor=STAFF)
    assert refused(renew, book, reader_card=school.cards[AN], actor=STAFF) == ("reserved_by_other", "renewal_limit")
    assert refused(renew, book, reader_card=school.cards[BINH], actor=STAFF) == ("renewal_not_on_loan",)


def test_b16_a_changed_calendar_moves_only_the_loans_it_hits(school: World) -> None:
    first, second = school.add_title("A")[0], school.add_title("B")[0]
    hit = lend(school, AN, first)  # due Monday 07/12
    school.clock.set_day(TODAY + timedelta(days=1))
    spared = lend(school, BINH, second)  # due Tuesday 08/12
    moved = close_library(date(2026, 12, 7), date(2026, 12, 7), "Nghỉ bão", "other", actor=STAFF)
    assert [(line.loan_id, line.due_after) for line in moved.loans] == [(hit.loan_id, date(2026, 12, 8))]
    assert Loan.get_by_id(spared.loan_id).due_on == date(2026, 12, 8)
    assert not LoanEvent.select().where(LoanEvent.loan == spared.loan_id).exists()


def test_b18_b19_overdue_from_the_next_day_and_override_with_comment(school: World) -> None:
    first, second = school.add_title("A")[0], school.add_title("B")[0]
    done = lend(school, AN, first)
    school.clock.set_day(done.due_on, 16)
    assert queries.list_overdue() == []
    school.clock.set_day(done.due_on + timedelta(days=1), 0, 5)  # 00:05 in Vietnam is still the day before in UTC
    assert [line.days_late for line in queries.list_overdue()] == [1]
    assert refused(lend, school, AN, second) == ("has_overdues",)
    assert refused(place_hold, school.readers[AN], school.records["B"], actor=STAFF) == ("has_overdues",)
    assert refused(renew, first, reader_card=school.cards[AN], actor=STAFF) == ("has_overdues",)
    with pytest.raises(InvalidInput, match="override_needs_comment"):
        lend(school, AN, second, overrides=("has_overdues",))
    given = lend(school, AN, second, overrides=("has_overdues",), comment="em hứa mai trả")
    assert given.set_aside == ("has_overdues",)
    entry = AuditEntry.select().where(AuditEntry.subject_id == str(given.loan_id)).get()
    assert entry.comment == "em hứa mai trả" and entry.after["overrides"] == ["has_overdues"]


def test_b20_return_works_for_one_who_has_left(school: World) -> None:
    (book,) = school.add_title("A")
    leaver = school.add_reader("Võ Thị Em", leaves_on=TODAY + timedelta(days=3))
    done = lend(school, "Võ Thị Em", book)
    assert done.due_on == TODAY + timedelta(days=3) and done.notes == ("due_cut",)  # B17
    school.clock.set_day(TODAY + timedelta(days=10))
    assert "reader_expired" in refused(lend, school, "Võ Thị Em", school.add_title("B")[0])
    assert take(book).reader_id == leaver


def test_b21_lost_then_returned(school: World) -> None:
    (book,) = school.add_title("A")
    done = lend(school, AN, book)
    declare_lost(book, actor=STAFF, comment="em báo mất")
    assert Loan.get_by_id(done.loan_id).ended_as == "lost" and Copy.get().status == "lost"
    assert refused(declare_lost, book, actor=STAFF) == ("copy_lost",)
    assert "copy_lost" in refused(lend, school, BINH, book)
    prefer(lost_return="refuse")
    assert refused(take, book) == ("copy_lost",)
    prefer(lost_return="found")
    back = take(book)
    assert back.alerts == ("copy_found",) and not back.was_on_loan and Copy.get().status == "in_service"
    assert Loan.get_by_id(done.loan_id).ended_as == "lost"


def test_b22_missing_copy_is_lent_and_found_withdrawn_is_not(school: World) -> None:
    (book,) = school.add_title("A")
    change_status(book, "missing", actor=STAFF)
    assert lend(school, AN, book).notes == ("copy_found",)
    assert Copy.get().status == "in_service"
    take(book)
    Copy.update(status="withdrawn", withdrawn_on=TODAY).execute()
    assert refused(lend, school, AN, book) == ("copy_withdrawn",)
    back = take(book)
    assert back.alerts == ("copy_withdrawn",) and Copy.get().status == "withdrawn"
    with pytest.raises(Conflict, match="copy_status_bad"):
        change_status(book, "in_service", actor=STAFF)


def test_b23_times_that_cannot_be_count_as_now(school: World) -> None:
    (book,) = school.add_title("A")
    done = check_out(
        book, reader_card=school.cards[AN], actor=STAFF, channel="kiosk", occurred_at=at_local(date(2030, 1, 1))
    )
    assert Loan.get_by_id(done.loan_id).loaned_on == TODAY
    back = check_in(book, actor=STAFF, channel="kiosk", occurred_at=at_local(date(2020, 1, 1)))
    assert back.was_on_loan and Loan.get_by_id(done.loan_id).returned_on == TODAY


def test_b24_suspension_is_one_row_and_counts_days(school: World) -> None:
    prefer(suspension_factor=2, block_when_overdue=False)
    first, second = school.add_title("A")[0], school.add_title("B")[0]
    done = lend(school, AN, first)
    lend(school, AN, second)
    school.clock.set_day(done.due_on + timedelta(days=5))
    assert take(first).suspended_until == done.due_on + timedelta(days=13)
    assert take(second).suspended_until == done.due_on + timedelta(days=13)
    assert ReaderBlock.select().count() == 1
    assert refused(lend, school, AN, first) == ("reader_blocked",)
    school.clock.set_day(done.due_on + timedelta(days=14))
    lend(school, AN, first)


def test_b8_barcode_noise_finds_the_same_copy(school: World) -> None:
    from library.contract.scans import classify_scan

    (book,) = school.add_title("A")
    for noisy in (f" {book.lower()} ", f"{book[:4]} {book[4:]}\r", "ＳＴＮ.０００００１"):
        assert classify_scan(noisy).text == book


def test_b27_a_failed_step_leaves_nothing(school: World) -> None:
    """Atomic: when anything in the use case fails, the loan is still open and nobody is suspended."""
    prefer(suspension_factor=2)
    (book,) = school.add_title("A")
    done = lend(school, AN, book)
    school.clock.set_day(done.due_on + timedelta(days=9))
    with pytest.raises(ZeroDivisionError), transaction():
        take(book)
        raise ZeroDivisionError
    assert open_loans() == 1 and ReaderBlock.select().count() == 0


def test_l68_undo_of_the_newest_step(school: World) -> None:
    prefer(suspension_factor=2)
    (book,) = school.add_title("A")
    place_hold(school.readers[BINH], school.records["A"], actor=STAFF)
    lend(school, BINH, book)
    assert undo_last(actor=STAFF).action == "check_out"
    assert open_loans() == 0 and Hold.get().status == "waiting" and queries.count_loans_on(TODAY) == 0
    with pytest.raises(Conflict, match="undo_nothing"):
        undo_last(actor=STAFF)
    cancel_hold(Hold.get().id, actor=STAFF)
    done = lend(school, AN, book)
    renewed = renew(book, reader_card=school.cards[AN], actor=STAFF)
    undo_last(actor=STAFF)
    assert Loan.get_by_id(done.loan_id).due_on == done.due_on < renewed.due_on
    school.clock.set_day(done.due_on + timedelta(days=9))
    take(book)
    assert ReaderBlock.select().where(ReaderBlock.lifted_at.is_null()).count() == 1
    undo_last(actor=STAFF)
    assert open_loans() == 1 and ReaderBlock.select().where(ReaderBlock.lifted_at.is_null()).count() == 0
    school.clock.set_day(done.due_on + timedelta(days=9), 10)
    with pytest.raises(Conflict, match="undo_nothing"):
        undo_last(actor=STAFF)


def test_l68_undo_is_refused_when_the_copy_has_moved_on(school: World) -> None:
    from library.foundation.audit import Actor

    (book,) = school.add_title("A")
    other = Actor("staff", "Thầy Nam", 2)
    lend(school, AN, book)
    check_in(book, actor=other, channel="desk")
    with pytest.raises(Conflict, match="undo_too_late"):
        undo_last(actor=STAFF)


def test_l72_an_unfetched_copy_goes_to_the_next_without_a_timer(school: World) -> None:
    (book,) = school.add_title("A")
    lend(school, AN, book)
    for who in (BINH, CHI):
        place_hold(school.readers[who], school.records["A"], actor=STAFF)
    take(book)
    school.clock.set_day(date(2026, 11, 27))
    assert refused(lend, school, BINH, book) == ("held_for_other",)  # Bình's day is over, it is Chi's now
    assert tidy_holds() == 1
    states = {hold.reader_name: hold.status for hold in queries.list_holds()}
    assert states == {CHI: "ready"}
    school.clock.set_day(date(2026, 12, 7))
    lend(school, AN, book)  # nobody is left in the queue
    assert sorted(hold.status for hold in Hold.select()) == ["expired", "expired"]


def test_l71_holds_that_make_no_sense(school: World) -> None:
    (book,) = school.add_title("A")
    lend(school, AN, book)
    record = school.records["A"]
    assert refused(place_hold, school.readers[AN], record, actor=STAFF) == ("hold_has_it",)
    place_hold(school.readers[BINH], record, actor=STAFF)
    assert refused(place_hold, school.readers[BINH], record, actor=STAFF) == ("hold_twice",)
    with pytest.raises(NotFound):
        place_hold(school.readers[BINH], 999, actor=STAFF)


def test_keep_ready_serves_only_its_title(school: World) -> None:
    (book,), (other,) = school.add_title("A"), school.add_title("B")
    hold = place_hold(school.readers[BINH], school.records["A"], actor=STAFF)
    assert refused(keep_ready, hold, other, actor=STAFF) == ("hold_other_title",)
    keep_ready(hold, book, actor=STAFF)
    assert availability.copy_states(school.records["A"])[0].status == "held"
    assert availability.list_availability([school.records["A"]]) == {school.records["A"]: (1, 0)}


def test_recall_claim_and_due_day_by_hand_are_events(school: World) -> None:
    (book,) = school.add_title("A")
    done = lend(school, AN, book)
    assert recall(done.loan_id, actor=STAFF) == date(2026, 11, 26)
    claim_returned(done.loan_id, actor=STAFF, comment="em nói đã trả")
    with pytest.raises(InvalidInput, match="due_day_bad"):
        set_due_day(done.loan_id, TODAY - timedelta(days=1), actor=STAFF, comment="gõ nhầm")
    set_due_day(done.loan_id, date(2026, 12, 1), actor=STAFF, comment="em đi thi")
    assert [event.kind for event in LoanEvent.select().order_by(LoanEvent.id)] == ["recalled", "claimed", "corrected"]
    assert queries.list_open_loans(school.readers[AN])[0].due_on == date(2026, 12, 1)


def test_availability_is_what_stands_on_the_shelf(school: World) -> None:
    ensure_default_policies()
    books = school.add_title("A", 3)
    school.add_title("Từ điển", material="tool", code="STK")
    lend(school, AN, books[0])
    change_status(books[1], "repair", actor=STAFF)
    a, tool = school.records["A"], school.records["Từ điển"]
    assert availability.list_availability([a, tool, 12345]) == {a: (3, 1), tool: (1, 0)}
    assert availability.available_record_ids() == {a}
    assert [state.status for state in availability.copy_states(a)] == ["on_loan", "repair", "available"]
    assert availability.copy_states(a)[0].label == "Đang mượn – hạn 07/12"
    assert availability.copy_states(tool)[0].label == "Đọc tại chỗ"


def test_default_policies_follow_the_habits_of_schools(school: World) -> None:
    assert ensure_default_policies() == len(list_policies()) and ensure_default_policies() == 0
    novel, textbook = school.add_title("A")[0], school.add_title("Toán 6", material="textbook", code="SGK")[0]
    dictionary = school.add_title("Từ điển", material="tool")[0]
    assert lend(school, AN, novel).due_on == date(2026, 12, 7)
    assert lend(school, AN, textbook).due_on == date(2027, 5, 25)
    assert refused(lend, school, AN, dictionary) == ("not_for_home",)
    assert refused(lend, school, AN, school.add_title("SGV", material="teacher")[0]) == ("teachers_only",)  # L187
    assert lend(school, DUNG, school.add_title("SGV 2", material="teacher")[0]).due_on == date(2027, 1, 16)
    with pytest.raises(Conflict, match="policy_twice"):
        save_policy(PolicyRow(reader_kind="pupil", length_value=7), actor=STAFF)
    with pytest.raises(InvalidInput, match="policy_bad"):
        save_policy(PolicyRow(grade=13), actor=STAFF)


def test_l95_the_same_key_is_one_loan_and_l96_a_refusal_may_be_retried(school: World) -> None:
    (book,) = school.add_title("A")

    def act() -> tuple[int, dict[str, object]]:
        return 201, {"loan": lend(school, AN, book, act_key="k1").loan_id}

    wanted = hash_request("checkouts", {"copy_barcode": book})
    answers = [run_keyed("k1", "device:1", wanted, act) for _ in range(20)]
    assert len({answer.answer["loan"] for answer in answers}) == 1
    assert [answer.repeated for answer in answers] == [False] + [True] * 19
    for scope, other_hash in (("device:1", hash_request("checkouts", {})), ("device:2", wanted)):
        with pytest.raises(Conflict, match="key_reused"):
            run_keyed("k1", scope, other_hash, act)

    def act_for_binh() -> tuple[int, dict[str, object]]:
        return 201, {"loan": lend(school, BINH, book).loan_id}

    with pytest.raises(Refused):
        run_keyed("k2", "device:1", wanted, act_for_binh)
    assert IdempotencyKey.select().count() == 1
    take(book)
    assert run_keyed("k2", "device:1", wanted, act_for_binh).status == 201


def test_overdue_list_is_by_class_then_given_name(school: World) -> None:
    for name, class_name in (("Bùi Anh", "6A10"), ("Đỗ Ánh", "6A2"), ("Cao Bảo", "6A2")):
        school.add_reader(name, class_name)
        lend(school, name, school.add_title(f"Sách của {name}")[0])
    lend(school, DUNG, school.add_title("Sách của thầy")[0])
    school.clock.set_day(date(2027, 6, 1))
    assert [(line.class_name, line.reader_name) for line in queries.list_overdue()] == [
        ("6A2", "Đỗ Ánh"), ("6A2", "Cao Bảo"), ("6A10", "Bùi Anh"), ("", DUNG),
    ]
    assert queries.count_overdue() == 4


def test_visits_count_people_once_an_hour(school: World) -> None:
    assert not log_card_visit(school.cards[AN], actor=STAFF).repeated
    school.clock.set_day(TODAY, 9, 30)
    assert log_card_visit(school.cards[AN], actor=STAFF).repeated
    school.clock.set_day(TODAY, 10, 45)
    assert not log_card_visit(school.cards[AN], actor=STAFF).repeated
    log_class_visit(school.classes["6A1"], 38, actor=STAFF, period=3, teacher_id=school.readers[DUNG])
    assert count_visits_on(TODAY) == 40
    for people, day in ((0, TODAY), (201, TODAY), (5, TODAY + timedelta(days=1))):
        with pytest.raises(InvalidInput):
            log_class_visit(school.classes["6A1"], people, actor=STAFF, visited_on=day)
