"""Cards read badly, and books nobody looks for any more, at the desk and beside a shelf (L218-L220, L233)."""

from __future__ import annotations

import pytest
from lending_front import Front
from lending_world import STAFF, World

from library.cataloguing.tables import Copy
from library.contract.scans import make_card_number
from library.lending.copy_troubles import declare_lost
from library.lending.desk import handle_scan
from library.lending.service import check_out
from library.lending.tables import Charge, Loan
from library.lending.units.mobile_shelves import open_shelf
from library.lending.units.service import hand_over
from library.readers import queries

AN, BINH = "Trần Minh An", "Lê Thanh Bình"
NOT_YET_ISSUED = make_card_number(777_777)


def misread(card: str) -> list[str]:
    """A digit lost at each place, one read wrongly, a letter among them, and a beginning that was cut off."""
    shorter = [card[:at] + card[at + 1 :] for at in range(2, len(card))]
    return [*shorter, card[:4] + card[6:], card[:-1] + str((int(card[-1]) + 1) % 10), card[:5] + "O" + card[6:],
            card[1:], card[2:]]  # fmt: skip


def test_l218_no_part_of_a_card_finds_a_child(school: World) -> None:
    for card in misread(school.cards[AN]):
        assert queries.search_readers(card) == ([], 0), card
        answer = handle_scan(card, actor=STAFF)
        assert (answer.outcome, answer.reader_id, answer.tone) == ("refused", None, "no"), card
    assert queries.search_readers(school.cards[AN])[1] == 1
    assert queries.search_readers(school.cards[AN][2:], by_part=True)[1] == 1


@pytest.mark.parametrize("at", [-1, -2])
def test_l218_a_code_typed_in_part_opens_nobody(school: World, at: int) -> None:
    school.add_reader("Hoàng Văn Em", education_id="0812345678")
    assert handle_scan("0812345678", actor=STAFF).outcome == "reader"
    assert handle_scan("0812345678"[:at], actor=STAFF).outcome == "unknown"


def test_l218_the_book_after_a_misread_card_is_nobodys(school: World) -> None:
    book = school.add_title("Dế Mèn")[0]
    for card in (*misread(school.cards[BINH]), NOT_YET_ISSUED):
        closed = handle_scan(card, actor=STAFF, reader_id=school.readers[AN])
        assert closed.reader_id is None and closed.closed and closed.card_awaited, card
    refused = handle_scan(book, actor=STAFF, card_awaited=True)
    assert [reason.code for reason in refused.reasons] == ["card_awaited"] and refused.card_awaited
    assert not Loan.select().exists()
    opened = handle_scan(school.cards[BINH], actor=STAFF, card_awaited=True)
    assert not opened.card_awaited
    handle_scan(book, actor=STAFF, reader_id=opened.reader_id)
    assert Loan.get().reader_id == school.readers[BINH]


def test_l218_a_book_with_a_label_like_a_card_is_a_book(school: World) -> None:
    """Labels of another library, kept from before: "T00000018" and the like."""
    book = school.add_title("Dế Mèn")[0]
    Copy.update(barcode=school.cards[AN][1:]).where(Copy.barcode == book).execute()
    answer = handle_scan(school.cards[AN][1:], actor=STAFF, reader_id=school.readers[BINH])
    assert answer.outcome == "lent"


def test_l218_looking_for_somebody_else_closes_the_open_reader(school: World) -> None:
    school.add_reader("Lê Thanh Bình", "6A1")
    answer = handle_scan("bình", actor=STAFF, reader_id=school.readers[AN])
    assert (answer.outcome, answer.reader_id) == ("candidates", None)


@pytest.mark.parametrize(
    ("typed", "code"),
    [("https://vi.du/x", "word_unknown"), ("😀", "word_unknown"), ("xyz!!", "word_unknown"), ("H'Hen", "name_unknown"),
     ("Hoàng Không Ai", "name_unknown")],
)  # fmt: skip
def test_l205_what_is_no_name_is_not_called_one(school: World, typed: str, code: str) -> None:
    answer = handle_scan(typed, actor=STAFF, reader_id=school.readers[AN])
    assert [reason.code for reason in answer.reasons] == [code] and answer.reader_id is None


def test_l218_the_desk_says_what_to_do(front: Front) -> None:
    school, desk = front.school, front.desk
    an, book = school.readers[AN], school.add_title("Dế Mèn")[0]
    bad = school.cards[BINH][:-2]
    said = desk.scan(bad, an)
    assert said["reader_id"] is None and said["card_awaited"] and "Chưa mở thẻ nào" in said["reader_html"]
    assert said["sentence"] == (
        f"Thẻ {bad} đọc chưa đúng. Quét lại thẻ, rồi quét sách của bạn đọc ấy. Thẻ đang mở đã đóng."
    )
    next_book = desk.scan(book, card_awaited="1")
    assert next_book["sentence"].startswith("Chưa biết cho ai mượn") and next_book["tone"] == "no"
    page = desk.post("/staff/desk/scan", text=bad, reader_id=an)
    assert "đọc chưa đúng" in page and "Chưa mở thẻ nào" in page
    hold = desk.post("/staff/holds/new", 200, who=bad)
    assert f"Thẻ {bad} đọc chưa đúng" in hold and BINH not in hold  # L211


def joined(card: str, book: str, other: str) -> list[str]:
    """A scanner lost its Enter."""
    return [card + book, book + card, other + card, card + other, f"{card}{book}{book}{book}{book}", book * 4 + card,
            f"{book}-X+" * 12 + card]  # fmt: skip


def test_l233_a_card_in_one_line_with_another_code_closes_the_open_reader(front: Front) -> None:
    school, desk = front.school, front.desk
    an, (first, book) = school.readers[AN], [school.add_title(f"Truyện {number}")[0] for number in range(2)]
    for line in joined(school.cards[BINH], first, school.cards[AN]):
        said = desk.scan(line, an)
        assert said["reader_id"] is None and said["card_awaited"], line
        assert said["sentence"].startswith("Hai mã dính vào nhau: ") and "Quét lại thẻ, rồi quét lại sách." in said["sentence"]
        assert "Thẻ đang mở đã đóng." in said["sentence"]
    assert desk.scan(book, card_awaited="1")["sentence"].startswith("Chưa biết cho ai mượn")
    assert not Loan.select().exists()


def test_l233_two_books_in_one_line_lend_nothing_and_the_reader_stays(front: Front) -> None:
    school, desk = front.school, front.desk
    an, (first, second) = school.readers[AN], [school.add_title(f"Truyện {number}")[0] for number in range(2)]
    said = desk.scan(first + second, an)
    assert said["reader_id"] == an and not said["card_awaited"] and said["tone"] == "no"
    assert said["sentence"] == f"Hai mã dính vào nhau: {first}{second}. Quét lại từng cuốn."
    assert not Loan.select().exists()
    assert desk.scan(second, an)["reader_id"] == an and Loan.get().reader_id == an


def test_l233_an_old_label_that_ends_like_a_card_is_a_book(school: World) -> None:
    book, label = school.add_title("Dế Mèn")[0], f"S{school.cards[AN]}"
    Copy.update(barcode=label).where(Copy.barcode == book).execute()
    assert handle_scan(label, actor=STAFF, reader_id=school.readers[BINH]).outcome == "lent"


def test_l219_a_lost_book_is_found_with_nobody_open(school: World) -> None:
    book = school.add_title("Dế Mèn")[0]
    check_out(book, reader_id=school.readers[AN], actor=STAFF, channel="desk")
    declare_lost(book, actor=STAFF)
    assert Charge.get().settled_as is None
    answer = handle_scan(book, actor=STAFF)
    assert answer.back is not None and "copy_found" in answer.back.alerts
    assert Copy.get().status == "in_service" and Charge.get().settled_as is not None
    assert handle_scan(book, actor=STAFF).outcome == "copy"


def test_l219_what_is_out_of_service_says_so(front: Front) -> None:
    for status, said, then in (
        ("missing", "Đã tìm thấy", "in_service"), ("repair", "Chờ sửa", "repair"), ("withdrawn", "Đã thanh lý", "withdrawn"),
    ):  # fmt: skip
        book = front.school.add_title(f"Truyện {status}")[0]
        Copy.update(status=status).where(Copy.barcode == book).execute()
        answer = front.desk.scan(book)
        assert f'<p class="desk-say-word">{said}</p>' in answer["result_html"], status
        assert "không ai mượn" not in answer["result_html"] and "Quét thẻ bạn đọc trước" not in answer["sentence"]
        assert Copy.get(Copy.barcode == book).status == then


def beside(front: Front, shelf: int, *lines: str) -> str:
    return front.desk.post(f"/staff/shelves/{shelf}/desk", 200, lines="\n".join(lines))


@pytest.fixture
def shelf(front: Front) -> tuple[int, list[str]]:
    books = [front.school.add_title(f"Truyện {number}")[0] for number in range(3)]
    unit = open_shelf("Tủ xanh", actor=STAFF)
    hand_over(unit, books, actor=STAFF)
    return unit, books


def borrowed() -> list[tuple[str, str]]:
    return sorted((loan.copy.barcode, loan.reader.full_name) for loan in Loan.select().where(Loan.returned_at.is_null()))


def test_l218_beside_a_shelf_too(front: Front, shelf: tuple[int, list[str]]) -> None:
    unit, books = shelf
    an, binh = front.school.cards[AN], front.school.cards[BINH]
    page = beside(front, unit, an, books[0], binh[:-1], books[1], an, books[2])
    assert borrowed() == [(books[0], AN), (books[2], AN)]
    assert f"Thẻ {binh[:-1]} đọc chưa đúng" in page and "Chưa biết cho ai mượn" in page
    answer = front.desk.client.post(
        f"/staff/shelves/{unit}/desk",
        data={"csrf_token": front.desk.token, "lines": f"{NOT_YET_ISSUED}\n{books[1]}"},
    ).text
    assert f">{NOT_YET_ISSUED}\n{books[1]}</textarea>" in answer and 'data-beep="no"' in answer


def test_l233_two_codes_in_one_line_beside_a_shelf(front: Front, shelf: tuple[int, list[str]]) -> None:
    unit, books = shelf
    an, binh = front.school.cards[AN], front.school.cards[BINH]
    for line in joined(binh, books[0], an):
        page = beside(front, unit, an, line, books[1])
        assert borrowed() == [] and "Hai mã dính vào nhau" in page and "Chưa biết cho ai mượn" in page, line
    beside(front, unit, an, books[0] + books[1], books[2])
    assert borrowed() == [(books[2], AN)]


def test_l148_each_refused_line_stays_below_its_own_card(front: Front, shelf: tuple[int, list[str]]) -> None:
    """What is sent again must not go to the child whose card happens to stand above it."""
    an, binh = front.school.cards[AN], front.school.cards[BINH]
    answer = front.desk.client.post(
        f"/staff/shelves/{shelf[0]}/desk",
        data={"csrf_token": front.desk.token, "lines": "\n".join([an, "X.1", "X.1", binh, "X.2", an, "X.3"])},
    ).text
    assert ">" + "\n".join([an, "X.1", binh, "X.2", an, "X.3"]) + "</textarea>" in answer


def test_l220_a_double_read_beside_a_shelf_counts_once(front: Front, shelf: tuple[int, list[str]]) -> None:
    unit, books = shelf
    an = front.school.cards[AN]
    page = beside(front, unit, an, books[0], books[0], books[1], books[0])
    assert borrowed() == [(books[0], AN), (books[1], AN)] and page.count("quét hai lần, tính một") == 2
    beside(front, unit, an, books[0], books[0])
    assert borrowed() == [(books[1], AN)], "brought back, and not lent again by the second read"


def test_l220_a_book_of_elsewhere_is_remarked(front: Front, shelf: tuple[int, list[str]]) -> None:
    other = front.school.add_title("Sách ở thư viện")[0]
    page = beside(front, shelf[0], front.school.cards[AN], other, shelf[1][0])
    assert len(borrowed()) == 2 and page.count("không thuộc Tủ xanh") == 1
