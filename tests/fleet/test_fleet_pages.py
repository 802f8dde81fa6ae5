"""The pages of devices through the real app: tokens, codes, how each kiosk is, messages, restarts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from library.access import devices
from library.access.setup_sheet import TEST_CODES
from library.contract.scans import Scanned, classify_scan
from library.fleet import service
from library.foundation.audit import SYSTEM
from library.foundation.clock import clock_at, local_time, now
from library.web.access import STAFF_COOKIE


def secret_on(page: str) -> str:
    match = re.search(r'class="secret(?: spoken)?">([^<]+)<', page)
    assert match is not None
    return match[1]


def test_a_device_gets_its_token_once_and_loses_it(client: FlaskClient, app, login_as) -> None:
    token = login_as(client, "admin")
    page = client.post("/staff/devices", data={"csrf_token": token, "name": "Quầy <1>", "profile": "kiosk"}).text
    device_token = secret_on(page)
    assert devices.find_device(device_token) is not None
    assert device_token not in client.get("/staff/devices").text
    assert "Quầy &lt;1&gt;" in client.get("/staff/devices").text
    again = client.post("/staff/devices", data={"csrf_token": token, "name": "Quầy <1>", "profile": "kiosk"})
    assert again.status_code == 422 and "đã có người dùng" in again.text
    client.post("/staff/devices/revoke", data={"csrf_token": token, "name": "Quầy <1>"})
    assert devices.find_device(device_token) is None


def test_a_device_says_in_words_how_it_is(client: FlaskClient, app, login_as) -> None:
    login_as(client, "admin")
    device = devices.find_device(devices.add_device("Quầy", "kiosk", SYSTEM))
    assert device is not None
    assert "Chưa cài xong" in client.get("/staff/devices").text
    day = 86_400
    devices.touch_device(
        device,
        {"printer": "paper_out", "scanner": "<b>", "journal_length": 3, "version": "0.1.0", "clock_ok": False,
         "snapshot_age_seconds": 8 * day},
    )  # fmt: skip
    page = client.get("/staff/devices").text
    for words in ("hết giấy", ">3<", "bản 0.1.0", "Chưa biết giờ đúng", "cũ 8 ngày", "Lắp cuộn giấy mới", "chưa rõ"):
        assert words in page, words
    assert "<b>" not in page
    with clock_at(now() + timedelta(minutes=16)):
        assert "Mất liên lạc" in client.get("/staff/devices").text


@pytest.mark.parametrize(
    ("said", "words"), [("ok", "loa ở quầy phát"), ("missing", "chưa có gì để phát"), ("failed", "không phát được"), (7, "chưa rõ")]
)
def test_whether_a_kiosk_can_be_heard(client: FlaskClient, app, login_as, said: object, words: str) -> None:
    login_as(client, "admin")
    device = devices.find_device(devices.add_device("Quầy", "kiosk", SYSTEM))
    assert device is not None
    devices.touch_device(device, {"printer": "ok", "scanner": "connected", "sound": said})
    page = client.get(f"/staff/devices/{device.id}").text
    assert words in page[page.index("Âm thanh") :][:300]


@pytest.mark.parametrize(
    "status", [{}, {"version": 5, "journal_length": "x", "printer": ["ok"], "snapshot_age_seconds": None}, {"printer": {}}]
)
def test_a_device_may_say_anything_of_itself(client: FlaskClient, app, login_as, status: dict) -> None:
    login_as(client, "admin")
    device = devices.find_device(devices.add_device("Quầy", "kiosk", SYSTEM))
    assert device is not None
    devices.touch_device(device, status)
    assert client.get("/staff/devices").status_code == 200


def test_an_installer_code_from_the_page_opens_once(client: FlaskClient, app, login_as) -> None:
    token = login_as(client, "admin")
    page = client.post("/staff/devices/code", data={"csrf_token": token, "name": "Quầy A", "profile": "kiosk"}).text
    code = secret_on(page)
    assert f"sudo ./install.sh http://ĐỊA-CHỈ-MÁY-CHỦ {code}" in page
    assert code not in client.get("/staff/devices").text
    signed_in = client.get_cookie(STAFF_COOKIE)
    assert signed_in is not None
    client.set_cookie(STAFF_COOKIE, signed_in.value, domain="192.168.1.10")
    elsewhere = client.post(
        "/staff/devices/code", data={"csrf_token": token, "name": "Quầy A", "profile": "kiosk"},
        base_url="http://192.168.1.10:8000",
    )  # fmt: skip
    assert "install.sh http://192.168.1.10:8000 " in elsewhere.text
    enrolled = client.post("/api/v1/enrol", json={"code": secret_on(elsewhere.text)})
    assert enrolled.status_code == 201 and "Quầy A" in client.get("/staff/devices").text
    bad = client.post("/staff/devices/code", data={"csrf_token": token, "name": " ", "profile": "kiosk"})
    assert bad.status_code == 422 and "1–64 ký tự" in bad.text


def test_the_scanner_sheet_is_one_page_of_codes_we_understand(client: FlaskClient, app, login_as) -> None:
    login_as(client, "admin")
    answer = client.get("/staff/devices/setup-sheet.pdf")
    assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF-")
    for one in TEST_CODES:
        assert classify_scan(one.text) == Scanned(one.kind, one.text)


def test_viewers_look_librarians_ask_admins_add(client: FlaskClient, app, login_as) -> None:
    assert client.get("/staff/devices").status_code == 302
    devices.add_device("Quầy", "kiosk", SYSTEM)
    token = login_as(client, "viewer")
    page = client.get("/staff/devices").text
    assert "Quầy" in page and "Gửi lời nhắn" not in page and "Thêm thiết bị" not in page
    for path in ("message", "message/withdraw", "restart", "code", "revoke"):
        assert client.post(f"/staff/devices/{path}", data={"csrf_token": token}).status_code == 403, path
    token = login_as(client, "librarian")
    page = client.get("/staff/devices").text
    assert "Gửi lời nhắn" in page and "Thêm thiết bị" not in page
    for path in ("code", "revoke"):
        assert client.post(f"/staff/devices/{path}", data={"csrf_token": token}).status_code == 403, path


def test_a_message_is_sent_seen_and_taken_down(client: FlaskClient, app, login_as) -> None:
    token = login_as(client, "librarian")
    devices.add_device("Quầy A", "kiosk", SYSTEM)
    until = f"{local_time(now() + timedelta(days=1)):%Y-%m-%d}"
    sent = {"csrf_token": token, "text": "Máy in <b>hết giấy</b>.", "until": until, "until_hour": "17:00", "device": ""}
    page = client.post("/staff/devices/message", data=sent, follow_redirects=True).text
    assert "tới 1 quầy" in page and "“Máy in &lt;b&gt;hết giấy&lt;/b&gt;.”" in page and "Chờ quầy nhận" in page
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    done = client.post(
        "/staff/devices/message/withdraw", data={"csrf_token": token, "key": key[1]}, follow_redirects=True
    ).text
    assert "Đã gỡ lời nhắn" in done and "hết giấy&lt;" not in done


@pytest.mark.parametrize(
    ("text", "until", "said"),
    [("", "2099-01-01", "Ghi lời nhắn"), ("x" * 121, "", "dài 121 chữ"), ("Xin chào", "", "Chọn lúc gỡ"),
     ("Xin chào", "2001-01-01", "Chọn lúc gỡ"), ("Xin chào", "2099-01-01", "Chọn lúc gỡ")],
)  # fmt: skip
def test_a_message_that_cannot_be_is_kept_in_the_form(
    client: FlaskClient, app, login_as, text: str, until: str, said: str
) -> None:
    token = login_as(client, "librarian")
    devices.add_device("Quầy A", "kiosk", SYSTEM)
    data = {"csrf_token": token, "text": text, "until": until, "until_hour": "17:00", "device": "Quầy A"}
    answer = client.post("/staff/devices/message", data=data)
    assert answer.status_code == 422 and said in answer.text
    assert f'value="{text}"' in answer.text or not text


def test_a_restart_is_asked_for_once_and_its_end_is_shown(client: FlaskClient, app, login_as) -> None:
    token = login_as(client, "librarian")
    device = devices.find_device(devices.add_device("Quầy A", "kiosk", SYSTEM))
    assert device is not None
    for _ in range(2):
        data = {"csrf_token": token, "name": "Quầy A", "kind": "restart_program"}
        page = client.post("/staff/devices/restart", data=data, follow_redirects=True).text
    assert page.count("Chờ quầy nhận") == 1
    with clock_at(now() + timedelta(minutes=16)):
        assert "Quá hạn, quầy chưa nhận" in client.get(f"/staff/devices/{device.id}").text
    bad = {"csrf_token": token, "name": "Quầy A", "kind": "rm -rf"}
    assert client.post("/staff/devices/restart", data=bad).status_code == 400
    assert client.get("/staff/devices/999").status_code == 404


def test_a_restart_says_when_the_kiosk_was_back(client: FlaskClient, app, login_as) -> None:
    login_as(client, "librarian")
    device = devices.find_device(devices.add_device("Quầy A", "kiosk", SYSTEM))
    assert device is not None
    path, start = f"/staff/devices/{device.id}", now().replace(hour=2, minute=0)
    with clock_at(start):
        service.order_restart("Quầy A", "restart_program", SYSTEM)
        [order] = service.receive_status(device, {"run_id": "one"}, "192.168.1.21")
    done = {"orders_done": [{"key": order.key, "outcome": "done"}]}
    with clock_at(start + timedelta(minutes=1)):
        service.receive_status(device, {"run_id": "one", **done}, "192.168.1.21")  # its last word before it ends
        page = client.get(path).text
    assert "Quầy đã nhận lúc 09:01 " in page and "chạy lại khi không có em nào đứng đó" in page
    assert "Quầy đã chạy lại" not in page
    with clock_at(start + timedelta(minutes=20)):
        assert "khi không có em nào" not in client.get(path).text.split("Đã nhờ quầy làm")[-1], "no news for ever"
    for minutes, run in ((3, "two"), (4, "two"), (9, "three")):
        with clock_at(start + timedelta(minutes=minutes)):
            service.receive_status(device, {"run_id": run, **done}, "192.168.1.21")
    with clock_at(start + timedelta(minutes=10)):
        page = client.get(path).text
    assert "Quầy đã chạy lại lúc 09:03" in page and "Quầy đã nhận lúc" not in page


def test_a_revoked_device_is_still_shown(client: FlaskClient, app, login_as) -> None:
    token = login_as(client, "admin")
    device = devices.find_device(devices.add_device("Quầy cũ", "kiosk", SYSTEM))
    assert device is not None
    client.post("/staff/devices/revoke", data={"csrf_token": token, "name": "Quầy cũ"})
    assert "Đã thu hồi" in client.get("/staff/devices").text
    page = client.get(f"/staff/devices/{device.id}").text
    assert "Đã thu hồi lúc" in page and "Mở lại màn hình" not in page


def test_trouble_at_a_kiosk_stands_on_the_day_s_page(client: FlaskClient, app, login_as) -> None:
    login_as(client, "viewer")
    device = devices.find_device(devices.add_device("Quầy A", "kiosk", SYSTEM))
    assert device is not None
    devices.touch_device(device, {"printer": "paper_out", "scanner": "connected"})
    page = client.get("/staff/").text
    assert "Quầy A: Máy in hết giấy" in page and "Lắp cuộn giấy mới" in page
    devices.touch_device(device, {"printer": "ok", "scanner": "connected"})
    assert "Quầy A: " not in client.get("/staff/").text
