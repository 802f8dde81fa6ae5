"""Signing in and administering accounts and devices through the real app."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from library.access import service
from library.foundation.audit import SYSTEM
from library.foundation.clock import clock_at, now
from library.web.access import STAFF_COOKIE

PASSWORD = "hoa-phượng-đỏ-7"


def form_token(client: FlaskClient, path: str) -> str:
    match = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert match is not None
    return match[1]


def sign_in(client: FlaskClient, login: str, password: str, **more: str):
    data = {"csrf_token": form_token(client, "/staff/login"), "login": login, "password": password, **more}
    return client.post("/staff/login", data=data)


def secret_on(page: str) -> str:
    match = re.search(r'class="secret">([^<]+)<', page)
    assert match is not None
    return match[1]


@pytest.fixture
def lan(app):
    return service.create_staff("lan", "Nguyễn Thị Lan", "librarian", PASSWORD, SYSTEM)


def test_signing_in_and_out(client: FlaskClient, lan) -> None:
    answer = sign_in(client, "lan", PASSWORD, next="/staff/readers?q=an")
    assert (answer.status_code, answer.location) == (303, "/staff/readers?q=an")
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith(STAFF_COOKIE))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "Nguyễn Thị Lan" in client.get("/staff/password").text
    assert client.get("/staff/login").status_code == 302  # already in
    token = form_token(client, "/staff/password")
    assert client.post("/staff/logout", data={"csrf_token": token}).location == "/staff/login"
    assert client.get("/staff/password").location.startswith("/staff/login")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_off_the_site(client: FlaskClient, lan, target: str) -> None:
    assert sign_in(client, "lan", PASSWORD, next=target).location == "/staff/"


def test_wrong_password_and_lock_out_are_said_in_words(client: FlaskClient, lan) -> None:
    for _ in range(5):
        answer = sign_in(client, "lan", "sai")
        assert answer.status_code == 403
        assert "chưa đúng" in answer.text
    locked = sign_in(client, "lan", PASSWORD)
    assert locked.status_code == 403
    assert "15 phút" in locked.text
    with clock_at(now() + timedelta(minutes=16)):
        assert sign_in(client, "lan", PASSWORD).status_code == 303


def test_a_form_without_its_token_is_refused(client: FlaskClient, lan) -> None:
    assert client.post("/staff/login", data={"login": "lan", "password": PASSWORD}).status_code == 400


def test_a_password_made_by_an_admin_must_be_changed_first(client: FlaskClient, app, login_as) -> None:
    token = login_as(client, "admin")
    page = client.post(
        "/staff/accounts",
        data={"csrf_token": token, "login": "mai", "display_name": "Trần Mai", "role": "librarian"},
    ).text
    first = secret_on(page)
    assert first not in client.get("/staff/accounts").text  # shown once
    other = app.test_client()
    assert sign_in(other, "mai", first).location == "/staff/password"
    assert other.get("/staff/").location == "/staff/password"
    token = form_token(other, "/staff/password")
    weak = other.post(
        "/staff/password", data={"csrf_token": token, "old_password": first, "password": "ngắn", "again": "ngắn"}
    )
    assert weak.status_code == 422 and "ít nhất 10 ký tự" in weak.text
    differ = other.post(
        "/staff/password", data={"csrf_token": token, "old_password": first, "password": PASSWORD, "again": "x"}
    )
    assert differ.status_code == 422
    done = other.post(
        "/staff/password", data={"csrf_token": token, "old_password": first, "password": PASSWORD, "again": PASSWORD}
    )
    assert done.location == "/staff/"
    assert other.get("/staff/").status_code == 200


def test_accounts_are_changed_disabled_and_opened_again(client: FlaskClient, lan, login_as) -> None:
    token = login_as(client, "admin")

    def act(**fields: str) -> str:
        return client.post(
            "/staff/accounts/lan", data={"csrf_token": token, **fields}, follow_redirects=True
        ).text

    assert "Đã lưu" in act(act="update", display_name="Lê Lan", role="assistant")
    found = service.find_staff("lan")
    assert found is not None and (found.display_name, found.role) == ("Lê Lan", "assistant")
    act(act="disable")
    assert "Đã khoá" in client.get("/staff/accounts").text
    act(act="enable")
    fresh = secret_on(act(act="password"))
    assert service.authenticate("lan", fresh)[1].must_change_password


def test_the_last_admin_cannot_be_disabled_on_the_page(client: FlaskClient, app, login_as) -> None:
    token = login_as(client, "admin")
    name = service.list_staff()[0].login
    page = client.post(
        f"/staff/accounts/{name}", data={"csrf_token": token, "act": "disable"}, follow_redirects=True
    ).text
    assert "tài khoản quản trị cuối cùng" in page


def test_only_admins_see_accounts(client: FlaskClient, app, login_as) -> None:
    assert client.get("/staff/accounts").status_code == 302
    login_as(client, "librarian")
    assert client.get("/staff/accounts").status_code == 403
