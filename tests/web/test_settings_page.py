"""The settings page: long groups have subheads, and the slot of the report's symbol is in words."""

from __future__ import annotations

import re

from library.foundation.audit import SYSTEM
from library.foundation.preferences import PREFERENCES, get_preference, set_preferences
from library.school.settings_layout import SECTIONS, split_group
from tests.staff_client import StaffClient, plain


def test_every_setting_is_shown_once_under_its_subhead(client, login_as) -> None:
    token = login_as(client)
    html = client.get("/staff/settings").text
    for kind in PREFERENCES:
        assert re.search(rf'name="{kind.key}"', html), kind.key
    shown = plain(html)
    for group, sections in SECTIONS.items():
        kinds = [kind for kind in PREFERENCES if kind.group == group]
        parts = split_group(group, kinds)
        assert sorted(kind.key for _, part in parts for kind in part) == sorted(kind.key for kind in kinds)
        assert [kind.key for _, part in parts for kind in part if kind.key not in dict.fromkeys(
            key for _, keys in sections for key in keys)] == [], "a new setting has its subhead"
        assert all(title in shown for title, _ in sections)
    assert token


def test_the_symbol_of_a_paper_is_edited_in_words(client, login_as) -> None:
    staff = StaffClient(client, login_as(client))
    set_preferences({"school_short": "THCSCL"}, SYSTEM)
    html = client.get("/staff/settings").text
    assert "school_short}" not in html and 'value="BC-[tên viết tắt]"' in html
    assert "Văn bản số 12 đang ghi là 12/BC-THCSCL." in plain(html)
    fields = {"group": "Báo cáo", "report_window": "calendar", "report_recipient": "UBND xã", "report_due_day": "25"}
    staff.redirect = 302
    staff.post("/staff/settings", **fields, report_symbol="BC-[ Tên  viết tắt ]-TV")
    assert get_preference("report_symbol") == "BC-{school_short}-TV"
    assert "12/BC-THCSCL-TV" in plain(client.get("/staff/settings").text)
    staff.post("/staff/settings", **fields, report_symbol="BC-[A]")
    assert get_preference("report_symbol") == "BC-[A]"
