"""What an attacker would try against the whole core; each of these was once wrong or would be costly if it were."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient

from library.access.devices import add_device
from library.foundation.audit import SYSTEM
from library.foundation.calendar import ensure_year
from library.foundation.database import database
from library.readers import classes
from library.web.access import STAFF_COOKIE, Audience, list_routes

ENROL = "/api/v1/enrol"  # a one-time code stands in for the token


def test_no_device_call_answers_without_its_token(app: Flask, client: FlaskClient) -> None:
    calls = [
        (rule.replace("<path:card>", "TV00000013"), method)
        for _endpoint, rule, methods, access in list_routes(app)
        if access is not None and access.audience is Audience.DEVICE
        for method in methods.split(",")
        if rule != ENROL
    ]
    assert len(calls) >= 8
    for path, method in calls:
        for shown in (None, "Bearer ", "Bearer nonsense", "Basic eDp5", "Bearer " + "a" * 5_000):
            answer = client.open(path, method=method, headers={"Authorization": shown} if shown else {}, json={})
            assert answer.status_code == 401, (path, shown)


def test_a_session_of_staff_opens_no_device_call_and_a_device_no_page(
    client: FlaskClient, app: Flask, login_as
) -> None:
    login_as(client, "admin")
    assert client.get("/api/v1/kiosk/snapshot").status_code == 401
    token = add_device("Quầy", "kiosk", SYSTEM)
    stranger = app.test_client()
    stranger.set_cookie(STAFF_COOKIE, token)
    headers = {"Authorization": f"Bearer {token}"}
    assert stranger.get("/staff/readers", headers=headers).status_code == 302


def test_signing_in_takes_no_session_that_was_handed_over(client: FlaskClient, app: Flask, login_as) -> None:
    """Session fixation: what the attacker put into the browser before is worth nothing after."""
    login_as(app.test_client(), "librarian")
    planted = "planted-by-somebody-else"
    client.set_cookie(STAFF_COOKIE, planted)
    form = client.get("/staff/login").text
    csrf = form.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = client.post(
        "/staff/login",
        data={
            "login": "thu-librarian-0", "password": "mot-mat-khau-du-dai-2026", "csrf_token": csrf,
            "next": "//elsewhere.example/",
        },
    )  # fmt: skip
    assert answer.status_code == 303 and answer.location == "/staff/"
    kept = client.get_cookie(STAFF_COOKIE)
    assert kept is not None and kept.value != planted and kept.http_only and kept.same_site == "Lax"
    attacker = app.test_client()
    attacker.set_cookie(STAFF_COOKIE, planted)
    assert attacker.get("/staff/").status_code == 302


@pytest.mark.parametrize("name", ["6班", "6Ａ１ “”", '6A";\u2028x'])
def test_a_class_name_goes_into_no_header(client: FlaskClient, login_as, name: str) -> None:
    login_as(client, "librarian")
    ensure_year("2026-2027")
    class_id = classes.create_class("2026-2027", name, SYSTEM)
    answer = client.get(f"/staff/classes/{class_id}/cards.pdf")
    assert answer.status_code == 200
    disposition = answer.headers["Content-Disposition"]
    assert disposition.isascii() and disposition.count('"') == 2 and "\n" not in disposition


def test_the_log_names_the_call_and_not_the_card(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Authorization": f"Bearer {add_device('Quầy', 'kiosk', SYSTEM)}"}
    assert client.get("/api/v1/kiosk/hello", headers=headers).status_code == 200
    database.execute_sql("ALTER TABLE card RENAME TO card_gone")
    with caplog.at_level(logging.INFO):
        assert client.get("/api/v1/kiosk/readers/TV00000013", headers=headers).status_code == 503
    said = [record.getMessage() for record in caplog.records]
    assert any("/api/v1/kiosk/readers/" in line for line in said)
    assert not any("TV00000013" in line or headers["Authorization"][7:] in line for line in said)
