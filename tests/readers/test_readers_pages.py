"""The pages of readers, classes and departments as a librarian uses them; cards as PDF."""

from __future__ import annotations

import re
from datetime import date

import pytest
from barcode.charsets import code128
from readers_made import YEAR, pupil, teacher

from library.cataloguing import copies as copy_service
from library.cataloguing import service as catalogue
from library.cataloguing.model import RecordFields
from library.foundation.audit import SYSTEM
from library.foundation.clock import at_local, clock_at
from library.foundation.preferences import set_preferences
from library.foundation.tables import AuditEntry
from library.foundation.typesetting import code128_bars
from library.lending import service as lending
from library.readers import cards, classes, queries, service
from library.readers.model import ReaderFields
from library.readers.tables import Card, Department, Reader, ReaderBlock, SchoolClass
from tests.staff_client import page

TODAY = date(2026, 11, 22)


def names_in_rows(text: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="/staff/readers/\d+"[^>]*>([^<]+)</a>', text)


def copy_of(title: str) -> str:
    catalogue.ensure_default_collections(SYSTEM)
    record_id = catalogue.create_record(RecordFields(title=title), SYSTEM)
    return copy_service.add_copies(record_id, 1, "STN", SYSTEM, received_on=date(2026, 8, 20))[0].barcode


# ---------------------------------------------------------------- finding a reader


def test_search_without_accents_and_by_class(client, token) -> None:
    first = classes.create_class(YEAR, "6A1", SYSTEM)
    other = classes.create_class(YEAR, "6A2", SYSTEM)
    pupil("Nguyễn Văn Ánh", first)
    pupil("Trần Thị Bình", first)
    pupil("Lê Hoàng Anh", other)
    assert names_in_rows(page(client.get("/staff/readers?q=anh"))) == ["Lê Hoàng Anh", "Nguyễn Văn Ánh"]
    assert names_in_rows(page(client.get("/staff/readers?q=anh+6a1"))) == ["Nguyễn Văn Ánh"]
    assert names_in_rows(page(client.get(f"/staff/readers?class={first}"))) == ["Nguyễn Văn Ánh", "Trần Thị Bình"]
    nobody = page(client.get("/staff/readers?q=<script>zzz"))
    assert "Không tìm thấy" in nobody and "<script>zzz" not in nobody


def test_namesakes_are_told_apart_by_class_and_birth_date(client, token) -> None:
    first = classes.create_class(YEAR, "6A1", SYSTEM)
    other = classes.create_class(YEAR, "7A2", SYSTEM)
    pupil("Nguyễn Văn An", first, born_on=date(2015, 3, 4))
    same = pupil("Nguyễn Văn An", other, born_on=date(2014, 9, 8))
    pupil("Trần Thị Bình", first)
    listed = page(client.get("/staff/readers"))
    assert listed.count("Trùng tên") == 2
    assert all(text in listed for text in ("04/03/2015", "08/09/2014", ">6A1</a>", ">7A2</a>"))
    assert "Còn 1 bạn đọc khác cùng họ tên" in page(client.get(f"/staff/readers/{same}"))


def test_a_scanned_card_opens_its_reader_also_when_it_is_lost(client, token) -> None:
    reader_id = pupil("Nguyễn Văn An")
    old = queries.get_reader_card(reader_id).card_number
    assert client.get(f"/staff/readers?q={old.lower()}").location == f"/staff/readers/{reader_id}"
    page(client.post(f"/staff/readers/{reader_id}/card", data={"csrf_token": token, "do": "replace"}), 303)
    assert f"cấp thẻ mới số {queries.get_reader_card(reader_id).card_number}." in client.get(f"/staff/readers/{reader_id}").text
    new = queries.get_reader_card(reader_id).card_number
    assert new != old
    said = page(client.get(f"/staff/readers/{reader_id}"))
    assert new in said and f"{old}</span> – báo mất" in said
    found = client.get(f"/staff/readers?q={old}", follow_redirects=True)
    assert f"Thẻ {old} không còn dùng" in page(found) and found.request.path == f"/staff/readers/{reader_id}"


def test_long_lists_are_paged_and_a_page_past_the_end_is_the_last(client, token) -> None:
    for number in range(53):
        service.create_reader(ReaderFields("pupil", f"Lê Thị {chr(65 + number % 26)}{number}"), SYSTEM, with_card=False)
    assert len(names_in_rows(page(client.get("/staff/readers?page=2")))) == 3
    assert len(names_in_rows(page(client.get("/staff/readers?page=99")))) == 3
    assert len(names_in_rows(page(client.get("/staff/readers?q=le&page=99")))) == 3


def test_those_who_left_are_listed_only_when_asked_for(client, token) -> None:
    gone = pupil("Phạm Minh Khôi")
    service.change_status(gone, "transferred", SYSTEM)
    assert names_in_rows(page(client.get("/staff/readers?q=khoi"))) == []
    shown = page(client.get("/staff/readers?q=khoi&status=all"))
    assert names_in_rows(shown) == ["Phạm Minh Khôi"] and "Đã chuyển trường" in shown


# ---------------------------------------------------------------- one reader


def test_enrol_by_hand_and_correct(client, token) -> None:
    class_id = classes.create_class(YEAR, "6A1", SYSTEM)
    form = {
        "csrf_token": token, "kind": "pupil", "full_name": "Đỗ Gia Huy", "class_id": class_id, "born_on": "2015-03-04",
        "gender": "male", "education_id": "0812345678",
    }  # fmt: skip
    made = client.post("/staff/readers/new", data=form)
    assert made.status_code == 303
    reader_id = int(made.location.rsplit("/", 1)[1])
    card = queries.get_reader_card(reader_id)
    assert (card.full_name, card.class_name, card.born_on, card.education_id) == (
        "Đỗ Gia Huy", "6A1", date(2015, 3, 4), "0812345678",
    )  # fmt: skip
    twice = page(client.post("/staff/readers/new", data={**form, "full_name": "Đỗ Gia Hưng"}), 422)
    assert "Mã định danh 0812345678 đã có ở bạn đọc Đỗ Gia Huy" in twice and 'value="Đỗ Gia Hưng"' in twice
    changed = client.post(f"/staff/readers/{reader_id}/edit", data={**form, "full_name": "Đỗ Gia Huy Hoàng"})
    assert changed.status_code == 303
    assert queries.get_reader_card(reader_id).full_name == "Đỗ Gia Huy Hoàng"
    entry = AuditEntry.select().where(AuditEntry.action == "reader.update").get()
    assert entry.subject_id == str(reader_id) and entry.actor_name.startswith("Thủ thư")


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"full_name": " "}, "full_name", "Ghi họ tên"),
        ({"born_on": "31/02/2015"}, "born_on", "Ngày chưa đúng"),
        ({"born_on": "2030-01-01"}, "born_on", "chưa hợp lý"),
        ({"email": "khong-phai"}, "email", "thư điện tử chưa đúng"),
        ({"class_id": "999"}, "class_id", "Không tìm thấy lớp"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(client, token, wrong, field, words) -> None:
    form = {"csrf_token": token, "kind": "pupil", "full_name": "Lê Thị Hoa", **wrong}
    shown = page(client.post("/staff/readers/new", data=form), 422)
    assert re.search(rf'id="e-{field}">.*?{words}', shown, re.DOTALL)
    assert Reader.select().count() == 0


def test_loans_now_and_before_are_shown_and_hold_the_reader_back(client, token) -> None:
    class_id = classes.create_class(YEAR, "6A1", SYSTEM)
    reader_id = pupil("Nguyễn Văn An", class_id)
    kept, returned = copy_of("Dế Mèn phiêu lưu ký"), copy_of("Đất rừng phương Nam")
    with clock_at(at_local(date(2026, 10, 1), 9)):
        for barcode in (kept, returned):
            lending.check_out(barcode, reader_id=reader_id, actor=SYSTEM, channel="desk")
    with clock_at(at_local(date(2026, 10, 5), 9)):
        lending.check_in(returned, actor=SYSTEM, channel="desk")
    shown = page(client.get(f"/staff/readers/{reader_id}"))
    now, before = shown.split("Đã trả</h2>")
    assert "Dế Mèn phiêu lưu ký" in now and "Quá hạn" in now and "Đất rừng phương Nam" in before
    assert "Chưa cho rời được" in shown and "Còn 1 cuốn chưa trả" in shown
    assert re.search(r"1 cuốn.*?1 quá hạn", page(client.get("/staff/readers?q=an")), re.DOTALL)
    for path, form in (("status", {"status": "transferred"}), ("delete", {})):
        refused = client.post(
            f"/staff/readers/{reader_id}/{path}", data={"csrf_token": token, **form}, follow_redirects=True
        )
        assert page(refused).count("Còn 1 cuốn chưa trả. Nhận trả trước.") == 2  # the notice and the standing reason
    assert queries.get_reader_card(reader_id).status == "active"
    lending.check_in(kept, actor=SYSTEM, channel="desk")
    page(client.post(f"/staff/readers/{reader_id}/status", data={"csrf_token": token, "status": "transferred"}), 303)
    left = page(client.get(f"/staff/readers/{reader_id}"))
    assert "Đã chuyển trường" in left and "Thẻ đã đóng" in left
    page(client.post(f"/staff/readers/{reader_id}/status", data={"csrf_token": token, "status": "active"}), 303)
    page(client.post(f"/staff/readers/{reader_id}/card", data={"csrf_token": token, "do": "issue"}), 303)
    back = queries.get_reader_card(reader_id)
    assert back.status == "active" and back.card_number is not None


def test_block_with_a_reason_until_it_is_lifted(client, token) -> None:
    reader_id = pupil("Nguyễn Văn An")
    other = pupil("Trần Thị Bình")
    url = f"/staff/readers/{reader_id}/block"
    assert "Ghi lý do" in page(client.post(url, data={"csrf_token": token, "reason": ""}), 422)
    late = {"csrf_token": token, "reason": "Làm rách sách", "until": "2026-11-01"}
    assert re.search(r'id="e-until">.*?phải sau', page(client.post(url, data=late), 422), re.DOTALL)
    page(client.post(url, data={**late, "until": "2026-12-01"}), 303)
    shown = page(client.get(f"/staff/readers/{reader_id}"))
    assert "Đang tạm ngừng mượn đến hết 01/12/2026" in shown and "Làm rách sách" in shown
    block_id = queries.get_reader_details(reader_id).blocks[0].id
    lift = {"csrf_token": token, "block": block_id}
    assert client.post(f"/staff/readers/{other}/unblock", data=lift).status_code == 404
    page(client.post(f"/staff/readers/{reader_id}/unblock", data=lift), 303)
    assert "Đang tạm ngừng" not in page(client.get(f"/staff/readers/{reader_id}"))


def test_l235_pressed_again_it_changes_the_block_that_runs(client, token) -> None:
    """Five times is one block with the last reason and end; one lift ends it, and whatever was stacked before."""
    reader_id = pupil("Nguyễn Văn An")
    url = f"/staff/readers/{reader_id}/block"
    for day in range(1, 6):
        data = {"csrf_token": token, "reason": f"Làm rách sách {day}", "until": f"2026-12-0{day}"}
        page(client.post(url, data=data), 303)
    (only,) = queries.get_reader_details(reader_id).blocks
    assert (only.reason, only.ends_on) == ("Làm rách sách 5", date(2026, 12, 5))
    shown = page(client.get(f"/staff/readers/{reader_id}"))
    assert shown.count("Đang tạm ngừng mượn") == 1 and "đến hết 05/12/2026" in shown
    assert "Đổi lý do hoặc ngày hết" in shown and 'value="2026-12-05"' in shown
    for kind, ends_on in (("suspension", date(2026, 12, 20)), ("manual", None)):  # a late book; stacked before L235
        ReaderBlock.create(
            reader=reader_id, kind=kind, starts_on=TODAY, ends_on=ends_on, reason="trả sách trễ hạn",
            created_at=at_local(TODAY, 8),
        )  # fmt: skip
    shown = page(client.get(f"/staff/readers/{reader_id}"))
    assert shown.count("Đang tạm ngừng mượn") == 1 and shown.count("Cho mượn lại") == 1
    page(client.post(f"/staff/readers/{reader_id}/unblock", data={"csrf_token": token, "block": only.id}), 303)
    assert "Đang tạm ngừng" not in page(client.get(f"/staff/readers/{reader_id}"))
    page(client.post(url, data={"csrf_token": token, "reason": "Mất thẻ", "until": ""}), 303)
    assert len(queries.get_reader_details(reader_id).blocks) == 4, "after a lift it is a new one"


def test_one_entered_by_mistake_goes(client, token) -> None:
    reader_id = pupil("Gõ Nhầm")
    assert client.post(f"/staff/readers/{reader_id}/delete", data={"csrf_token": token}).location == "/staff/readers"
    assert client.get(f"/staff/readers/{reader_id}").status_code == 404


def test_two_rows_of_one_person_become_one(client, token) -> None:
    first, second = (classes.create_class(YEAR, name, SYSTEM) for name in ("6A1", "6A2"))
    kept = pupil("Nguyễn Văn An", first)
    twin = pupil("Nguyễn Văn An", second, born_on=date(2015, 3, 4), education_id="0812345678")
    stranger = teacher("Nguyễn Văn An")
    old_card = queries.get_reader_card(twin).card_number
    lending.check_out(copy_of("Dế Mèn phiêu lưu ký"), reader_id=twin, actor=SYSTEM, channel="desk")
    url = f"/staff/readers/{kept}/merge"
    chosen = page(client.get(url))
    assert f"{url}?other={twin}" in chosen and f"other={stranger}" not in chosen
    assert "Không tìm thấy bạn đọc khác" in page(client.get(url + "?card=TV99999990"))
    both = page(client.get(f"{url}?card={old_card}"))
    assert "đang ở hai lớp khác nhau" in both and "1 cuốn" in both
    for other in (kept, stranger, 99999):  # oneself, a teacher, nobody
        client.post(url, data={"csrf_token": token, "other": other})
    assert queries.get_reader_card(twin).status == "active"
    page(client.post(url, data={"csrf_token": token, "other": twin}), 303)
    card = queries.get_reader_card(kept)
    assert (card.class_name, card.born_on, card.education_id) == ("6A1", date(2015, 3, 4), "0812345678")
    assert "Dế Mèn phiêu lưu ký" in page(client.get(f"/staff/readers/{kept}"))
    assert client.get(f"/staff/readers?q={old_card}").location == f"/staff/readers/{kept}"
    assert "Đã gộp vì ghi trùng" in page(client.get(f"/staff/readers/{twin}"))
    assert names_in_rows(page(client.get("/staff/readers?q=an&kind=pupil"))) == ["Nguyễn Văn An"]
    again = client.post(url, data={"csrf_token": token, "other": twin}, follow_redirects=True)
    assert "đã được gộp trước đó" in page(again)


def test_who_may_do_what(app, login_as) -> None:
    reader_id = pupil("Nguyễn Văn An")
    assistant, viewer = app.test_client(), app.test_client()
    token = login_as(assistant, "assistant")
    login_as(viewer, "viewer")
    assert app.test_client().get("/staff/readers").status_code == 302
    assert viewer.get("/staff/readers").status_code == 403
    assert viewer.get("/staff/classes").status_code == 200
    shown = page(assistant.get(f"/staff/readers/{reader_id}"))
    assert "/block" not in shown and "/status" not in shown
    for path in ("edit", "block", "class", "status", "delete", "unblock", "merge"):
        assert assistant.post(f"/staff/readers/{reader_id}/{path}", data={"csrf_token": token}).status_code == 403
    assert assistant.post(f"/staff/readers/{reader_id}/card", data={"do": "replace"}).status_code == 400  # no token
    assert queries.get_reader_card(reader_id).status == "active"


# ---------------------------------------------------------------- classes, departments


def test_classes_of_a_year_with_head_count_and_homeroom_teacher(client, token) -> None:
    homeroom = teacher("Trần Thị Thu Hà")
    form = {"csrf_token": token, "school_year": "2026–2027", "name": "lớp 6a10", "homeroom_teacher_id": homeroom}
    assert client.post("/staff/classes", data=form).location == "/staff/classes?year=2026-2027"
    small = classes.create_class(YEAR, "6A2", SYSTEM)
    pupil("Nguyễn Văn An", small)
    shown = page(client.get("/staff/classes"))
    assert re.findall(r'class="menu-link" href="([^"]+)"[^>]*aria-current="page"', shown) == ["/staff/readers"]
    assert shown.index(">6A2</a>") < shown.index(">6A10</a>") and "Trần Thị Thu Hà" in shown
    assert "Năm học 2026–2027 đã có lớp 6A10" in page(client.post("/staff/classes", data=form), 422)
    assert "cần bắt đầu bằng khối" in page(client.post("/staff/classes", data={**form, "name": "Mầm"}), 422)
    assert "Năm học ghi dạng" in page(client.post("/staff/classes", data={**form, "school_year": "năm nay"}), 422)
    assert SchoolClass.select().count() == 2


def test_pupils_by_given_name_and_moved_together(client, token) -> None:
    first, second = (classes.create_class(YEAR, name, SYSTEM) for name in ("6A1", "6A2"))
    ids = [pupil(name, first) for name in ("Trần Bình An", "Lê Văn Yên", "Phạm Thị Đào")]
    stranger = pupil("Võ Minh Châu", second)
    shown = page(client.get(f"/staff/classes/{first}"))
    assert names_in_rows(shown) == ["Trần Bình An", "Phạm Thị Đào", "Lê Văn Yên"]
    move = {"csrf_token": token, "reader": [ids[0], ids[2], stranger], "to": second}
    page(client.post(f"/staff/classes/{first}/move", data={"csrf_token": token, "to": second}), 303)
    assert len(queries.list_class_members(first)) == 3  # nobody was ticked
    moved = client.post(f"/staff/classes/{first}/move", data=move, follow_redirects=True)
    assert "Đã chuyển 2 em sang lớp 6A2" in page(moved)
    assert [card.full_name for card in queries.list_class_members(first)] == ["Lê Văn Yên"]
    assert [stay.class_name for stay in queries.get_reader_details(ids[0]).enrolments] == ["6A2", "6A1"]


def test_a_class_with_pupils_is_not_deleted_an_empty_one_is(client, token) -> None:
    class_id = classes.create_class(YEAR, "6A1", SYSTEM)
    reader_id = pupil("Nguyễn Văn An", class_id)
    said = client.post(f"/staff/classes/{class_id}/delete", data={"csrf_token": token}, follow_redirects=True)
    assert "Lớp 6A1 còn 1 học sinh" in page(said)
    service.remove_reader(reader_id, SYSTEM)
    page(client.post(f"/staff/classes/{class_id}/delete", data={"csrf_token": token}), 303)
    assert SchoolClass.select().count() == 0
    assert client.get(f"/staff/classes/{class_id}").status_code == 404


def test_departments_are_added_renamed_closed_and_opened_again(client, token) -> None:
    add = {"csrf_token": token, "name": "Tổ Toán – Tin"}
    page(client.post("/staff/departments", data=add), 303)
    assert "Đã có tổ" in page(client.post("/staff/departments", data={**add, "name": "toan tin"}), 422)
    row = Department.get()
    url = f"/staff/departments/{row.id}"
    service.create_reader(ReaderFields("teacher", "Lê Thị Hoa", department_id=row.id), SYSTEM)
    said = client.post(url, data={"csrf_token": token, "do": "close"}, follow_redirects=True)
    assert "còn 1 thành viên" in page(said)
    service.change_status(Reader.get().id, "left", SYSTEM)
    page(client.post(url, data={"csrf_token": token, "do": "rename", "name": "Toán – Tin học"}), 303)
    page(client.post(url, data={"csrf_token": token, "do": "close"}), 303)
    assert [(one.name, one.closed) for one in queries.list_departments(with_closed=True)] == [("Toán – Tin học", True)]
    page(client.post(url, data={"csrf_token": token, "do": "reopen"}), 303)
    assert [one.name for one in queries.list_departments()] == ["Toán – Tin học"]


# ---------------------------------------------------------------- cards


def decode_code128(widths: list[int]) -> str:
    """Read bar widths as a scanner does: eleven modules a symbol, check symbol verified."""
    modules = "".join(("1" if index % 2 == 0 else "0") * width for index, width in enumerate(widths))
    stop = code128.STOP + "11"  # the stop symbol ends with a bar of its own
    assert modules.endswith(stop) and (len(modules) - len(stop)) % 11 == 0
    symbols = [code128.CODES.index(modules[at : at + 11]) for at in range(0, len(modules) - len(stop), 11)]
    *data, check = symbols
    assert check == (data[0] + sum(place * symbol for place, symbol in enumerate(data[1:], start=1))) % 103
    charset, text = {104: "B", 105: "C"}[data[0]], ""
    for symbol in data[1:]:
        if symbol == {"B": 99, "C": 100}[charset]:
            charset = "C" if charset == "B" else "B"
        else:
            text += f"{symbol:02d}" if charset == "C" else chr(symbol + 32)
    return text


def test_bars_of_a_card_read_back_as_its_number() -> None:
    for number in ("TV00004236", "TV99999990", "TV00000013"):
        assert decode_code128(code128_bars(number)) == number


def test_cards_of_a_class_as_pdf_and_only_new_ones_next_time(client, token) -> None:
    class_id = classes.create_class(YEAR, "6A1", SYSTEM)
    for name in ("Nguyễn Văn An", "Trần Thị Bình"):
        pupil(name, class_id, born_on=date(2015, 3, 4))
    answer = client.get(f"/staff/classes/{class_id}/cards.pdf")
    assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF-")
    assert b"BeVietnamPro" in answer.data and b"Tinos" not in answer.data  # the house's letters
    set_preferences({"school_name": "Trường THCS Nguyễn Bỉnh Khiêm"}, SYSTEM)
    named = client.get(f"/staff/classes/{class_id}/cards.pdf").data
    assert len(named) > len(answer.data) + 100  # more letters: whose card it is stands on it
    assert "2 thẻ chưa in" in page(client.get(f"/staff/classes/{class_id}"))
    page(client.post(f"/staff/classes/{class_id}/cards/printed", data={"csrf_token": token}), 303)
    assert Card.select().where(Card.printed_at.is_null()).count() == 0
    newcomer = pupil("Lê Văn Yên", class_id)
    assert queries.list_unprinted_cards(class_id) == [newcomer]
    only_new, everybody = (len(client.get(f"/staff/classes/{class_id}/cards.pdf{more}").data) for more in ("?new=1", ""))
    assert only_new < everybody
    assert client.get(f"/staff/readers/{newcomer}/card.pdf").data.startswith(b"%PDF-")


def test_l201_namesakes_of_a_class_are_told_apart_on_their_cards(client, token) -> None:
    class_id = classes.create_class(YEAR, "6A1", SYSTEM)
    other = classes.create_class(YEAR, "6A2", SYSTEM)
    for name, born_on, code in (
        ("Nguyễn Minh Anh", date(2015, 3, 4), None),
        ("Nguyễn Minh Anh", date(2014, 3, 14), None),
        ("Trần Gia Bảo", date(2015, 5, 6), "2100457123"),  # twins, so to say
        ("Trần Gia Bảo", date(2015, 5, 6), "2100458123"),
        ("Lê Thị Cúc", None, None),  # nothing kept: the card number has to do
        ("Lê Thị Cúc", date(2015, 1, 2), None),
        ("Lê Thị Cúc", None, None),
        ("Nguyễn Minh Ánh", date(2015, 7, 8), None),  # another name
    ):
        pupil(name, class_id, born_on=born_on, education_id=code)
    pupil("Nguyễn Minh Ánh", other, born_on=date(2015, 9, 9))  # another class
    printed = cards.cards_of_class(queries.list_class_members(class_id))
    assert sorted((card.name, card.mark) for card in printed) == [
        ("Lê Thị Cúc", ""), ("Lê Thị Cúc", ""), ("Lê Thị Cúc", ""),
        ("Nguyễn Minh Anh", "sinh 04/03"), ("Nguyễn Minh Anh", "sinh 14/03"), ("Nguyễn Minh Ánh", ""),
        ("Trần Gia Bảo", "mã … 7123"), ("Trần Gia Bảo", "mã … 8123"),
    ]  # fmt: skip
    page(client.post(f"/staff/classes/{class_id}/cards/printed", data={"csrf_token": token}), 303)
    newcomer = pupil("Nguyễn Minh Anh", class_id, born_on=date(2015, 12, 24))
    (card,) = cards.cards_of_class(queries.list_class_members(class_id), {newcomer})
    assert card.mark == "sinh 24/12"  # also when the others' cards are not printed again
    assert client.get(f"/staff/readers/{newcomer}/card.pdf").data.startswith(b"%PDF-")


def test_an_empty_class_gives_a_sheet_that_says_so(client, token) -> None:
    class_id = classes.create_class(YEAR, "10 Toán", SYSTEM)
    answer = client.get(f"/staff/classes/{class_id}/cards.pdf")
    assert answer.status_code == 200 and answer.data.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"] == 'inline; filename="the-lop-10-toan.pdf"'
