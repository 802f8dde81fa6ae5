"""Who may open what: declarations, sign-in, roles, safe redirects."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from library.web import access


def test_every_route_says_who_it_is_for(site: Flask) -> None:
    assert access.list_undeclared_routes(site) == []
    declared = {rule: str(found) for _, rule, _, found in access.list_routes(site)}
    assert declared["/staff/desk"] == "staff:assistant"
    assert declared["/api/v1/kiosk/echo"] == "device"
    assert declared["/static/<path:filename>"] == "public"


def test_an_undeclared_route_is_refused_even_to_the_librarian(site: Flask) -> None:
    site.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    client = site.test_client()
    client.set_cookie(access.STAFF_COOKIE, "token-of-lan")
    assert client.get("/forgotten").status_code == 403
    assert access.list_undeclared_routes(site) == ["/forgotten (forgotten)"]


def test_a_stranger_gets_no_staff_page(browser: FlaskClient) -> None:
    answer = browser.get("/staff/today?day=1")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/staff/login?next=%2Fstaff%2Ftoday%3Fday%3D1"
    assert "Trần Thị Lan" not in answer.text


def test_a_strangers_form_is_refused_not_turned_into_a_get(browser: FlaskClient) -> None:
    answer = browser.post("/staff/desk")
    assert answer.status_code == 401
    assert "Cần đăng nhập" in answer.text and "/staff/login" in answer.text


def test_a_stranger_who_asks_for_data_gets_no_redirect(browser: FlaskClient) -> None:
    answer = browser.get("/staff/today", headers={"Accept": "application/json"})
    assert answer.status_code == 401 and answer.json is not None and answer.json["code"] == "unauthorised"


def test_a_forged_session_is_a_stranger(browser: FlaskClient) -> None:
    browser.set_cookie(access.STAFF_COOKIE, "token-of-nobody")
    assert browser.get("/staff/today").status_code == 302


def test_roles_stand_above_each_other(browser: FlaskClient) -> None:
    browser.set_cookie(access.STAFF_COOKIE, "token-of-minh")
    assert browser.get("/staff/today").status_code == 200
    assert browser.get("/staff/desk").status_code == 403
    browser.set_cookie(access.STAFF_COOKIE, "token-of-lan")
    assert browser.get("/staff/desk").status_code == 200


def test_staff_without_a_known_role_cannot_be_declared() -> None:
    with pytest.raises(ValueError):
        access.declare_auth(lambda: "", access.Audience.STAFF, "chief")
    with pytest.raises(ValueError):
        access.declare_auth(lambda: "", access.Audience.PUBLIC, "viewer")


def test_the_session_cookie_is_for_http_only(site: Flask) -> None:
    with site.test_request_context("/", base_url="https://thuvien.example"):
        response = access.remember_sign_in(site.make_response(""), "abc")
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" in cookie


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", None, "/a\nb"],
)
def test_sign_in_never_sends_people_to_another_site(target: str | None) -> None:
    assert access.safe_next(target, "/staff/") == "/staff/"


def test_sign_in_goes_back_to_the_page_asked_for() -> None:
    assert access.safe_next("/staff/readers?q=An&page=2", "/staff/") == "/staff/readers?q=An&page=2"


@settings(max_examples=60)
@given(st.text(alphabet="/\\:.@ahtp\t\n#?%", max_size=12))
def test_whatever_is_asked_for_stays_on_this_site(target: str) -> None:
    answer = access.safe_next(target, "/staff/")
    assert answer.startswith("/") and not answer.startswith("//") and "\\" not in answer


def test_the_menu_shows_only_what_the_role_may_open(browser: FlaskClient) -> None:
    browser.set_cookie(access.STAFF_COOKIE, "token-of-minh")
    page = browser.get("/staff/today").text
    assert "Hôm nay" in page and "Quầy mượn trả" not in page
    browser.set_cookie(access.STAFF_COOKIE, "token-of-lan")
    page = browser.get("/staff/today").text
    assert page.index("Hôm nay") < page.index("Quầy mượn trả")
    assert "Biên mục" not in page  # nobody took this place
    assert page.count('aria-current="page"') == 1
