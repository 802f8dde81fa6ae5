"""What no page has sent: a number no row can have in the address, JSON of another shape. Words, never a crash."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.test_form_addresses import FILLED

TOO_LONG = "9" * 30


def test_a_number_no_row_can_have_is_an_unknown_page_everywhere(app: Flask, client: FlaskClient, login_as) -> None:
    login_as(client, "admin")
    rules = [rule for rule in app.url_map.iter_rules() if "<int:" in rule.rule and "GET" in (rule.methods or ())]
    assert len(rules) > 40
    numbers = dict.fromkeys(("year", "grade", "number", "size", "width"), TOO_LONG)
    wrong = []
    for rule in rules:
        values = {name: FILLED.get(name, TOO_LONG) for name in rule.arguments} | numbers
        address = rule.rule
        for name in rule.arguments:
            for kind in ("int:", "path:", "float:", ""):
                address = address.replace(f"<{kind}{name}>", values[name])
        answer = client.get(address)
        if answer.status_code not in (401, 404):  # 401: what devices ask for
            wrong.append((address, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize(
    "address",
    ["/staff/audit?reader={}", "/staff/audit?loan={}", "/staff/audit?before={}", "/staff/desk?reader={}",
     "/staff/corners/new?class={}", "/staff/corners/exchange?first={}&second={}", "/staff/textbooks/shortfall?class={}"],
)  # fmt: skip
def test_such_a_number_behind_the_question_mark_chooses_nobody(client: FlaskClient, login_as, address: str) -> None:
    login_as(client, "admin")
    for number in (TOO_LONG, "9" * 5000, "-1", "x"):
        assert client.get(address.replace("{}", number)).status_code in (200, 302, 404), number


@pytest.mark.parametrize("path", ["/staff/desk/scan", "/staff/desk/undo", "/staff/door", "/staff/textbooks/collect/check"])
@pytest.mark.parametrize("body", ["[1]", '"x"', "5", "null", "{", "[" * 100_000])
def test_json_that_is_no_form_is_said_to_be_unclear(client: FlaskClient, login_as, path: str, body: str) -> None:
    headers = {"X-CSRF-Token": login_as(client, "admin"), "Accept": "application/json"}
    answer = client.post(path, data=body, content_type="application/json", headers=headers)
    assert answer.status_code == 400 and answer.json is not None
    assert answer.json["code"] == "malformed" and "Tải lại trang rồi thử lại" in answer.json["detail"]


def test_fields_of_another_shape_are_no_crash(client: FlaskClient, login_as) -> None:
    headers = {"X-CSRF-Token": login_as(client, "admin")}
    for value in ({"a": 1}, ["x"], TOO_LONG, "9" * 5000, None, True):
        scanned = client.post("/staff/desk/scan", json={"text": value, "reader_id": value}, headers=headers)
        assert scanned.status_code == 200
        undone = client.post("/staff/desk/undo", json={"entry": value, "reader_id": value}, headers=headers)
        assert undone.status_code == 409
        checked = client.post("/staff/textbooks/collect/check", json={"lines": value}, headers=headers)
        assert checked.status_code == 200
