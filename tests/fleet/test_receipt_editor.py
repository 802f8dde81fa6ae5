"""The editor of receipts: what is saved, what the preview shows, which logos are taken, what kiosks get."""

from __future__ import annotations

import io
import re

import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageChops, ImageDraw

from hardware.receipt_layout import Paper, render_receipt
from kiosk.receipts import compose_receipt
from library.access.devices import add_device
from library.contract.receipt_template import (
    BUILT_IN,
    LENGTHS,
    MAX_LOGO_HEIGHT,
    MAX_LOGO_WIDTH,
    ReceiptTemplate,
    template_from_json,
)
from library.fleet import preview, receipts
from library.foundation.audit import SYSTEM
from library.foundation.errors import InvalidInput
from library.foundation.tables import AuditEntry

URL = "/staff/devices/receipts"
ALL_ON = {"show_class": "1", "show_barcodes": "1", "show_qr": "1"}


def picture(size: tuple[int, int] = (900, 500), kind: str = "PNG") -> bytes:
    drawn = Image.new("RGB", size, "white")
    ImageDraw.Draw(drawn).ellipse((200, 100, 700, 400), outline=(20, 80, 60), width=40)
    out = io.BytesIO()
    drawn.save(out, kind)
    return out.getvalue()


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def test_what_is_saved_stands_in_the_form_and_in_the_audit(client: FlaskClient, app, login_as) -> None:
    token = login_as(client, "librarian")
    form = {"csrf_token": token, "heading": "  Thư  viện\nMơ ước ", "closing_loan": "Mở cửa 7 giờ", "show_qr": "1"}
    page = client.post(URL, data=form, follow_redirects=True).text
    assert "Đã lưu mẫu phiếu, bản 1" in page and 'value="Thư viện Mơ ước"' in page
    saved = receipts.current_template()
    assert (saved.closing_loan, saved.show_qr, saved.show_class) == ("Mở cửa 7 giờ", True, False)
    entry = AuditEntry.select().order_by(AuditEntry.id.desc()).first()
    assert entry.action == "device.receipts" and entry.after["heading"] == "Thư viện Mơ ước"
    client.post(URL, data=form)
    assert receipts.current_template().version == 1, "the same again is no new version"
    client.post(f"{URL}/reset", data={"csrf_token": token})
    assert receipts.current_template() == ReceiptTemplate(version=2)


def test_too_long_a_line_is_said_and_kept(client: FlaskClient, app, login_as) -> None:
    token = login_as(client, "librarian")
    answer = client.post(URL, data={"csrf_token": token, "heading": "Ơ" * 41, **ALL_ON})
    assert answer.status_code == 422 and "dài 41 chữ" in answer.text and "Ơ" * 41 in answer.text
    assert receipts.current_template() == BUILT_IN


@pytest.mark.parametrize("width", [384, 512, 576])
@pytest.mark.parametrize("kind", sorted(preview.KINDS))
def test_the_preview_is_the_receipt_dot_for_dot(client: FlaskClient, app, login_as, kind: str, width: int) -> None:
    login_as(client, "librarian")
    query = {"kind": kind, "width": width, "heading": "Thư viện Mơ Ước", **ALL_ON}
    answer = client.get(f"{URL}/preview.png", query_string=query)
    assert answer.mimetype == "image/png"
    shown = opened(answer.data)
    template = ReceiptTemplate(heading="Thư viện Mơ Ước")
    content = preview.sample(kind, "Trường THCS", "Chúc em đọc sách vui!", width)
    drawn = render_receipt(compose_receipt(content, template), Paper(width))
    assert shown.size == (width, drawn.height + 48)
    assert ImageChops.logical_xor(shown.convert("1").crop((0, 24, width, 24 + drawn.height)), drawn).getbbox() is None


def test_the_preview_follows_the_form_and_takes_any_query(client: FlaskClient, app, login_as) -> None:
    login_as(client, "librarian")
    plain = client.get(f"{URL}/preview.png", query_string=ALL_ON).data
    assert client.get(f"{URL}/preview.png", query_string={**ALL_ON, "greeting": "Xin chào"}).data != plain
    assert client.get(f"{URL}/preview.png", query_string={**ALL_ON, "heading": "x" * 999}).data == plain
    odd = client.get(f"{URL}/preview.png?kind=<script>&width=99999999&show_qr=1")
    assert odd.status_code == 200 and opened(odd.data).width == 384


def test_only_librarians_change_receipts(client: FlaskClient, app, login_as) -> None:
    token = login_as(client, "assistant")
    assert client.get(URL).status_code == client.get(f"{URL}/preview.png").status_code == 403
    for path in ("", "/logo", "/reset"):
        assert client.post(URL + path, data={"csrf_token": token}).status_code == 403


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_logo_becomes_small_black_and_white_and_prints(client: FlaskClient, app, login_as, kind: str) -> None:
    token = login_as(client, "librarian")
    data = {"csrf_token": token, "logo": (io.BytesIO(picture(kind=kind)), "../../etc/logo.png")}
    page = client.post(f"{URL}/logo", data=data, follow_redirects=True).text
    assert "Đã đặt biểu trưng" in page and "Bỏ biểu trưng" in page
    logo = opened(receipts.current_template().logo)
    assert logo.mode == "1" and logo.width <= MAX_LOGO_WIDTH and logo.height <= MAX_LOGO_HEIGHT
    assert 255 <= logo.width <= 270 and logo.height == MAX_LOGO_HEIGHT, "cropped to what is drawn, its shape kept"
    with_logo = opened(client.get(f"{URL}/preview.png", query_string=ALL_ON).data)
    client.post(f"{URL}/logo", data={"csrf_token": token, "act": "remove"})
    without = opened(client.get(f"{URL}/preview.png", query_string=ALL_ON).data)
    assert with_logo.height == without.height + logo.height + 8


@pytest.mark.parametrize(
    ("upload", "code"),
    [
        (b"", "logo_missing"),
        (b"GIF89a" + b"\x00" * 50, "logo_bad"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "logo_bad"),
        (picture()[:200], "logo_bad"),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 400, "logo_bad"),
        (b"x" * (preview.MAX_UPLOAD + 1), "logo_large"),
    ],
    ids=["nothing", "gif", "svg", "cut short", "garbage", "large"],
)
def test_what_is_not_a_picture_is_refused(upload: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        preview.make_logo(upload)
    assert refused.value.code == code


def test_a_picture_that_unpacks_to_gigabytes_is_refused_unread() -> None:
    bomb = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < preview.MAX_UPLOAD
    with pytest.raises(InvalidInput):
        preview.make_logo(bomb.getvalue())


def test_an_all_white_picture_is_no_logo() -> None:
    blank = io.BytesIO()
    Image.new("RGB", (50, 50), "white").save(blank, "PNG")
    with pytest.raises(InvalidInput):
        preview.make_logo(blank.getvalue())


def test_kiosks_hear_of_a_version_and_fetch_it(client: FlaskClient, app, login_as) -> None:
    headers = {"Authorization": f"Bearer {add_device('Quầy A', 'kiosk', SYSTEM)}"}
    assert client.post("/api/v1/kiosk/status", json={}, headers=headers).get_json()["receipt_template"] == 0
    saved = receipts.save_logo(preview.make_logo(picture()), SYSTEM)
    assert client.post("/api/v1/kiosk/status", json={}, headers=headers).get_json()["receipt_template"] == 1
    sent = client.get("/api/v1/kiosk/receipt-template", headers=headers).get_json()
    assert template_from_json(sent) == saved
    assert client.get("/api/v1/kiosk/receipt-template").status_code == 401
    login_as(client, "librarian")
    assert "Quầy chưa lấy mẫu mới: Quầy A" in client.get(URL).text
    client.post("/api/v1/kiosk/status", json={"receipt_template": 1}, headers=headers)
    assert "chưa lấy mẫu mới" not in client.get(URL).text


@pytest.mark.parametrize(
    "damaged",
    [None, [], "x", {"heading": 5}, {"heading": "x" * 41}, {"show_qr": 1}, {"version": -1}, {"version": True},
     {"logo": "!!"}, {"logo": "aGVsbG8="}, {"logo": None}],
)  # fmt: skip
def test_a_damaged_template_is_told_from_a_whole_one(damaged: object) -> None:
    with pytest.raises(ValueError, match="template"):
        template_from_json(damaged)


def test_words_of_the_form_and_of_the_contract_are_the_same(client: FlaskClient, app, login_as) -> None:
    login_as(client, "librarian")
    page = client.get(URL).text
    assert set(LENGTHS) | set(receipts.FLAGS) <= set(re.findall(r'name="([a-z_]+)"', page))
