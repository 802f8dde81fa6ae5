"""The audit log says before and after in words: no stored key, code or date form reaches the librarian."""

from __future__ import annotations

from datetime import date

from flask.testing import FlaskClient

from library.access.devices import add_device
from library.foundation.audit import SYSTEM, Actor, record_audit
from library.foundation.database import transaction
from library.foundation.preferences import PREFERENCES
from library.school.audit_facts import describe_facts, describe_field


def test_fields_codes_and_dates_are_words(client: FlaskClient, login_as) -> None:
    login_as(client, "librarian")
    with transaction():
        record_audit(
            Actor("staff", "Lan", 1),
            "session.log",
            "promotion_session",
            7,
            {"status": "planned", "held_on": date(2026, 11, 23).isoformat(), "form": "flag_salute"},
            {"status": "held", "held_on": date(2026, 11, 24).isoformat(), "form": "department_meeting"},
        )
    page = client.get("/staff/audit").get_data(as_text=True)
    assert "23/11/2026" in page and "24/11/2026" in page
    assert "Giới thiệu dưới cờ" in page and "Họp tổ chuyên môn" in page
    for raw in ("flag_salute", "department_meeting", "held_on", "2026-11-23"):
        assert raw not in page


def test_a_field_nobody_named_is_never_shown_by_its_key() -> None:
    assert describe_facts({"some_new_key": True, "empty": ""}) == [("Chi tiết", "có")]
    assert describe_facts({"status": "some_new_code"}) == [("Tình trạng", "khác")]


def test_a_device_has_a_type_and_an_import_a_layout(client: FlaskClient, login_as) -> None:
    add_device("Quầy cửa sau", "kiosk", Actor("staff", "Lan", 1))
    login_as(client, "librarian")
    page = client.get("/staff/audit").get_data(as_text=True)
    assert "Loại thiết bị:</span> Quầy tự phục vụ" in page and "Mẫu nhập" not in page
    assert describe_facts({"profile": "auto"}, "import_batch")[0][0] == "Mẫu nhập"


def test_every_setting_has_its_name_from_the_settings_page() -> None:
    assert all(describe_field(kind.key) != "Chi tiết" for kind in PREFERENCES)


def test_who_and_what_are_words_too(client: FlaskClient, login_as) -> None:
    """The server's own work and things there is only one of have no code behind their name."""
    with transaction():
        record_audit(SYSTEM, "demo.fill", "school", "demo", None, {"seed": 1})
    login_as(client, "librarian")
    page = client.get("/staff/audit").get_data(as_text=True)
    assert "Nạp dữ liệu mẫu · Trường</td>" in page and ">Máy chủ</td>" in page and ">kesach<" not in page
