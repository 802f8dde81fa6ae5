"""What is wrong with kiosks stands on the day's page: each trouble in words, what to do, and a link that leads there.

Kiosks report over HTTP, staff read over HTTP.
"""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from library.access.devices import add_device, find_device
from library.access.enrolment import create_code, tries
from library.fleet import releases
from library.fleet.upgrades import version_key
from library.foundation.audit import SYSTEM
from library.foundation.clock import clock_at, now
from library.version import VERSION
from tests.wheels import named

WELL = {
    "version": VERSION, "printer": "ok", "scanner": "connected", "journal_length": 0, "clock_ok": True,
    "snapshot_age_seconds": 60,
}  # fmt: skip
NEWER = "9.2.0"


class Kiosk:
    """A device that reports over HTTP; set up by its installer unless `by_hand`."""

    def __init__(self, client: FlaskClient, name: str, profile: str = "kiosk", *, by_hand: bool = False) -> None:
        self.client, self.name = client, name
        if by_hand:
            self.token = add_device(name, profile, SYSTEM)
        else:
            tries.forget()
            self.token = client.post("/api/v1/enrol", json={"code": create_code(name, profile, SYSTEM)}).json["token"]
        device = find_device(self.token)
        assert device is not None
        self.id = device.id

    def report(self, **status: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = self.client.post("/api/v1/kiosk/status", json={**WELL, **status}, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json


def tasks(client: FlaskClient) -> list[tuple[str, str, str]]:
    """(title, what to do, where the link leads) of the day's page, those of kiosks."""
    page = client.get("/staff/")
    assert page.status_code == 200
    task = r'<p class="task-title">(.*?)</p><p class="task-text">(.*?)</p></div>\s*<a[^>]*href="([^"]+)"'
    found = re.findall(task, page.text, re.DOTALL)
    return [(unescape(one), unescape(two), url) for one, two, url in found if url.startswith("/staff/devices")]


def add_release(app: Any, version: str) -> None:
    releases.add_release([named("kesach", version)], app.config["KESACH_SETTINGS"].files_dir, SYSTEM)


@pytest.mark.parametrize(
    ("said", "title", "advice"),
    [
        ({"printer": "paper_out"}, "Máy in hết giấy", "Lắp cuộn giấy mới"),
        ({"printer": "cover_open"}, "Nắp máy in đang mở", "Đóng nắp"),
        ({"printer": "offline"}, "Máy in không trả lời", "Xem dây"),
        ({"scanner": "disconnected"}, "Máy quét bị rút", "Cắm lại dây máy quét"),
        ({"journal_length": 20}, "20 lượt chưa gửi về", "Đừng tắt quầy"),
        ({"journal_ok": False}, "không ghi được vào thẻ nhớ", "thay thẻ"),
        ({"clock_ok": False}, "Chưa biết giờ đúng", "Xem dây mạng"),
        ({"units_old": ["kesach-kiosk.service"]}, "còn của bản trước", f"chạy lại install.sh của bản {VERSION} một lần"),
        ({"snapshot_age_seconds": 3 * 86_400}, "cũ 3 ngày", "Khởi động lại chương trình"),
    ],
)
def test_each_trouble_is_a_task_that_leads_to_its_kiosk(
    client: FlaskClient, app, login_as, said: dict[str, Any], title: str, advice: str
) -> None:
    kiosk = Kiosk(client, "Quầy A")
    login_as(client, "viewer")
    kiosk.report()
    assert tasks(client) == []
    kiosk.report(**said)
    [(shown, what_to_do, url)] = tasks(client)
    assert shown.startswith("Quầy A: ") and title in shown and advice in what_to_do
    page = client.get(url).text
    assert url == f"/staff/devices/{kiosk.id}" and title in page and advice in page
    kiosk.report()
    assert tasks(client) == []


def test_a_kiosk_not_heard_of(client: FlaskClient, app, login_as) -> None:
    kiosk = Kiosk(client, "Quầy A")
    login_as(client, "viewer")
    assert tasks(client) == [], "it was never set up: nothing to mend"
    kiosk.report(printer="paper_out")
    with clock_at(now() + timedelta(minutes=16)):
        [(title, advice, _)] = tasks(client)
        assert title == "Quầy A: Mất liên lạc" and "Xem quầy có điện không" in advice
        kiosk.report()
        assert tasks(client) == []


def test_a_mobile_desk_is_away_for_the_day_and_nobody_is_alarmed(client: FlaskClient, app, login_as) -> None:
    desk = Kiosk(client, "Bàn lưu động", "mobile")
    login_as(client, "viewer")
    desk.report()
    with clock_at(now() + timedelta(hours=7)):
        assert tasks(client) == [] and "Đang ở ngoài mạng trường" in client.get("/staff/").text
    desk.report(scanner="disconnected")
    assert [title for title, _, _ in tasks(client)] == ["Bàn lưu động: Máy quét bị rút"]


def test_the_same_trouble_at_two_kiosks_is_one_task(client: FlaskClient, app, login_as) -> None:
    one, two = Kiosk(client, "Quầy A"), Kiosk(client, "Quầy B")
    login_as(client, "viewer")
    for kiosk in (one, two):
        kiosk.report(printer="paper_out")
    two.report(printer="paper_out", scanner="disconnected")
    assert [(title, url) for title, _, url in tasks(client)] == [
        ("Quầy A, Quầy B: Máy in hết giấy", "/staff/devices"), ("Quầy B: Máy quét bị rút", f"/staff/devices/{two.id}")
    ]  # fmt: skip


# ---------------------------------------------------------------- an old program


def test_an_old_program_until_it_has_the_new_one(client: FlaskClient, app, login_as) -> None:
    """Added, offered, not taken, taken: at each step the one thing that is to be done, by whom."""
    kiosk = Kiosk(client, "Quầy A")
    login_as(client, "admin")
    kiosk.report()
    assert tasks(client) == [], "as new as the core"
    add_release(app, NEWER)
    [(title, advice, url)] = tasks(client)
    assert title == f"Quầy A: Đang chạy bản cũ {VERSION}" and f"Đã có bản {NEWER}" in advice and "đưa bản này" in advice
    assert url == "/staff/devices/releases" and f"Đang chạy bản cũ {VERSION}" in client.get("/staff/devices").text
    login_as(client, "viewer")
    assert [link for _, _, link in tasks(client)] == [f"/staff/devices/{kiosk.id}"], "a page that a viewer may open"
    releases.offer_release(NEWER, SYSTEM, "Quầy A")
    kiosk.report()
    assert tasks(client) == [], "it is on its way"
    with clock_at(now() + timedelta(hours=25)):
        login_as(client, "viewer")
        kiosk.report()
        [(_, advice, _)] = tasks(client)
        assert "chưa cài" in advice
        kiosk.report(version=NEWER)
        assert tasks(client) == []


def test_the_core_is_newer_than_every_release(client: FlaskClient, app, login_as) -> None:
    kiosk = Kiosk(client, "Quầy A")
    login_as(client, "viewer")
    kiosk.report(version="0.0.9")
    [(title, advice, _)] = tasks(client)
    assert title == "Quầy A: Đang chạy bản cũ 0.0.9" and f"Máy chủ đã lên bản {VERSION}" in advice and "thêm gói" in advice


def test_a_kiosk_that_cannot_be_updated_from_here(client: FlaskClient, app, login_as) -> None:
    kiosk = Kiosk(client, "Quầy A", by_hand=True)
    login_as(client, "viewer")
    kiosk.report()
    add_release(app, NEWER)
    [(_, advice, _)] = tasks(client)
    assert "Lấy mã cài đặt mới" in advice


def test_a_release_that_failed_or_was_decided_against_is_no_old_program(client: FlaskClient, app, login_as) -> None:
    kiosk = Kiosk(client, "Quầy A")
    start = now()
    with clock_at(start):
        add_release(app, VERSION)
        releases.offer_release(VERSION, SYSTEM)
    with clock_at(start + timedelta(hours=1)):
        add_release(app, NEWER)
        serial = releases.offer_release(NEWER, SYSTEM)
        kiosk.report(update={"version": NEWER, "serial": serial, "outcome": "fell_back"})
    with clock_at(start + timedelta(days=2)):
        login_as(client, "viewer")
        kiosk.report(update={"version": NEWER, "serial": serial, "outcome": "fell_back"})
        assert [title for title, _, _ in tasks(client)] == [f"Quầy A: Bản {NEWER} không chạy được"]
        releases.offer_release(VERSION, SYSTEM)  # back to the old one, on purpose
        kiosk.report()
        assert tasks(client) == []


@pytest.mark.parametrize("said", [None, 5, "", "<b>", "mới", ["0.1"], "9" * 40])
def test_a_version_that_is_none_is_never_old(client: FlaskClient, app, login_as, said: Any) -> None:
    kiosk = Kiosk(client, "Quầy A")
    login_as(client, "viewer")
    add_release(app, NEWER)
    kiosk.report(version=said)
    assert tasks(client) == []


def test_versions_in_order() -> None:
    ordered = ["0.1.0.dev1", "0.1.0rc1", "0.1", "0.1.0.post1", "0.2.0a1", "0.2.0", "0.9.9", "0.10.0", "1.0"]
    assert sorted(reversed(ordered), key=version_key) == ordered
    assert version_key("0.1") == version_key("0.1.0")


def test_a_damaged_journal_is_a_task_until_somebody_has_seen_it(client: FlaskClient, app, login_as) -> None:
    kiosk = Kiosk(client, "Quầy A")
    file = "journal.db.hong-20261123T024100Z"
    damage = {"file": file, "at": "2026-11-23T02:41:00Z", "saved": 3, "waiting": 2, "lost": True}
    token = login_as(client, "librarian")
    kiosk.report(journal_set_aside=1, journal_damage={**damage, "lost": False})
    [(_, advice, url)] = tasks(client)
    assert "Cứu được đủ 3 việc" in advice and url == f"/staff/devices/{kiosk.id}"
    kiosk.report(journal_set_aside=1, journal_damage=damage)
    [(_, advice, _)] = tasks(client)
    assert "3 việc cứu được, có thể còn việc bị mất" in advice and "Việc cần xem lại" not in advice
    form = {"csrf_token": token, "name": "Quầy A", "file": file}
    wrong = client.post("/staff/devices/damage-seen", data={**form, "file": "khac"})
    assert wrong.status_code == 404 and len(tasks(client)) == 1
    for _ in range(2):
        assert client.post("/staff/devices/damage-seen", data=form).status_code == 303
    assert tasks(client) == [], "at once, before the kiosk has heard of it"
    [order] = kiosk.report(journal_set_aside=1, journal_damage=damage)["orders"]
    assert (order["kind"], order["text"]) == ("damage_seen", file)
    page = unescape(client.get(f"/staff/devices/{kiosk.id}").text)
    assert "Đã xem sổ hỏng" in page and 'value="journal' not in page
    # The next one is news again.
    kiosk.report(journal_set_aside=1, journal_damage={**damage, "file": "journal.db.hong-20261124T024100Z"})
    assert len(tasks(client)) == 1


@pytest.mark.parametrize("damage", [None, 5, {}, {"file": 3}, {"file": "a", "saved": "x", "lost": "?"}])
def test_a_kiosk_may_say_anything_of_its_journal(client: FlaskClient, app, login_as, damage: Any) -> None:
    kiosk = Kiosk(client, "Quầy A")
    login_as(client, "viewer")
    kiosk.report(journal_set_aside=1, journal_damage=damage)
    [(title, advice, _)] = tasks(client)
    assert "từng bị hỏng" in title and "có thể còn việc bị mất" in advice.lower()
    assert "Đã xem</" not in client.get(f"/staff/devices/{kiosk.id}").text
