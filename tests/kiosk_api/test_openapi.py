"""/api/v1/openapi.json says all of the HTTP interface, and the core answers as it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from jsonschema_rs import Draft202012Validator
from kiosk_desk import Kiosk
from lending_world import World
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from library.contract.kiosk_api import JournalEntry, Problem, Snapshot
from library.web.access import list_routes


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    return app.test_client().get("/api/v1/openapi.json").get_json()


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    OPENAPI_31_VALIDATOR.validate(document)
    assert document["openapi"] == "3.1.0"
    for schema in document["components"]["schemas"].values():
        assert Draft202012Validator({**schema, "components": document["components"]})


def test_every_route_of_the_api_is_described_and_nothing_else(app: Flask, document: dict[str, Any]) -> None:
    described = {(path, method.upper()) for path, operations in document["paths"].items() for method in operations}
    routes = {
        (re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule), method)
        for _endpoint, rule, methods, _access in list_routes(app)
        for method in methods.split(",")
        if rule.startswith("/api/")
    }
    assert described == routes
    assert ("/api/v1/kiosk/checkouts", "POST") in described and ("/api/v1/search", "GET") in described


def test_device_calls_need_the_token_and_public_ones_do_not(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["device"]["scheme"] == "bearer"
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert ("security" in operation) == path.startswith("/api/v1/kiosk/"), path
            assert ("401" in operation["responses"]) == path.startswith("/api/v1/kiosk/"), path


def test_writes_say_that_they_need_their_key(document: dict[str, Any]) -> None:
    for name in ("checkouts", "returns", "renewals"):
        (key,) = document["paths"][f"/api/v1/kiosk/{name}"]["post"]["parameters"]
        assert (key["name"], key["in"], key["required"]) == ("Idempotency-Key", "header", True)
    (key,) = document["paths"]["/api/v1/kiosk/journal"]["post"]["parameters"]
    assert key["required"] is False


def test_messages_are_described_from_the_contract(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert set(schemas["Problem"]["properties"]) == set(Problem().to_json())
    entry = JournalEntry(key="k", kind="return", occurred_at="2026-11-23T02:00:00Z")
    assert set(schemas["JournalEntry"]["properties"]) == set(entry.to_json())
    assert schemas["JournalEntry"]["required"] == ["key", "kind", "occurred_at"]
    assert set(schemas["Snapshot"]["required"]) == set(Snapshot(version=1, generated_at="", full=True).to_json())
    loan = schemas["SnapshotCopy"]["properties"]["open_loan"]
    assert loan == {"anyOf": [{"$ref": "#/components/schemas/SnapshotLoan"}, {"type": "null"}]}


@pytest.fixture
def prepare(kiosk: Kiosk, school: World) -> Callable[[Any], None]:
    """Shows the token, and makes every second call name a card and a copy that exist."""
    cards, copies = cycle(school.cards.values()), cycle(school.add_title("Dế Mèn phiêu lưu ký", 3))
    real = cycle((True, False))

    def known(part: Any) -> None:
        if isinstance(part, dict):
            if isinstance(part.get("reader_card"), str):
                part["reader_card"] = next(cards)
            if isinstance(part.get("copy_barcode"), str):
                part["copy_barcode"] = next(copies)
            for entry in part["entries"] if isinstance(part.get("entries"), list) else ():
                known(entry)

    def ready(case: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": kiosk.headers["Authorization"]}
        if next(real):
            known(case.body)
            if "card" in (case.path_parameters or {}):
                case.path_parameters["card"] = next(cards)

    return ready


CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_call_fails_or_answers_what_is_not_described(
    app: Flask, prepare: Callable[[Any], None], mode: GenerationMode
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False  # an error is answered as it is in the school
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    seen: set[tuple[str, int]] = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query):
            continue

        @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def call(case: Any) -> None:
            prepare(case)
            answer = case.call_and_validate(checks=CHECKS)
            seen.add((case.path, answer.status_code))

        call()
    if mode is GenerationMode.POSITIVE:  # it reached what it should, not only refusals
        assert {("/api/v1/kiosk/checkouts", 201), ("/api/v1/kiosk/returns", 200), ("/api/v1/search", 200)} <= seen
        assert {("/api/v1/kiosk/readers/{card}", 200), ("/api/v1/kiosk/readers/{card}", 404)} <= seen
