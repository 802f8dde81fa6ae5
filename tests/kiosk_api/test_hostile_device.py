"""A device that went mad, or somebody with its token: refused in words or kept for the librarian, never a crash."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable

import pytest
from flask import Flask
from kiosk_desk import Kiosk
from lending_world import TODAY, World
from werkzeug.test import TestResponse

from library.lending.tables import KioskConflict, Loan


@pytest.fixture
def send(app: Flask, kiosk: Kiosk) -> Callable[[str, str], TestResponse]:
    """send(path, raw text of the body)"""
    app.config["PROPAGATE_EXCEPTIONS"] = False  # an error is answered as it is in the school

    def post(path: str, text: str) -> TestResponse:
        headers = {**kiosk.headers, "Idempotency-Key": str(uuid.uuid4())}
        return kiosk.client.post(f"/api/v1/kiosk/{path}", data=text, headers=headers)

    return post


Send = Callable[[str, str], TestResponse]
HALF_A_PAIR = '"\\ud800"'


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_an_instant_beyond_the_calendar_is_unusable(send: Send, school: World, at: str) -> None:
    (barcode,) = school.add_title("Dế Mèn phiêu lưu ký")
    answer = send("checkouts", json.dumps({"reader_card": school.cards["Phạm Chi"], "copy_barcode": barcode, "occurred_at": at}))
    assert (answer.status_code, answer.json["code"]) == (422, "field_bad")


@pytest.mark.parametrize("at", ["0001-01-03T00:00:00+00:00", "1970-01-01T00:01:00Z"])
def test_a_device_without_a_clock_lends_from_today(send: Send, school: World, at: str) -> None:
    """A Raspberry Pi that starts without its time server believes it is 1970: that loan is not 56 years late."""
    (barcode,) = school.add_title("Dế Mèn phiêu lưu ký")
    answer = send("checkouts", json.dumps({"reader_card": school.cards["Phạm Chi"], "copy_barcode": barcode, "occurred_at": at}))
    assert answer.status_code == 201 and answer.json["loan"]["due_on"] > TODAY.isoformat()
    assert Loan.get().loaned_on == TODAY


@pytest.mark.parametrize("letter", [HALF_A_PAIR, '"\\u0000"'])
def test_a_letter_no_database_keeps_does_not_hold_up_the_journal(send: Send, school: World, letter: str) -> None:
    (barcode,) = school.add_title("Dế Mèn phiêu lưu ký")
    card = school.cards["Phạm Chi"]
    good = f'{{"key": "b", "kind": "checkout", "occurred_at": "2026-11-23T01:00:00Z", "reader_card": "{card}", "copy_barcode": "{barcode}"}}'
    bad = f'{{"key": "a", "kind": {letter}, "occurred_at": {letter}, "reader_card": {letter}, "extra": {letter}}}'
    answer = send("journal", f'{{"entries": [{bad}, {good}]}}')
    assert answer.status_code == 200, answer.text
    assert [result["status"] for result in answer.json["results"]] == ["conflict", "applied"]
    assert KioskConflict.get().payload["extra"] == "\ufffd"


def test_an_entry_from_before_the_calendar_is_applied_as_of_now(send: Send, school: World) -> None:
    (barcode,) = school.add_title("Dế Mèn phiêu lưu ký")
    entry = {"key": "k", "kind": "return", "copy_barcode": barcode, "occurred_at": "0001-01-01T00:00:00+14:00"}
    answer = send("journal", json.dumps({"entries": [entry]}))
    assert answer.json["results"] == [{"key": "k", "status": "applied", "code": "not_on_loan"}]


@pytest.mark.parametrize("path", ["checkouts", "returns", "renewals", "status", "journal"])
@pytest.mark.parametrize(
    "text",
    [
        '{"entries": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"entries": ' + "[" * 40 + "]" * 40 + "}",
        '{"x": NaN}',
        '{"x": 1e999}',
        '{"x": ' + "9" * 5_000 + "}",
        "[]",
        "",
    ],
    ids=["bottomless", "deep", "nan", "infinite", "long number", "list", "empty"],
)
def test_what_is_not_usable_json_is_malformed(send: Send, path: str, text: str) -> None:
    answer = send(path, text)
    assert (answer.status_code, answer.json["code"]) == (400, "malformed"), answer.text


def test_half_a_letter_in_a_scan_is_an_unknown_card(send: Send, school: World) -> None:
    (barcode,) = school.add_title("Dế Mèn phiêu lưu ký")
    answer = send("checkouts", f'{{"reader_card": {HALF_A_PAIR}, "copy_barcode": "{barcode}"}}')
    assert answer.status_code == 404
    assert send("returns", f'{{"copy_barcode": {HALF_A_PAIR}}}').status_code == 422
    assert send("status", f'{{"printer": {HALF_A_PAIR}}}').status_code == 200


def test_a_bottomless_enrolment_is_malformed(app: Flask) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = app.test_client().post("/api/v1/enrol", data="[" * 2_000 + "]" * 2_000)
    assert answer.status_code == 400


def test_a_device_is_not_answered_what_another_did(app: Flask, kiosk: Kiosk, school: World) -> None:
    """Somebody who saw a key cannot ask with another device's token what was lent to whom under it."""
    from library.access.devices import add_device
    from library.foundation.audit import SYSTEM

    (barcode,) = school.add_title("Dế Mèn phiêu lưu ký")
    key = str(uuid.uuid4())
    assert kiosk.borrow(school.cards["Phạm Chi"], barcode, key).status_code == 201
    other = Kiosk(app.test_client(), add_device("Quầy thứ hai", "kiosk", SYSTEM))
    answer = other.borrow(school.cards["Phạm Chi"], barcode, key)
    assert (answer.status_code, answer.json["code"]) == (409, "key_reused")


def test_no_answer_of_the_device_api_says_a_whole_name_or_a_number_of_the_child(kiosk: Kiosk, school: World) -> None:
    barcodes = school.add_title("Dế Mèn phiêu lưu ký", 2)
    kiosk.borrow(school.cards["Trần Minh An"], barcodes[0])
    answers = [
        kiosk.get(f"readers/{school.cards['Trần Minh An']}"),
        kiosk.get("snapshot"),
        kiosk.borrow(school.cards["Phạm Chi"], barcodes[0]),
        kiosk.post("returns", {"copy_barcode": barcodes[0]}),
    ]
    for answer in answers:
        for name in ("Trần Minh", "Lê Thanh", "Phạm Chi", "Nguyễn Văn"):
            assert name not in answer.text, answer.request.path
