"""An error says what happened and what to do; programs get problem+json."""

from __future__ import annotations

import peewee
import pytest
from flask import Flask
from flask.testing import FlaskClient

from library.web import access, errors

FIELDS = {"type", "title", "status", "detail", "code", "reasons", "request_id"}


@pytest.mark.parametrize(
    ("kind", "status", "code", "words"),
    [
        ("missing", 404, "record_unknown", "Không tìm thấy biểu ghi số 7."),
        ("input", 422, "period_bad", "Khoảng ngày chưa đúng"),
        ("conflict", 409, "name_taken", "Tên lan đã có người dùng"),
        ("busy", 503, "busy", "đang bận"),
    ],
)
def test_our_errors(browser: FlaskClient, kind: str, status: int, code: str, words: str) -> None:
    page = browser.get(f"/fail/{kind}")
    assert page.status_code == status and words in page.text and page.mimetype == "text/html"
    data = browser.get(f"/api/v1/fail/{kind}")
    assert data.status_code == status and data.mimetype == "application/problem+json"
    assert data.json is not None and set(data.json) == FIELDS
    assert data.json["code"] == code and words in data.json["detail"] and data.json["status"] == status
    assert data.json["request_id"] == data.headers["X-Request-Id"]


def test_a_refusal_lists_every_reason(browser: FlaskClient) -> None:
    data = browser.get("/api/v1/fail/refused").json
    assert data is not None
    said = [(reason["code"], reason["overridable"]) for reason in data["reasons"]]
    assert said == [("loan_limit", True), ("copy_on_loan", False)]
    assert data["reasons"][1]["params"] == {"due_on": "2026-12-06"}
    assert data["reasons"][1]["message"].count("06/12/2026") == 1


def test_busy_says_when_to_come_back(browser: FlaskClient) -> None:
    assert browser.get("/fail/busy").headers["Retry-After"] == "5"
    assert browser.get("/api/v1/fail/busy").headers["Retry-After"] == "5"


def test_a_database_out_of_reach_is_busy_not_a_crash(browser: FlaskClient) -> None:
    page = browser.get("/fail/database")
    assert page.status_code == 503 and page.headers["Retry-After"] and "đang bận" in page.text
    assert "/nowhere" not in page.text
    data = browser.get("/api/v1/fail/database").json
    assert data is not None and data["code"] == "busy" and data["status"] == 503


def test_a_crash_shows_a_number_and_no_detail(browser: FlaskClient) -> None:
    for path in ("/fail/boom", "/api/v1/fail/boom"):
        answer = browser.get(path)
        assert answer.status_code == 500
        assert "secret detail" not in answer.text and "Traceback" not in answer.text
        assert answer.headers["X-Request-Id"] in answer.text


def test_unknown_addresses(browser: FlaskClient) -> None:
    page = browser.get("/khong-co")
    assert page.status_code == 404 and "Không tìm thấy trang" in page.text
    assert browser.get("/api/v1/khong-co").json["code"] == "not_found"  # type: ignore[index]  # JSON was sent
    wrong = browser.post("/api/v1/fail/missing", headers={"X-CSRF-Token": "x"})
    assert wrong.status_code == 405
    assert "GET" in wrong.headers["Allow"]


def test_whoever_lost_the_way_keeps_the_menu(browser: FlaskClient) -> None:
    public = browser.get("/khong-co").text
    assert 'href="/search"' in public and "Quầy mượn trả" not in public
    stranger = browser.get("/staff/khong-co").text
    assert "Không tìm thấy trang" in stranger and "menu-link" not in stranger
    browser.set_cookie(access.STAFF_COOKIE, "token-of-lan")
    page = browser.get("/staff/khong-co").text
    assert "Không tìm thấy trang" in page and "Quầy mượn trả" in page and 'aria-current="page"' not in page
    assert page.count("<h1") == 1


def test_a_menu_that_cannot_be_read_leaves_the_words(site: Flask) -> None:
    def broken(_token: str) -> None:
        raise peewee.OperationalError("disk I/O error")

    site.extensions["kesach_find_session"] = broken
    with site.test_client() as browser:
        browser.set_cookie(access.STAFF_COOKIE, "token-of-lan")
        answer = browser.get("/staff/khong-co")
    assert answer.status_code == 404 and "Không tìm thấy trang" in answer.text


def test_a_script_that_asks_for_json_gets_json(browser: FlaskClient) -> None:
    answer = browser.get("/fail/missing", headers={"Accept": "application/json"})
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("status", sorted(errors.PAGES))
def test_every_error_page_is_whole(site: Flask, status: int) -> None:
    with site.test_request_context("/"):
        page, shown, _ = errors.error_page(status)
    title, detail, _ = errors.PAGES[status]
    assert shown == status and title in page and detail in page
    assert page.count("<h1") == 1 and "</html>" in page
