"""The report screens: preview, words, files, send, correct, and the rows behind each figure."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from docx import Document
from report_world import october_2026

from library.foundation.clock import at_local, clock_at
from library.reporting import service
from tests.staff_client import page


@pytest.fixture(autouse=True)
def november():
    with clock_at(at_local(date(2026, 11, 10), 9)):
        yield


def test_the_preview_says_what_the_files_say_and_links_each_figure(client, login_as) -> None:
    login_as(client)
    october_2026()
    shown = page(client.get("/staff/reports/2026-10"))
    assert "Trong kỳ có 41 lượt bạn đọc" in shown and "còn thiếu buổi theo chuyên đề" in shown
    links = set(re.findall(r'href="(/staff/reports/2026-10/rows/[^"]+)"', shown))
    assert len(links) > 60
    for link in sorted(links)[::7]:
        assert "Cách tính" in shown and page(client.get(link))
    rows = page(client.get("/staff/reports/2026-10/rows/readers.teacher.home"))
    assert "Từ điển" in rows and "C6" in rows and "Nguyễn Thị Hạnh" not in rows


@pytest.mark.parametrize("ending", ["docx", "pdf", "xlsx", "json"])
def test_files_are_downloaded_with_a_plain_name(client, login_as, ending) -> None:
    login_as(client, "viewer")
    answer = client.get(f"/staff/reports/2026-10/file.{ending}")
    assert answer.status_code == 200 and len(answer.data) > 1000
    assert f"bao-cao-thu-vien-2026-10.{ending}" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_write_send_and_correct(client, login_as) -> None:
    token = login_as(client)
    world = october_2026()
    assert "đang là gợi ý" in page(client.get("/staff/reports/2026-10"))
    bad = page(
        client.post(
            "/staff/reports/2026-10/words", data={"csrf_token": token, "dated_on": "hôm nay", "plan": "Giữ lại"}
        )
    )
    assert "Ngày ghi trên báo cáo chưa đúng" in bad and "Giữ lại" in bad
    client.post("/staff/reports/2026-10/words", data={"csrf_token": token, "number": "7", "dated_on": "05/11/2026",
                                                      "plan": "Nhắc trả sách"})  # fmt: skip
    client.post("/staff/reports/2026-10/send", data={"csrf_token": token})
    world.visit(date(2026, 10, 20), people=9)
    sent = page(client.get("/staff/reports/2026-10"))
    assert "Bản gửi không đổi" in sent and "Thay đổi từ khi gửi" in sent and "41 lượt bạn đọc" in sent
    client.post("/staff/reports/2026-10/correct", data={"csrf_token": token})
    revision = page(client.get("/staff/reports/2026-10"))
    assert "Bản điều chỉnh 2" in revision and "50 lượt bạn đọc" in revision and "Khác bản 1 đã gửi" in revision
    old = Document(io.BytesIO(client.get("/staff/reports/2026-10/file.docx?version=1").data))
    assert any("41 lượt bạn đọc" in paragraph.text for paragraph in old.paragraphs)
    assert "Đã gửi" in page(client.get("/staff/reports/2026-10?version=1"))


def test_only_the_librarian_writes_and_sends(client, login_as) -> None:
    token = login_as(client, "assistant")
    assert client.get("/staff/reports/2026-10/words").status_code == 403
    assert client.post("/staff/reports/2026-10/send", data={"csrf_token": token}).status_code == 403
    assert service.list_versions(2026, 10) == []


def test_addresses_that_are_none(client, login_as) -> None:
    login_as(client)
    for path in ("2026-13", "abc", "2026-1", "1999-10", "2026-10/file.exe", "2026-10/rows/x.y.z", "2026-10?version=9"):
        assert client.get(f"/staff/reports/{path}").status_code == 404, path
    for path in ("", "?year=2025-2026", "?year=rubbish", "/rules", "/2026-11?version=x"):
        page(client.get(f"/staff/reports{path}"))
    to_come = client.get("/staff/reports/2027-05")
    assert to_come.status_code == 302
    assert "chưa tới" in page(client.get(to_come.location))
    assert client.get("/staff/reports/2027-05/file.pdf").status_code == 422
