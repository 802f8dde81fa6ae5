"""What is kept about a person is told to that person, whole; consents are noted and taken back (L167, L168)."""

from __future__ import annotations

import json
from datetime import date

import pytest
from lending_world import STAFF, open_school

from library.foundation.tables import AuditEntry
from library.lending import service as lending
from library.lending.holds import place_hold
from library.lending.visits import log_card_visit
from library.privacy.disclosure import COVERED, disclose, list_pointing
from library.readers import service
from library.readers.tables import ReaderConsent


def test_no_table_that_points_at_a_reader_is_forgotten(school, monkeypatch) -> None:
    """A table added later is told of too, although nobody has given it words yet."""
    assert set(COVERED) <= set(list_pointing())
    monkeypatch.delitem(COVERED, "card.reader")  # as if the cards had been added after this page
    told = disclose(school.readers["Trần Minh An"], STAFF, form="file")
    assert [row["number"] for row in told["also"]["card.reader"]] == [school.cards["Trần Minh An"]]
    json.dumps(told)  # plain values only


def test_everything_about_one_person_and_nobody_else(school) -> None:
    an, chi = school.readers["Trần Minh An"], school.readers["Phạm Chi"]
    first, second = school.add_title("Dế Mèn")[0], school.add_title("Đất rừng")[0]
    lending.check_out(first, reader_id=an, actor=STAFF, channel="desk", comment="mẹ em xin")
    lending.check_in(first, actor=STAFF, channel="desk")
    lending.check_out(second, reader_id=chi, actor=STAFF, channel="desk")
    place_hold(an, school.records["Đất rừng"], actor=STAFF)
    log_card_visit(school.cards["Trần Minh An"], actor=STAFF)
    service.block_reader(an, "Làm ướt sách", STAFF)
    told = disclose(an, STAFF, form="file")
    assert set(COVERED.values()) <= set(told)
    assert [(row["title"], row["ended_as"], row["comment"]) for row in told["loans"]] == [("Dế Mèn", "returned", "mẹ em xin")]
    assert [row["title"] for row in told["holds"]] == ["Đất rừng"]
    assert (len(told["visits"]), told["blocks"][0]["reason"], told["classes"][0]["class"]) == (1, "Làm ướt sách", "6A1")
    assert told["reader"]["full_name"] == "Trần Minh An" and told["cards"][0]["number"] == school.cards["Trần Minh An"]
    text = json.dumps(told, ensure_ascii=False)
    assert "Phạm Chi" not in text and school.cards["Phạm Chi"] not in text
    entry = AuditEntry.get(AuditEntry.action == "reader.disclose")
    assert entry.subject_id == str(an) and entry.after == {"form": "file"}


@pytest.fixture
def world(app):
    with open_school() as school:
        yield school


def test_page_file_consent_and_being_forgotten_by_hand(world, client, login_as, app) -> None:
    token = login_as(client, "librarian")
    an = world.readers["Trần Minh An"]
    url = f"/staff/readers/{an}/own-data"
    shown = client.get(url).get_data(as_text=True)
    assert "Dữ liệu thư viện lưu về Trần Minh An" in shown and "Chưa ghi đồng ý nào" in shown
    assert "Xoá danh tính" not in shown, "somebody who is served cannot be forgotten"
    file = client.post(url + ".json", data={"csrf_token": token})
    assert json.loads(file.data)["reader"]["id"] == an and "attachment" in file.headers["Content-Disposition"]
    empty = client.post(f"/staff/readers/{an}/own-data/consents", data={"csrf_token": token, "about": "photo", "given_by": " "})
    assert empty.status_code == 422 and "Ghi ai đồng ý" in empty.get_data(as_text=True)
    form = {"csrf_token": token, "about": "photo", "given_by": "mẹ em và em", "given_on": "2026-11-20"}
    noted = client.post(f"/staff/readers/{an}/own-data/consents", data=form, follow_redirects=True).get_data(as_text=True)
    assert "Chụp, đăng ảnh hoạt động" in noted and "mẹ em và em" in noted and "Đang đồng ý" in noted
    consent = ReaderConsent.get()
    assert consent.given_on == date(2026, 11, 20)
    other = world.readers["Phạm Chi"]
    wrong = client.post(f"/staff/readers/{other}/own-data/consents/{consent.id}/withdraw", data={"csrf_token": token},
                        follow_redirects=True)  # fmt: skip
    assert "Không tìm thấy ghi nhận này" in wrong.get_data(as_text=True)
    taken = client.post(f"/staff/readers/{an}/own-data/consents/{consent.id}/withdraw", data={"csrf_token": token},
                        follow_redirects=True)  # fmt: skip
    assert "Rút lại 23/11/2026" in taken.get_data(as_text=True)
    service.change_status(an, "transferred", STAFF)
    client.post(f"/staff/readers/{an}/own-data/forget", data={"csrf_token": token})
    gone = client.get(f"/staff/readers/{an}").get_data(as_text=True)
    assert "Bạn đọc đã ẩn danh" in gone and "Trần Minh An" not in gone
    assert "Đã xoá danh tính" in gone and "Không còn lượt nào có tên" in gone and "Chưa trả cuốn nào" not in gone
    assert "Gộp trùng" not in gone, "a merge would be refused"
    assert ReaderConsent.select().count() == 0
    viewer = app.test_client()
    viewer_token = login_as(viewer, "assistant")
    assert viewer.get(url).status_code == 403
    assert viewer.post(f"/staff/readers/{other}/own-data/forget", data={"csrf_token": viewer_token}).status_code == 403
