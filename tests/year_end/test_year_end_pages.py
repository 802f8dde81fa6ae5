"""The screens of moving up and of notices, as a librarian uses them."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from lending_world import STAFF, open_school

from library.lending import service as lending
from library.notices.tables import MailMessage
from library.readers import queries
from library.readers.classes import set_homeroom_teacher
from library.readers.tables import Reader
from library.year_end.tables import YearMove
from tests.staff_client import page


@pytest.fixture
def world(app):
    with open_school() as school:
        school.add_reader("Ngô Khoa", "9A1")
        ids = school.readers
        Reader.update(email="dung@truong.edu.vn").where(Reader.id == ids["Nguyễn Văn Dũng"]).execute()
        set_homeroom_teacher(school.classes["6A1"], ids["Nguyễn Văn Dũng"], STAFF)
        first, second = school.add_title("Dế Mèn <em>", 2)
        lending.check_out(first, reader_id=ids["Ngô Khoa"], actor=STAFF, channel="desk")
        lending.check_out(second, reader_id=ids["Trần Minh An"], actor=STAFF, channel="desk")
        yield school


@pytest.fixture
def token(world, client, login_as) -> str:
    return login_as(client, "librarian")


def test_plan_edit_apply_and_undo_by_hand(world, client, token, login_as) -> None:
    start = client.post("/staff/year-end", data={"csrf_token": token, "from_year": "2026-2027"})
    url = start.location
    shown = page(client.get(url))
    assert "Áp dụng được từ 01/08/2027" in shown and "/apply" not in shown
    early = client.post(url + "/apply", data={"csrf_token": token}, follow_redirects=True)
    assert "bắt đầu ngày 01/08/2027" in page(early)
    world.clock.set_day(date(2027, 8, 2))
    token = login_as(client, "librarian")  # months later: the old session has ended
    sixth, chi = world.classes["6A1"], world.readers["Phạm Chi"]
    one = page(client.get(f"{url}/class/{sixth}"))
    assert "Trần Minh An" in one and "Ngô Khoa" not in one
    saved = client.post(
        f"{url}/class/{sixth}",
        data={"csrf_token": token, f"outcome-{chi}": "repeated", f"target-{chi}": "6a2"}, follow_redirects=True,
    )  # fmt: skip
    assert "Đã lưu 1 em" in page(saved) and "Em khác với cả lớp (1 em)" in page(saved)
    wrong = client.post(f"{url}/map", data={"csrf_token": token, f"class-{sixth}": "Mầm"}, follow_redirects=True)
    assert "Có lớp đến chưa dùng được" in page(wrong) and "/apply" not in page(wrong)
    client.post(f"{url}/map", data={"csrf_token": token, f"class-{sixth}": "7A3"})
    ready = page(client.get(url))
    order = ["1. Mỗi lớp sang đâu", "2. Em khác với cả lớp", "3. Rời trường mà còn giữ sách (1 em)", "4. Áp dụng"]
    assert sorted(order, key=ready.index) == order
    done = page(client.post(url + "/apply", data={"csrf_token": token}, follow_redirects=True))
    assert "2 em lên lớp" in done and "1 em ở lại lớp" in done and "Ngô Khoa" in done
    order = ["Lớp mới", "Từng lớp", "Em khác với cả lớp (1 em)", "chưa xong (1 em)", "Hoàn tác cả đợt"]
    assert sorted(order, key=done.index) == order, "first what became of the classes, then of whom, then the way back"
    settled = page(client.get("/staff/year-end"))
    assert "Đã lên lớp 2026–2027 → 2027–2028" in settled and "Lập trước bản dự kiến" in settled
    one = page(client.get(f"{url}/class/{sixth}"))
    assert "sang </span>7A3" in one and "sang </span>6A2" in one and "<select" not in one
    assert queries.get_reader_card(world.readers["Trần Minh An"]).class_name == "7A3"
    assert queries.get_reader_card(chi).class_name == "6A2"
    undone = page(client.post(url + "/undo", data={"csrf_token": token}, follow_redirects=True))
    assert "Đã hoàn tác: 4 em" in undone and "Bản dự kiến" in undone
    assert "hoàn tác 09:00 02/08/2027" in page(client.get(url))
    assert "Đợt này đã hoàn tác" in page(client.get(f"{url}/class/{sixth}", follow_redirects=True))
    again = YearMove.get(YearMove.applied_at.is_null()).id
    assert page(client.get(f"/staff/year-end/{again}")).count("7A3") >= 1, "the plan keeps what was edited"
    page(client.post(f"/staff/year-end/{again}/discard", data={"csrf_token": token}, follow_redirects=True))
    assert client.get(f"/staff/year-end/{again}").status_code == 404


def test_sheets_slips_and_workbook_of_notices(world, client, login_as) -> None:
    world.clock.set_day(date(2027, 1, 11))
    token = login_as(client, "librarian")
    shown = page(client.get("/staff/notices"))
    assert shown.index("Lớp 6A1") < shown.index("Lớp 9A1") and "GVCN Nguyễn Văn Dũng" in shown
    assert "Dế Mèn &lt;em&gt;" in shown and "Gửi thư điện tử đang tắt" in shown
    slips = page(client.get("/staff/notices/slips?class=6A1"))
    assert "Trần Minh An" in slips and "Ngô Khoa" not in slips and "giúp cô nhé" in slips
    assert "Ngô Khoa" in page(client.get("/staff/notices/slips?of=leaving"))
    book = openpyxl.load_workbook(io.BytesIO(client.get("/staff/notices/list.xlsx?of=all").data))
    assert book.sheetnames == ["6A1", "9A1"]
    off = client.post("/staff/notices/mail", data={"csrf_token": token, "of": "overdue"}, follow_redirects=True)
    assert "Chưa đặt máy chủ gửi thư" in page(off) and MailMessage.select().count() == 0


def test_mails_are_written_once_and_can_be_sent_again_or_cancelled(world, client, login_as, app, settings) -> None:
    from dataclasses import replace

    world.clock.set_day(date(2027, 1, 11))
    token = login_as(client, "librarian")
    app.config["KESACH_SETTINGS"] = replace(settings, mail_server="127.0.0.1", mail_from="thuvien@truong.edu.vn")
    form = {"csrf_token": token, "of": "overdue"}
    assert "Đã viết 1 thư" in page(client.post("/staff/notices/mail", data=form, follow_redirects=True))
    again = page(client.post("/staff/notices/mail", data=form, follow_redirects=True))
    assert "1 lớp đã báo trong hôm nay" in again and "Đang chờ gửi" in again and "dung@truong.edu.vn" in again
    mail = MailMessage.get()
    waiting = page(client.get("/staff/mails"))
    assert "1 thư đang chờ" in waiting and "Gửi ngay" in waiting and "Không gửi được" not in waiting
    MailMessage.update(next_try_at=None, last_error="Máy chủ thư không nhận địa chỉ này.").execute()
    failed = page(client.get("/staff/mails"))
    assert "1 thư không gửi được" in failed and "Gửi lại" in failed and "Xem địa chỉ thư của thầy cô" in failed
    page(client.post(f"/staff/mails/{mail.id}/cancel", data={"csrf_token": token}, follow_redirects=True))
    gone = page(client.post(f"/staff/mails/{mail.id}/retry", data={"csrf_token": token}, follow_redirects=True))
    assert "đã gửi hoặc đã huỷ" in gone and "Đã huỷ" in gone


def test_no_child_is_listed_for_strangers_or_viewers(world, app, login_as) -> None:
    viewer = app.test_client()
    login_as(viewer, "viewer")
    for path in ("/staff/notices", "/staff/notices/slips", "/staff/notices/list.xlsx", "/staff/mails", "/staff/year-end"):
        assert app.test_client().get(path).status_code in (302, 401)
        assert viewer.get(path).status_code == 403


def test_a_school_is_gone_through_class_after_class(world, client, token) -> None:
    url = client.post("/staff/year-end", data={"csrf_token": token, "from_year": "2026-2027"}).location
    sixth, last = world.classes["6A1"], world.classes["9A1"]
    assert "Lưu, sang lớp 9A1" in page(client.get(f"{url}/class/{sixth}"))
    form = {"csrf_token": token, f"outcome-{world.readers['Phạm Chi']}": "transferred", "then": str(last)}
    following = page(client.post(f"{url}/class/{sixth}", data=form, follow_redirects=True))
    assert "Đã lưu 1 em" in following and "Ngô Khoa" in following and "Lưu, sang lớp" not in following
