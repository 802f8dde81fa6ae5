"""Thẻ và PIN ở quầy: set by the librarian, kept as a verifier, gone when they go (L180)."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from test_pages import PASSWORD, form_token, sign_in

from library.access import kiosk_pins, service
from library.access.tables import StaffAccount
from library.contract.staff_pin import DEMO_CARD, DEMO_PIN, check_verifier
from library.demo.kiosk_staff import open_demo_kiosks
from library.foundation.audit import SYSTEM, Actor
from library.foundation.tables import AuditEntry

PIN = "271828"


@pytest.fixture
def lan(client: FlaskClient):
    staff = service.create_staff("lan", "Nguyễn Thị Lan", "librarian", PASSWORD, SYSTEM)
    sign_in(client, "lan", PASSWORD)
    return staff


def send(client: FlaskClient, path: str = "/staff/kiosk-pin", **form: str):
    return client.post(path, data={"csrf_token": form_token(client, "/staff/kiosk-pin"), **form})


def test_set_change_and_stop(client: FlaskClient, lan) -> None:
    assert "Chưa đặt PIN" in client.get("/staff/kiosk-pin").text
    assert client.get("/staff/kiosk-pin/card.pdf").status_code == 404
    assert send(client, password=PASSWORD, pin=PIN, again=PIN).status_code == 303
    card = kiosk_pins.find_card(lan.id)
    [one] = kiosk_pins.list_kiosk_staff()
    assert card.number and one.name == "Lan" and check_verifier(one.verifier, card.number, PIN)
    assert client.get("/staff/kiosk-pin/card.pdf").data.startswith(b"%PDF")
    # Another PIN, the same card; then another card: the old one opens nothing.
    send(client, password=PASSWORD, pin="314159", again="314159")
    assert kiosk_pins.find_card(lan.id).number == card.number
    send(client, password=PASSWORD, pin="314159", again="314159", new_card="1")
    [one] = kiosk_pins.list_kiosk_staff()
    assert not check_verifier(one.verifier, card.number, "314159")
    assert send(client, "/staff/kiosk-pin/drop").status_code == 303
    assert kiosk_pins.list_kiosk_staff() == [] and kiosk_pins.find_card(lan.id).number is None
    rows = AuditEntry.select().where(AuditEntry.action == "staff.kiosk_pin")
    assert rows.count() == 4
    kept = str([(row.before, row.after, row.comment) for row in rows]) + str(StaffAccount.get_by_id(lan.id).__data__)
    assert PIN not in kept and card.number not in kept


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"password": "sai-rồi-nhé-1", "pin": PIN, "again": PIN}, "Mật khẩu đang dùng chưa đúng"),
        ({"password": PASSWORD, "pin": PIN, "again": "314159"}, "chưa giống nhau"),
        ({"password": PASSWORD, "pin": "123456", "again": "123456"}, "đúng 6 chữ số"),
        ({"password": PASSWORD, "pin": "2718", "again": "2718"}, "đúng 6 chữ số"),
        ({"password": PASSWORD, "pin": DEMO_PIN, "again": DEMO_PIN}, "PIN của trường mẫu"),
    ],
)
def test_what_is_not_taken_is_said(client: FlaskClient, lan, form: dict[str, str], said: str) -> None:
    answer = send(client, **form)
    assert answer.status_code == 422 and said.lower() in answer.text.lower()
    assert kiosk_pins.list_kiosk_staff() == []


def test_who_may(client: FlaskClient) -> None:
    helper = service.create_staff("tho", "Trực Nhật", "assistant", PASSWORD, SYSTEM)
    boss = service.create_staff("sep", "Hiệu Phó", "admin", PASSWORD, SYSTEM)
    lan = service.create_staff("lan", "Nguyễn Thị Lan", "librarian", PASSWORD, SYSTEM)
    sign_in(client, "tho", PASSWORD)
    assert client.get("/staff/kiosk-pin").status_code == 403
    with pytest.raises(service.Forbidden):
        kiosk_pins.set_pin(helper.id, PASSWORD, PIN)
    for one in (boss, lan):
        kiosk_pins.set_pin(one.id, PASSWORD, PIN)
    assert [one.name for one in kiosk_pins.list_kiosk_staff()] == ["Phó", "Lan"]
    # Somebody made less, or locked out, is gone at once; a librarian takes nobody else's away.
    service.update_staff("lan", "Nguyễn Thị Lan", "assistant", Actor("staff", "Hiệu Phó", boss.id))
    assert [one.id for one in kiosk_pins.list_kiosk_staff()] == [boss.id]
    assert kiosk_pins.find_kiosk_staff(lan.id) is None and kiosk_pins.find_kiosk_staff(True) is None
    service.update_staff("lan", "Nguyễn Thị Lan", "librarian", Actor("staff", "Hiệu Phó", boss.id))
    client.post("/staff/logout", data={"csrf_token": form_token(client, "/staff/password")})
    sign_in(client, "lan", PASSWORD)
    assert send(client, "/staff/kiosk-pin/drop", staff_id=str(boss.id)).status_code == 403
    assert len(kiosk_pins.list_kiosk_staff()) == 2


def test_the_demo_s_card_says_what_it_is_until_it_is_replaced(client: FlaskClient, lan) -> None:
    assert "trường mẫu" not in client.get("/staff/kiosk-pin").text, "no school starts with a PIN"
    open_demo_kiosks("lan")
    [one] = kiosk_pins.list_kiosk_staff()
    assert check_verifier(one.verifier, DEMO_CARD, DEMO_PIN)
    assert "Thẻ và PIN của trường mẫu" in client.get("/staff/kiosk-pin").text
    send(client, password=PASSWORD, pin=PIN, again=PIN)
    assert "Thẻ và PIN của trường mẫu" not in client.get("/staff/kiosk-pin").text
    [one] = kiosk_pins.list_kiosk_staff()
    assert not check_verifier(one.verifier, DEMO_CARD, DEMO_PIN)


def test_an_account_that_is_a_post_is_not_called_by_its_last_word(lan) -> None:
    post = service.create_staff("thuthu", "Quản trị thư viện", "admin", PASSWORD, SYSTEM)
    for one in (lan, post):
        kiosk_pins.set_pin(one.id, PASSWORD, PIN)
    assert [one.name for one in kiosk_pins.list_kiosk_staff()] == ["Lan", ""]
