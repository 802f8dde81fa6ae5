"""The address of a form, opened as a page: every one of them leads to where its form stands."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from library.web.lost_posts import LED_BACK
from tests.staff_client import page

FILLED = {"month_key": "2026-11", "number": "NM-0001", "digest": "0" * 64, "login": "lan", "act": "lost", "how": "paid"}


def list_form_addresses(app: Flask) -> list[Rule]:
    """Rules of people's pages that take POST and have no GET beside it."""
    rules = [rule for rule in app.url_map.iter_rules() if not rule.rule.startswith("/api/")]
    readable = {rule.rule for rule in rules if "GET" in (rule.methods or ())}
    return [rule for rule in rules if rule.rule not in readable]


def filled(rule: Rule) -> str:
    return re.sub(r"<(\w+:)?(\w+)>", lambda found: "1" if found[1] else FILLED[found[2]], rule.rule)


def test_every_form_address_leads_to_a_page_above_it(app: Flask, client: FlaskClient, login_as) -> None:
    login_as(client, "admin")
    rules = list_form_addresses(app)
    assert len(rules) > 90
    adapter = app.url_map.bind("localhost")
    wrong = []
    for rule in rules:
        address = filled(rule)
        answer = client.get(address)
        to = answer.headers.get("Location", "")
        if answer.status_code != 302 or not address.startswith(f"{to}/") or not adapter.test(to, "GET"):
            wrong.append((rule.rule, answer.status_code, to))
        elif "<" not in rule.rule and to != "/goc-lop":  # the corner's page wants the helper's pass
            assert LED_BACK in page(client.get(to, follow_redirects=True)), rule.rule
    assert wrong == []


@pytest.mark.parametrize(
    ("address", "page_of_the_form"),
    [
        ("/staff/readers/7/own-data/consents", "/staff/readers/7/own-data"),
        ("/staff/imports/apply/abc", "/staff/imports"),
        ("/staff/year-end/3/apply", "/staff/year-end/3"),
        ("/staff/logout", "/staff"),
        ("/goc-lop/muon", "/goc-lop"),
    ],
)
def test_the_page_is_that_of_the_form(client: FlaskClient, login_as, address: str, page_of_the_form: str) -> None:
    login_as(client, "admin")
    assert client.get(address).headers["Location"] == page_of_the_form


def test_a_program_and_a_wrong_form_still_hear_no(client: FlaskClient, login_as) -> None:
    token = login_as(client, "admin")
    told = client.get("/staff/notices/mail", headers={"Accept": "application/json"})
    assert told.status_code == 405 and told.json is not None and told.json["code"] == "method_not_allowed"
    assert "POST" in told.headers["Allow"]
    assert client.get("/api/v1/kiosk/checkouts").status_code == 405
    assert client.post("/staff/audit", data={"csrf_token": token}).status_code == 405


def test_a_stranger_is_asked_to_sign_in_first(client: FlaskClient) -> None:
    answer = client.get("/staff/notices/mail", follow_redirects=True)
    assert answer.request.path == "/staff/login" and LED_BACK not in answer.text
