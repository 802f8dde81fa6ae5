"""A whole class gets its books and brings them back, on real databases: L100–L115."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lending_world import STAFF, TODAY
from textbook_school import AN, BINH, CHI, DUNG, MI_THUAT, TOAN, VAN, TextbookSchool

from library.cataloguing.tables import Copy, Record
from library.contract.codes import word
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.tables import AuditEntry
from library.lending.corrections import undo_last
from library.lending.desk_acts import list_recent_acts
from library.lending.holds import place_hold
from library.lending.queries import find_open_loan
from library.lending.service import check_in, check_out
from library.lending.tables import Hold, Loan
from library.readers.tables import ReaderBlock
from library.textbooks.batches import get_batch, list_batch_copies, list_batches
from library.textbooks.collecting import collect, say_whose
from library.textbooks.documents import ListRefused
from library.textbooks.losses import declare_textbook_lost, list_losses, settle_loss
from library.textbooks.queries import find_set, get_class_sheet
from library.textbooks.rules import write_scan_list
from library.textbooks.service import hand_out, propose, undo_hand_out
from library.textbooks.sets import copy_sets, save_owners, save_set
from library.textbooks.stock_plan import plan_stock
from library.textbooks.tables import TextbookBatch, TextbookLoan


def give_all(school: TextbookSchool):
    lines, _ = propose(school.class_id)
    return hand_out(school.class_id, write_scan_list(lines).splitlines(), actor=STAFF)


def status_of(school: TextbookSchool, name: str) -> dict[str, str]:
    sheet = get_class_sheet(school.class_id)
    pupil = next(line for line in sheet.pupils if line.name == name)
    return {title.title: pupil.cell(title.record_id).status for title in sheet.titles}


def test_a_class_gets_its_books_by_card_by_list_and_by_pile(school: TextbookSchool) -> None:
    toan, van = school.books[TOAN], school.books[VAN]
    lines = [
        *toan[:3],  # a pile down the class list: An, Bình, Chi
        school.card(CHI), van[0], "=Rách", van[0],  # read twice under the scanner
        f"#{school.reader(AN)}", van[1],
    ]  # fmt: skip
    done = hand_out(school.class_id, lines, actor=STAFF)
    assert (done.number, done.copies, done.pupils, done.repeated) == ("CP-2026/001", 5, 3, (van[0],))
    assert status_of(school, AN) == {TOAN: "out", VAN: "out", MI_THUAT: "none"}
    assert status_of(school, BINH) == {TOAN: "out", VAN: "none", MI_THUAT: "none"}
    line = find_open_loan(Copy.get(Copy.barcode == toan[1]).id)
    assert line is not None and line.reader_name == BINH
    assert line.due_on == date(2027, 5, 25)  # the policy row of textbooks: the whole year (L36)
    conditions = {row.barcode: row.condition_out for row in list_batch_copies(done.batch_id)}
    assert conditions == {toan[0]: "good", toan[1]: "good", toan[2]: "good", van[0]: "good", van[1]: "torn"}
    assert Copy.get(Copy.barcode == van[1]).condition == "torn"
    sheet = get_class_sheet(school.class_id)
    assert (sheet.takers, sheet.complete, sheet.missing_count, sheet.out_count) == (3, 2, 1, 5)


def test_l103_lateness_and_suspension_keep_no_child_from_its_textbooks(school: TextbookSchool) -> None:
    (story,) = school.world.add_title("Truyện cổ tích")
    long_ago = school.world.clock.at - timedelta(days=40)
    check_out(story, reader_id=school.reader(AN), actor=STAFF, channel="desk", occurred_at=long_ago)
    ReaderBlock.create(
        reader=school.reader(BINH), kind="suspension", starts_on=TODAY, ends_on=TODAY + timedelta(days=5),
        reason="trả sách trễ hạn", created_at=long_ago,
    )  # fmt: skip
    done = give_all(school)
    assert done.copies == 6 and set(done.set_aside) == {AN, BINH}
    kept = Loan.get(Loan.reader == school.reader(AN), Loan.material == "textbook")
    assert kept.overrides == ["has_overdues"] and kept.comment == "Cấp phát sách giáo khoa"
    # More than three books, and the limit of story books is as before (L21).
    assert Loan.select().where(Loan.reader == school.reader(CHI), Loan.returned_at.is_null()).count() == 2
    for number in range(3):
        (book,) = school.world.add_title(f"Truyện {number}")
        check_out(book, reader_id=school.reader(CHI), actor=STAFF, channel="desk")


def test_l104_l105_every_problem_is_named_and_nothing_moves(school: TextbookSchool) -> None:
    toan = school.books[TOAN]
    check_out(toan[0], reader_id=school.reader(DUNG), actor=STAFF, channel="desk")
    Copy.update(status="withdrawn").where(Copy.barcode == toan[1]).execute()
    (story,) = school.world.add_title("Truyện cổ tích")
    stranger = school.world.add_reader("Em lớp khác", "6A2")
    lines = [toan[0], toan[1], story, "SGK.999999", school.world.cards["Em lớp khác"], toan[2], f"#{stranger}"]
    lines += [school.card(AN), toan[3]]
    with pytest.raises(ListRefused) as caught:
        hand_out(school.class_id, lines, actor=STAFF)
    assert {(problem.text, problem.reason.code) for problem in caught.value.problems} == {
        (toan[0], "textbook_held"), (toan[1], "copy_withdrawn"), (story, "textbook_not_in_set"),
        ("SGK.999999", "copy_unknown"), (school.world.cards["Em lớp khác"], "textbook_not_in_class"),
        (toan[2], "textbook_nobody"), (f"#{stranger}", "textbook_not_in_class"),
    }  # fmt: skip
    assert TextbookBatch.select().count() == 0 and Loan.select().count() == 1
    for problem in caught.value.problems:
        assert "{" not in word(problem.reason.code, problem.reason.params)
    # A copy that cannot go takes nobody's place: An gets the next of the pile.
    done = hand_out(school.class_id, [story, toan[0], toan[2], toan[3]], actor=STAFF, skip_problems=True)
    assert done.copies == 2 and [problem.text for problem in done.left_out] == [story, toan[0]]
    assert status_of(school, AN)[TOAN] == "out" and status_of(school, BINH)[TOAN] == "out"


def test_l106_the_whole_set_by_list_and_owners_take_none(school: TextbookSchool) -> None:
    assert save_owners(school.class_id, [school.reader(BINH)], actor=STAFF) == 1
    lines, short = propose(school.class_id)
    assert short == {} and {line.reader_id for line in lines} == {school.reader(AN), school.reader(CHI)}
    give_all(school)
    sheet = get_class_sheet(school.class_id)
    assert (sheet.takers, sheet.complete, sheet.missing_count) == (2, 2, 0)
    assert status_of(school, BINH) == {TOAN: "none", VAN: "none", MI_THUAT: "none"}
    # By choice only for those named.
    lines, _ = propose(school.class_id, [school.reader(CHI)], [school.record(MI_THUAT)])
    assert [line.barcode for line in lines] == school.books[MI_THUAT][:1]
    assert propose(school.class_id)[0] == []


def test_l106_what_is_short_is_said(school: TextbookSchool) -> None:
    Copy.update(status="lost").where(Copy.barcode.in_(school.books[VAN][:3])).execute()
    _, short = propose(school.class_id)
    assert short == {school.record(VAN): 2}


def test_l108_piles_come_back_in_any_order_and_the_book_says_whose_it_is(school: TextbookSchool) -> None:
    give_all(school)
    toan, van = school.books[TOAN], school.books[VAN]
    school.world.clock.set_day(date(2027, 5, 20))
    lines = [van[2], toan[0], "=rách", toan[2], "=", van[0], van[0], "SGK.000777", school.card(AN), toan[3]]
    done = collect(lines, actor=STAFF, note="Thu đợt 1")
    assert (done.number, len(done.lines), done.repeated) == ("TH-2027/001", 4, (van[0],))
    assert [(line.reader_name, line.condition_in, line.worse) for line in done.lines] == [
        (CHI, "good", False), (AN, "good", False), (CHI, "torn", True), (AN, "good", False),
    ]  # fmt: skip
    assert [title for _, title in done.not_on_loan] == [TOAN]
    assert [problem.reason.code for problem in done.problems] == ["not_a_copy", "copy_unknown"]
    assert Copy.get(Copy.barcode == toan[2]).condition == "torn"
    assert status_of(school, CHI) == {TOAN: "back", VAN: "back", MI_THUAT: "none"}
    sheet = get_class_sheet(school.class_id)
    assert [(pupil.name, pupil.out) for pupil in sheet.pupils if pupil.out] == [(BINH, 2)]
    assert sheet.missing_count == 0  # brought back is not "never given" (L109)
    assert list_batch_copies(done.batch_id)[0].condition_in == "good"
    with pytest.raises(ListRefused):
        collect(["SGK.000777"], actor=STAFF)


def test_l108_a_book_lent_singly_at_the_desk_is_collected_too(school: TextbookSchool) -> None:
    book = school.books[TOAN][0]
    check_out(book, reader_id=school.reader(BINH), actor=STAFF, channel="desk")
    assert status_of(school, BINH)[TOAN] == "out"
    done = collect([book], actor=STAFF)
    assert done.lines[0].reader_name == BINH and done.lines[0].condition_out is None
    assert TextbookLoan.get().back_batch_id == done.batch_id


def test_l203_what_a_list_did_is_neither_in_the_desks_list_nor_undone_there(school: TextbookSchool) -> None:
    (other,) = school.world.add_title("Truyện", 1)
    check_out(other, reader_id=school.reader(CHI), actor=STAFF, channel="desk")
    give_all(school)
    collect([school.books[TOAN][0], school.books[VAN][1], school.books[TOAN][2]], actor=STAFF)
    assert [(act.action, act.title) for act in list_recent_acts(STAFF)] == [("check_out", "Truyện")]
    assert undo_last(actor=STAFF).copy_id == Copy.get(Copy.barcode == other).id
    with pytest.raises(Conflict, match="undo_nothing"):
        undo_last(actor=STAFF)
    check_in(school.books[TOAN][1], actor=STAFF, channel="desk")  # one book scanned at the desk is a step of the desk
    assert [act.action for act in list_recent_acts(STAFF) if not act.undone] == ["check_in"]


def test_l112_lost_and_made_good(school: TextbookSchool) -> None:
    give_all(school)
    loans = {loan.copy.barcode: loan.id for loan in Loan.select(Loan, Copy).join(Copy)}
    first, second = loans[school.books[TOAN][0]], loans[school.books[VAN][1]]
    for loan_id in (first, second):
        declare_textbook_lost(loan_id, actor=STAFF)
    assert status_of(school, AN)[TOAN] == "lost" and get_class_sheet(school.class_id).lost_count == 2
    with pytest.raises(InvalidInput, match="textbook_amount_missing"):
        settle_loss(first, "price", actor=STAFF)
    settle_loss(first, "price", actor=STAFF, amount=18_000)
    settle_loss(second, "copy", actor=STAFF, amount=1)
    with pytest.raises(NotFound, match="textbook_not_lost"):
        settle_loss(first, "waived", actor=STAFF)
    losses = list_losses("2026-2027")
    assert [(loss.reader_name, loss.words, loss.settled_amount) for loss in losses] == [
        (AN, "Đền theo giá", 18_000), (BINH, "Đền cùng nhan đề", None),
    ]  # fmt: skip
    assert Copy.select().where(Copy.record == school.record(VAN)).count() == 5  # the new one is in the register
    # Replaced is not given: Bình still needs a copy of it, and may get one.
    assert status_of(school, BINH)[VAN] == "replaced"
    again = hand_out(school.class_id, [f"#{school.reader(BINH)}", school.books[VAN][3]], actor=STAFF)
    assert again.copies == 1 and status_of(school, BINH)[VAN] == "out"


def test_l114_a_mistaken_hand_out_is_undone_but_for_what_happened_since(school: TextbookSchool) -> None:
    hold = place_hold(school.reader(AN), school.record(MI_THUAT), actor=STAFF)
    lines, _ = propose(school.class_id, None, [school.record(TOAN), school.record(MI_THUAT)])
    done = hand_out(school.class_id, write_scan_list(lines).splitlines(), actor=STAFF)
    assert Hold.get_by_id(hold).status == "filled"
    check_in(school.books[TOAN][1], actor=STAFF, channel="desk")
    assert undo_hand_out(done.batch_id, actor=STAFF, comment="nhầm lớp") == (5, 1)
    assert Hold.get_by_id(hold).status == "waiting"
    assert get_class_sheet(school.class_id).out_count == 0
    assert status_of(school, BINH)[TOAN] == "back" and status_of(school, AN)[TOAN] == "none"
    with pytest.raises(Conflict, match="textbook_undone"):
        undo_hand_out(done.batch_id, actor=STAFF)
    assert get_batch(done.batch_id).undone
    with pytest.raises(Conflict, match="undo_nothing|undo_too_late"):
        for _ in range(3):
            undo_last(actor=STAFF)  # the desk's own undo does not do it again
    assert give_all(school).copies == 5  # Bình's Toán came back: An, Bình, Chi lack Văn; An and Chi lack Toán
    back = collect([school.books[TOAN][0]], actor=STAFF)
    with pytest.raises(Conflict, match="textbook_undo_back"):
        undo_hand_out(back.batch_id, actor=STAFF)


def test_l115_a_list_posted_twice_is_one_document(school: TextbookSchool) -> None:
    lines = [school.card(AN), school.books[TOAN][0]]
    key = "7b3f1c0e-2a52-4a6e-9d25-3d2f4f0b1a11"
    first = hand_out(school.class_id, lines, actor=STAFF, act_key=key)
    again = hand_out(school.class_id, lines, actor=STAFF, act_key=key)
    assert first.batch_id == again.batch_id and Loan.select().count() == 1
    with pytest.raises(Conflict, match="key_reused"):
        hand_out(school.class_id, [*lines, school.books[VAN][0]], actor=STAFF, act_key=key)
    other = "7b3f1c0e-2a52-4a6e-9d25-3d2f4f0b1a12"
    back = collect([school.books[TOAN][0]], actor=STAFF, act_key=other)
    assert collect([school.books[TOAN][0]], actor=STAFF, act_key=other).batch_id == back.batch_id
    assert [line.number for line in list_batches()] == ["TH-2026/001", "CP-2026/001"]


def test_l113_documents_are_numbered_and_audited(school: TextbookSchool) -> None:
    for number in range(2):
        hand_out(school.class_id, [school.books[TOAN][number]], actor=STAFF)
    assert [line.number for line in list_batches(school.class_id)] == ["CP-2026/002", "CP-2026/001"]
    entry = AuditEntry.select().where(AuditEntry.action == "textbook.hand_out").order_by(AuditEntry.id.desc()).get()
    assert entry.after == {"number": "CP-2026/002", "class": "6A1", "count": 1, "pupils": 1}
    school.world.clock.set_day(date(2027, 1, 4))
    assert hand_out(school.class_id, [school.books[TOAN][2]], actor=STAFF).number == "CP-2027/001"


def test_l111_the_stock_plan_counts_needed_usable_and_short(school: TextbookSchool) -> None:
    for number in range(3):
        school.world.add_reader(f"Em thứ {number}", "6A2")
    Copy.update(status="repair").where(Copy.barcode == school.books[VAN][0]).execute()
    give_all(school)
    (plan,) = [plan for plan in plan_stock("2026-2027") if plan.grade == 6]
    assert (plan.pupils, plan.source) == (6, "classes")
    shown = {line.title.title: (line.needed, line.usable, line.out, line.unusable, line.shortfall) for line in plan.lines}
    assert shown == {TOAN: (6, 4, 3, 0, 2), VAN: (6, 3, 3, 1, 3), MI_THUAT: (0, 4, 0, 0, 0)}
    assert plan.cost == 5 * 45_000
    # Next year has no classes yet: what moves up, or what the librarian expects.
    assert copy_sets("2026-2027", "2027-2028", actor=STAFF) == 1
    following = {plan.grade: (plan.pupils, plan.source) for plan in plan_stock("2027-2028")}
    assert following[7] == (6, "moved_up") if 7 in following else following[6] == (0, "none")
    save_set("2027-2028", 6, [school.record(TOAN)], actor=STAFF, expected_pupils=10)
    (plan,) = [plan for plan in plan_stock("2027-2028") if plan.grade == 6]
    assert (plan.pupils, plan.source, plan.shortfall) == (10, "expected", 6)


def test_l100_a_set_is_of_textbooks_in_the_order_given(school: TextbookSchool) -> None:
    school.world.add_title("Truyện cổ tích")
    with pytest.raises(InvalidInput, match="textbook_title_bad"):
        save_set("2026-2027", 6, [school.record("Truyện cổ tích")], actor=STAFF)
    with pytest.raises(NotFound, match="record_unknown"):
        save_set("2026-2027", 6, [987_654], actor=STAFF)
    save_set("2026-2027", 6, [school.record(VAN), school.record(TOAN), school.record(VAN)], actor=STAFF)
    assert [title.title for title in find_set("2026-2027", 6).titles] == [VAN, TOAN]
    with pytest.raises(NotFound, match="textbook_set_empty"):
        copy_sets("2020-2021", "2026-2027", actor=STAFF)
    assert copy_sets("2026-2027", "2026-2027", actor=STAFF) == 0  # what a grade has stays
    with pytest.raises(InvalidInput, match="textbook_set_none"):
        hand_out(school.world.add_class("7A1"), [school.books[TOAN][0]], actor=STAFF)
    Record.update(title="Đổi tên").where(Record.id == school.record(VAN)).execute()


def test_a_pupil_who_left_with_books_is_still_on_the_sheet(school: TextbookSchool) -> None:
    give_all(school)
    from library.readers.tables import Enrolment

    Enrolment.update(ended_on=TODAY, outcome="transferred").where(Enrolment.reader == school.reader(BINH)).execute()
    sheet = get_class_sheet(school.class_id)
    assert [(pupil.name, pupil.left, pupil.out) for pupil in sheet.pupils] == [
        (AN, False, 2), (CHI, False, 2), (BINH, True, 2),
    ]  # fmt: skip
    assert sheet.takers == 2


def test_bad_lists_are_said(school: TextbookSchool) -> None:
    for lines in ([], ["", "  "]):
        with pytest.raises(InvalidInput, match="textbook_list_empty"):
            hand_out(school.class_id, lines, actor=STAFF)
    with pytest.raises(InvalidInput, match="textbook_list_empty"):
        hand_out(school.class_id, [school.card(AN)], actor=STAFF)
    with pytest.raises(InvalidInput, match="textbook_list_long"):
        collect(["SGK.000001"] * 3_001, actor=STAFF)
    with pytest.raises(NotFound, match="class_missing"):
        hand_out(999, ["SGK.000001"], actor=STAFF)
    with pytest.raises(NotFound, match="document_unknown"):
        undo_hand_out(999, actor=STAFF)


def test_l108_a_library_book_in_the_pile_is_an_ordinary_return(school: TextbookSchool) -> None:
    """The condition said for the textbooks before it is not its condition, and it is on no sheet of textbooks."""
    (story,) = school.world.add_title("Truyện cổ tích")
    (loose,) = school.world.add_title("Góc sân và khoảng trời")
    check_out(story, reader_id=school.reader(CHI), actor=STAFF, channel="desk")
    hand_out(school.class_id, [school.card(AN), school.books[TOAN][0]], actor=STAFF)
    assert "sách thư viện" in say_whose(story)[1] and "sách thư viện" in say_whose(loose)[1]
    done = collect(["=hư hỏng", school.books[TOAN][0], story, loose], actor=STAFF)
    assert [line.barcode for line in done.lines] == [school.books[TOAN][0]] and done.not_on_loan == ()
    assert [(one.title, one.reader_name) for one in done.ordinary] == [
        ("Truyện cổ tích", CHI), ("Góc sân và khoảng trời", ""),
    ]  # fmt: skip
    assert Loan.select().where(Loan.returned_at.is_null()).count() == 0
    assert TextbookLoan.select().count() == 1
    conditions = {copy.barcode: copy.condition for copy in Copy.select()}
    assert conditions[story] == conditions[loose] != conditions[school.books[TOAN][0]]
    assert undo_last(actor=STAFF).copy_id == Copy.get(Copy.barcode == story).id, "at the desk it is a return like any other"


def test_l108_a_pile_of_library_books_alone_is_refused(school: TextbookSchool) -> None:
    (story,) = school.world.add_title("Truyện cổ tích")
    check_out(story, reader_id=school.reader(CHI), actor=STAFF, channel="desk")
    with pytest.raises(ListRefused) as caught:
        collect([story], actor=STAFF)
    assert [problem.reason.code for problem in caught.value.problems] == ["textbook_library_book"]
    assert Loan.get().returned_at is None


def test_l104_a_book_in_anothers_name_says_whose_it_is(school: TextbookSchool) -> None:
    toan = school.books[TOAN]
    hand_out(school.class_id, [school.card(BINH), toan[0], school.card(AN), toan[1]], actor=STAFF)
    with pytest.raises(ListRefused) as caught:
        hand_out(school.class_id, [school.card(AN), toan[0]], actor=STAFF)
    (problem,) = caught.value.problems
    assert f"đang đứng tên {BINH}, lớp 6A1" in word(problem.reason.code, problem.reason.params)
