"""Every route says who it is for, and strangers get nowhere else (issue: every route's auth tested)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from werkzeug.routing import IntegerConverter, Rule

from library.web.access import Audience, list_routes

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

SAFE = {"GET", "HEAD", "OPTIONS"}


def _address(rule: Rule) -> str:
    """A path that the rule matches, with made-up values."""
    path = rule.rule
    for name, converter in rule._converters.items():
        value = "1" if isinstance(converter, IntegerConverter) else "x"
        for written in (f"<int:{name}>", f"<path:{name}>", f"<string:{name}>", f"<{name}>"):
            path = path.replace(written, value)
    return path


def test_every_route_declares_its_audience(app: Flask) -> None:
    undeclared = [endpoint for endpoint, _rule, _methods, access in list_routes(app) if access is None]
    assert undeclared == []


def test_public_routes_are_the_opac_and_nothing_of_the_staff(app: Flask) -> None:
    public = {
        rule for _endpoint, rule, _methods, access in list_routes(app) if access and access.audience is Audience.PUBLIC
    }
    staff_paths = {path for path in public if path.startswith("/staff")}
    assert staff_paths <= {"/staff/login"}


def test_a_stranger_gets_into_no_staff_page(app: Flask, client: FlaskClient) -> None:
    checked = 0
    for rule in app.url_map.iter_rules():
        access = app.view_functions[rule.endpoint]
        from library.web.access import declared_access

        declared = declared_access(access)
        if declared is None or declared.audience is not Audience.STAFF:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            answer = client.open(_address(rule), method=method)
            if method == "GET":
                assert answer.status_code == 302 and "/staff/login" in answer.location or answer.status_code == 401, rule
            else:
                assert answer.status_code in (400, 401), (rule, method, answer.status_code)
            checked += 1
    assert checked > 10


def test_a_viewer_cannot_use_what_needs_more(app: Flask, client: FlaskClient, login_as) -> None:
    token = login_as(client, "viewer")
    from library.web.access import declared_access, role_reaches

    checked = 0
    for rule in app.url_map.iter_rules():
        declared = declared_access(app.view_functions[rule.endpoint])
        if declared is None or declared.audience is not Audience.STAFF or role_reaches("viewer", declared.role):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            answer = client.open(_address(rule), method=method, headers={"X-CSRF-Token": token})
            assert answer.status_code == 403, (rule, method, answer.status_code)
            checked += 1
    assert checked > 5


def test_a_form_without_its_token_changes_nothing(app: Flask, client: FlaskClient, login_as) -> None:
    login_as(client, "admin")
    from library.web.access import declared_access

    for rule in app.url_map.iter_rules():
        declared = declared_access(app.view_functions[rule.endpoint])
        if declared is None or declared.audience is Audience.DEVICE:
            continue
        for method in sorted((rule.methods or set()) - SAFE):
            assert client.open(_address(rule), method=method).status_code == 400, (rule, method)


def test_devices_need_a_token(app: Flask, client: FlaskClient) -> None:
    for path in ("hello", "readers/TV00000001", "snapshot"):
        answer = client.get(f"/api/v1/kiosk/{path}", headers={"Authorization": "Bearer nonsense"})
        assert answer.status_code == 401, path
        assert answer.mimetype == "application/problem+json"
        assert answer.json["code"] == "unauthorised"


@pytest.mark.parametrize("path", ["/", "/staff/login", "/static/css/base.css"])
def test_pages_allow_no_foreign_or_inline_script(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy and "unsafe-eval" not in policy
    assert "default-src 'self'" in policy
    body = answer.get_data(as_text=True)
    assert " onclick=" not in body and "<script>" not in body and " style=" not in body
