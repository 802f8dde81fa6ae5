"""Forms from elsewhere are refused; every answer carries its headers."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from library.web.access import STAFF_COOKIE


def token_on(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', page)
    assert found, page
    return found.group(1)


def test_a_post_without_the_token_is_refused(browser: FlaskClient) -> None:
    assert browser.post("/sign").status_code == 400
    token = token_on(browser.get("/sign").text)
    assert browser.post("/sign", data={"csrf_token": token}).text == "posted"
    assert browser.post("/sign", headers={"X-CSRF-Token": token}).text == "posted"
    refused = browser.post("/sign", data={"csrf_token": "0" * 64})
    assert refused.status_code == 400
    assert "Tải lại trang" in refused.text


def test_odd_letters_in_the_token_are_refused_not_a_crash(browser: FlaskClient) -> None:
    browser.get("/sign")
    assert browser.post("/sign", data={"csrf_token": "Đường"}).status_code == 400


def test_another_browsers_token_does_not_work(site: Flask) -> None:
    lan, other = site.test_client(), site.test_client()
    lan.set_cookie(STAFF_COOKIE, "token-of-lan")
    other.set_cookie(STAFF_COOKIE, "token-of-minh")
    token = token_on(other.get("/sign").text)
    assert lan.post("/staff/desk", data={"csrf_token": token}).status_code == 400
    own = token_on(lan.get("/staff/desk").text)
    assert lan.post("/staff/desk", data={"csrf_token": own}).status_code == 302


def test_a_form_sent_from_another_site_is_refused_even_with_the_token(browser: FlaskClient) -> None:
    token = token_on(browser.get("/sign").text)
    answer = browser.post("/sign", data={"csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400


def test_devices_need_no_form_token(browser: FlaskClient) -> None:
    assert browser.post("/api/v1/kiosk/echo").json == {"ok": True}


@pytest.mark.parametrize("path", ["/", "/nowhere", "/fail/boom", "/api/v1/fail/missing"])
def test_every_answer_forbids_inline_code_and_framing(browser: FlaskClient, path: str) -> None:
    headers = browser.get(path).headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Request-Id"]


def test_staff_pages_are_never_kept_by_the_browser(browser: FlaskClient) -> None:
    browser.set_cookie(STAFF_COOKIE, "token-of-lan")
    assert browser.get("/staff/today").headers["Cache-Control"] == "no-store"
    assert browser.get("/").headers["Cache-Control"] == "no-cache"


def test_files_with_their_hash_are_kept_for_good(browser: FlaskClient) -> None:
    page = browser.get("/").text
    address = re.search(r'href="(/static/css/tokens\.css\?v=[0-9a-f]{10})"', page)
    assert address
    assert "immutable" in browser.get(address.group(1)).headers["Cache-Control"]
    assert browser.get("/static/css/tokens.css").headers["Cache-Control"] == "no-cache"
    assert browser.get("/static/../install.py").status_code == 404


def test_a_notice_shows_once_and_escaped(browser: FlaskClient) -> None:
    browser.set_cookie(STAFF_COOKIE, "token-of-lan")
    token = token_on(browser.get("/staff/desk").text)
    page = browser.post("/staff/desk", data={"csrf_token": token}, follow_redirects=True).text
    assert "Đã ghi &lt;b&gt;1&lt;/b&gt; lượt." in page
    assert "Đã ghi" not in browser.get("/staff/today").text
