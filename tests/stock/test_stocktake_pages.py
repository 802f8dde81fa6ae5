"""The pages of the stock-take over the real app: begin, scan, decide, close, minutes on paper and as a workbook."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask import Flask
from lending_world import STAFF, World, open_school
from openpyxl import load_workbook

from library.lending.service import check_out
from library.stock.tables import StocktakeScan


@pytest.fixture
def desk(app: Flask) -> Iterator[World]:
    with open_school() as world:
        yield world


def plain(answer) -> str:
    body = answer.get_data(as_text=True).split("<main", 1)[-1]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def test_a_count_from_the_first_scan_to_the_minutes(desk: World, client, login_as) -> None:
    token = login_as(client, "librarian")
    here, lent, unseen = desk.add_title('=HYPERLINK("x") Truyện', 3)
    check_out(lent, reader_card=desk.cards["Phạm Chi"], actor=STAFF, channel="desk")
    assert "Chưa có đợt kiểm kê nào" in plain(client.get("/staff/stocktakes"))
    bad = client.post("/staff/stocktakes", data={"csrf_token": token, "name": "", "collection": "STN"})
    assert bad.status_code == 422 and "Đặt tên cho đợt kiểm kê" in plain(bad)
    made = client.post("/staff/stocktakes", data={"csrf_token": token, "name": "Kiểm kê hè", "collection": "STN"})
    page = made.headers["Location"]
    assert "Quét từng kệ" in plain(client.get(page))
    codes = f"{here}\r\n{here}\r\n{lent}\r\nABC-1\r\n"
    said = plain(client.post(f"{page}/scan", data={"csrf_token": token, "codes": codes}))
    assert "Vừa quét 4 mã" in said and "đang ghi cho mượn ( Phạm Chi" in said.replace("(P", "( P")
    assert "đã quét trước đó" in said and "không có trong sổ" in said
    empty = client.post(f"{page}/scan", data={"csrf_token": token, "codes": " "})
    assert empty.status_code == 422 and "Quét ít nhất một cuốn" in plain(empty)
    refused = client.post(f"{page}/close", data={"csrf_token": token, "mark": "1"}, follow_redirects=True)
    assert "Còn 1 cuốn cần quyết" in plain(refused)
    scan = StocktakeScan.get(StocktakeScan.outcome == "on_loan").id
    settled = client.post(f"{page}/settle", data={"csrf_token": token, "scan_id": scan}, follow_redirects=True)
    assert "Đã xử lý" in plain(settled)
    closed = client.post(f"{page}/close", data={"csrf_token": token, "mark": "1"}, follow_redirects=True)
    assert "1 cuốn chưa thấy đã ghi là thất lạc" in plain(closed)
    minutes = plain(client.get(f"{page}/minutes"))
    assert "Thiếu: 1 cuốn" in minutes and unseen in minutes
    book = load_workbook(io.BytesIO(client.get(f"{page}/minutes.xlsx").data))
    rows = list(book["Biên bản"].iter_rows(min_row=6, max_row=6, values_only=True))
    assert rows[0][1] == "Sách thiếu nhi" and rows[0][2] == 3 and rows[0][4:] == (2, 90_000, 0, 1, 0)
    cell = book["Chưa thấy"]["C2"]
    assert cell.value.startswith("=HYPERLINK") and cell.data_type == "s"  # a title, no formula


def test_who_may_count(desk: World, client, login_as) -> None:
    token = login_as(client, "viewer")
    assert client.post("/staff/stocktakes", data={"csrf_token": token, "name": "X"}).status_code == 403
    assert "Mở đợt kiểm kê" not in plain(client.get("/staff/stocktakes"))
    token = login_as(client, "assistant")
    assert client.post("/staff/stocktakes", data={"csrf_token": token, "name": "X"}).status_code == 403
    assert client.get("/staff/stocktakes/99").status_code == 404
