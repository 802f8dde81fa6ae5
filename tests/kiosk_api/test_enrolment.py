"""A kiosk's installer exchanges its one-time code for a token: once, within the hour, and guessing is slow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from library.access.devices import add_device, find_device
from library.access.enrolment import TRIES_IN_ALL, TRIES_PER_ADDRESS, create_code, exchange_code, tries
from library.access.tables import EnrolmentCode
from library.foundation.audit import SYSTEM
from library.foundation.clock import clock_at
from library.foundation.tables import AuditEntry

ENROL = "/api/v1/enrol"


class Now:
    """A clock that stands still until told."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

    def go(self, by: timedelta) -> None:
        self.at += by


@pytest.fixture
def time() -> Iterator[Now]:
    moment = Now()
    with clock_at(lambda: moment.at):
        yield moment


@pytest.fixture(autouse=True)
def a_new_process() -> Iterator[None]:
    tries.forget()
    yield
    tries.forget()


def send(client: FlaskClient, code: str, address: str = "10.0.0.5") -> TestResponse:
    return client.post(ENROL, json={"code": code}, environ_overrides={"REMOTE_ADDR": address})


def test_a_code_opens_once_and_the_token_works(client: FlaskClient) -> None:
    code = create_code("Quầy sảnh", "kiosk", SYSTEM)
    assert len(code) == 9 and code[4] == "-"
    answer = send(client, f" {code.lower().replace('-', ' ')} ")
    assert answer.status_code == 201 and answer.headers["Cache-Control"] == "no-store"
    assert answer.json is not None and answer.json["device"] == "Quầy sảnh"
    hello = client.get("/api/v1/kiosk/hello", headers={"Authorization": f"Bearer {answer.json['token']}"})
    assert hello.status_code == 200 and hello.json is not None and hello.json["device"] == "Quầy sảnh"
    again = send(client, code)
    assert again.status_code == 403 and again.json is not None and again.json["code"] == "enrolment_bad"
    assert again.mimetype == "application/problem+json"


def test_neither_code_nor_token_is_kept(client: FlaskClient) -> None:
    code = create_code("Quầy", "kiosk", SYSTEM)
    answer = send(client, code)
    assert answer.json is not None
    kept = repr(list(EnrolmentCode.select().dicts())) + repr(list(AuditEntry.select().dicts()))
    for secret in (code, code.replace("-", ""), answer.json["token"]):
        assert secret not in kept


def test_a_code_dies_after_an_hour(client: FlaskClient, time: Now) -> None:
    code = create_code("Quầy", "kiosk", SYSTEM)
    time.go(timedelta(minutes=59, seconds=59))
    other = create_code("Quầy khác", "kiosk", SYSTEM)
    time.go(timedelta(seconds=1))
    assert send(client, code).status_code == 403
    assert send(client, other).status_code == 201


def test_a_new_code_puts_the_older_one_of_that_name_out(client: FlaskClient) -> None:
    first, second = create_code("Quầy", "kiosk", SYSTEM), create_code("Quầy", "kiosk", SYSTEM)
    assert send(client, first).status_code == 403
    assert send(client, second).status_code == 201


def test_a_kiosk_set_up_anew_gets_a_new_token_and_the_old_one_stops(client: FlaskClient) -> None:
    old = add_device("Quầy", "kiosk", SYSTEM)
    code = create_code("Quầy", "kiosk", SYSTEM)
    assert find_device(old) is not None, "making a code changes nothing yet"
    answer = send(client, code)
    assert answer.json is not None
    assert find_device(old) is None and find_device(answer.json["token"]) is not None


def test_guessing_is_slowed_down_for_the_guesser_only(client: FlaskClient, time: Now) -> None:
    code = create_code("Quầy", "kiosk", SYSTEM)
    for _ in range(TRIES_PER_ADDRESS):
        assert send(client, "AAAA-AAAA", "10.0.0.9").status_code == 403
    refused = send(client, code, "10.0.0.9")
    assert refused.status_code == 429 and refused.json is not None and refused.json["code"] == "too_often"
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert send(client, code, "10.0.0.5").status_code == 201, "the code was not used up by the refusal"
    time.go(timedelta(seconds=int(refused.headers["Retry-After"])))
    assert send(client, "AAAA-AAAA", "10.0.0.9").status_code == 403


def test_many_addresses_together_are_slowed_down_too(client: FlaskClient, time: Now) -> None:
    for number in range(TRIES_IN_ALL):
        assert send(client, "AAAA-AAAA", f"10.0.1.{number}").status_code == 403
    assert send(client, "AAAA-AAAA", "10.0.2.1").status_code == 429


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"code": 5}', b'{"code": null}', b'{"code": "%s"}' % (b"A" * 9000)])
def test_anything_else_is_malformed(client: FlaskClient, body: bytes) -> None:
    answer = client.post(ENROL, data=body)
    assert answer.status_code == 400 and answer.json is not None and answer.json["code"] == "malformed"


def test_a_code_on_both_databases(database: str) -> None:
    code = create_code("Quầy", "mobile", SYSTEM)
    done = exchange_code(code, "10.0.0.5")
    device = find_device(done.token)
    assert device is not None and device.profile == "mobile" and device.name == "Quầy"
