"""The device API over HTTP: shapes, statuses, keys, privacy, the journal and the snapshot."""

from __future__ import annotations

import json
import uuid
from datetime import date, timedelta

import pytest
from flask import Flask
from kiosk_desk import Kiosk
from lending_world import STAFF, TODAY, World, prefer
from werkzeug.test import TestResponse

from library.access.devices import add_device, list_devices, revoke_device
from library.contract.kiosk_api import CheckoutAnswer, Hello, Problem, ReaderCard, Snapshot
from library.foundation.audit import SYSTEM
from library.foundation.clock import at_local, iso_instant
from library.foundation.schoolyear import Calendar
from library.kiosk_api.names import display_name
from library.lending.copy_troubles import declare_lost
from library.lending.holds import place_hold
from library.lending.offline import count_conflicts, list_conflicts, resolve_conflict
from library.lending.policies import ensure_default_policies
from library.lending.policy_json import calendar_from_json, policy_from_json
from library.lending.service import check_in, check_out
from library.lending.settings_reader import load_policy
from library.lending.tables import Loan
from library.lending.units.class_corners import open_corner
from library.lending.units.service import hand_over

AN, BINH, CHI, DUNG = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi", "Nguyễn Văn Dũng"


def code_of(answer: TestResponse, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    said = Problem.from_json(answer.json)
    assert said.status == status and said.request_id and said.detail and "…" not in said.detail
    return said.code


def entry(kind: str, at: str, card: str | None = None, barcode: str | None = None, **more: object) -> dict:
    return {"key": str(uuid.uuid4()), "kind": kind, "occurred_at": at, "reader_card": card, "copy_barcode": barcode,
            **more}  # fmt: skip


def settle(kiosk: Kiosk, *entries: dict) -> list[tuple[str, str | None]]:
    answer = kiosk.post("journal", {"entries": list(entries)})
    assert answer.status_code == 200, answer.text
    assert [one["key"] for one in answer.json["results"]] == [one["key"] for one in entries]
    return [(one["status"], one["code"]) for one in answer.json["results"]]


def test_hello_and_strangers(kiosk: Kiosk, school: World) -> None:
    hello = Hello.from_json(kiosk.get("hello").json)
    assert (hello.device, hello.api_version, hello.server_time) == ("Quầy cửa chính", 1, "2026-11-23T02:00:00Z")
    for headers in ({}, {"Authorization": "Bearer sai"}, {"Authorization": "Basic eDp5"}):
        answer = kiosk.client.get("/api/v1/kiosk/hello", headers=headers)
        assert code_of(answer, 401) == "unauthorised" and answer.headers["WWW-Authenticate"] == "Bearer"
    revoke_device("Quầy cửa chính", SYSTEM)
    assert code_of(kiosk.get("hello"), 401) == "unauthorised"


def test_b26_every_route_of_devices_refuses_the_unknown(app: Flask, school: World) -> None:
    client = app.test_client()
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("kiosk_api.")]
    assert len(rules) == 11
    for rule in rules:
        path = rule.rule.replace("<path:card>", "TV00000017")
        method = "POST" if "POST" in rule.methods else "GET"
        assert client.open(path, method=method, json={}).status_code == 401


def test_b26_a_profile_without_the_right_is_403(kiosk: Kiosk, school: World) -> None:
    from library.access.tables import Device

    Device.update(profile="label_printer").execute()
    assert code_of(kiosk.get("hello"), 403) == "forbidden"


def test_b26_modes_of_the_school(kiosk: Kiosk, school: World) -> None:
    (book,) = school.add_title("A")
    prefer(kiosk_mode="return")
    assert code_of(kiosk.borrow(school.cards[AN], book), 403) == "mode_return_only"
    prefer(kiosk_mode="borrow")
    assert code_of(kiosk.post("returns", {"copy_barcode": book}), 403) == "mode_borrow_only"


def test_borrow_and_return(kiosk: Kiosk, school: World) -> None:
    (book,) = school.add_title("Dế Mèn phiêu lưu ký")
    answer = kiosk.borrow(school.cards[AN].lower(), f" {book} ")
    assert answer.status_code == 201
    made = CheckoutAnswer.from_json(answer.json)
    assert (made.loan.title, made.loan.due_on, made.loan.renewed, made.remaining) == (
        "Dế Mèn phiêu lưu ký", "2026-12-07", False, 2,
    )
    row = Loan.get_by_id(made.loan.id)
    assert row.channel == "kiosk" and row.device.name == "Quầy cửa chính" and row.staff_name is None
    renewed = kiosk.post("renewals", {"reader_card": school.cards[AN], "copy_barcode": book})
    assert renewed.status_code == 200 and renewed.json["loan"] == {
        **made.loan.to_json(), "due_on": "2026-12-21", "renewed": True,
    }
    back = kiosk.post("returns", {"copy_barcode": book})
    assert back.json == {"return": {
        "copy_barcode": book, "title": "Dế Mèn phiêu lưu ký", "was_on_loan": True, "overdue_days": 0,
        "held_for_other": False, "route_to": None,
    }}  # fmt: skip
    assert kiosk.post("returns", {"copy_barcode": book}).json["return"]["was_on_loan"] is False


def test_the_card_shows_no_more_than_a_first_name(kiosk: Kiosk, school: World) -> None:
    books = [school.add_title(f"Truyện {n}")[0] for n in range(3)]
    school.add_reader("Võ Hoài An")
    for book in books[:2]:
        kiosk.borrow(school.cards[AN], book)
    place_hold(school.readers[BINH], school.records["Truyện 0"], actor=STAFF)
    shown = ReaderCard.from_json(kiosk.get(f"readers/{school.cards[AN]}").json)
    assert (shown.display_name, shown.class_name, shown.kind, shown.can_borrow, shown.remaining) == (
        "Minh An", "6A1", "pupil", True, 1,
    )
    assert [(loan.title, loan.renewable, loan.overdue) for loan in shown.loans] == [
        ("Truyện 0", False, False), ("Truyện 1", True, False),
    ]
    assert ReaderCard.from_json(kiosk.get(f"readers/{school.cards[BINH]}").json).display_name == "Bình"
    school.clock.set_day(date(2026, 12, 8))
    late = kiosk.get(f"readers/{school.cards[AN]}")
    assert late.json["can_borrow"] is False and late.json["remaining"] == 0
    assert late.json["reasons"][0]["code"] == "has_overdues"
    refused = kiosk.borrow(school.cards[AN], books[2])
    for text in (late.text, refused.text, kiosk.get("snapshot").text):
        assert "Trần" not in text and "Võ" not in text


def test_unknown_and_unusable_codes(kiosk: Kiosk, school: World) -> None:
    (book,) = school.add_title("A")
    card = school.cards[AN]
    assert code_of(kiosk.get("readers/TV99999999"), 404) == "reader_unknown"
    assert code_of(kiosk.get("readers/" + "x" * 1000), 404) == "reader_unknown"
    assert code_of(kiosk.get(f"readers/{book}"), 404) == "reader_unknown"
    assert code_of(kiosk.borrow(card, "KHONG.CO"), 404) == "copy_unknown"
    both = kiosk.borrow("TV99999999", "KHONG.CO")
    assert [reason["code"] for reason in both.json["reasons"]] == ["reader_unknown", "copy_unknown"]
    assert code_of(kiosk.borrow(card, school.cards[BINH]), 422) == "not_a_copy"
    assert code_of(kiosk.borrow(card, "\x00\u200b;DROP TABLE" * 100), 422) == "scan_unreadable"
    assert Loan.select().count() == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed"), (b"{", 400, "malformed"), (b"[]", 400, "malformed"), (b"\xff\xfe", 400, "malformed"),
        (b"{}", 422, "field_missing"), (b'{"copy_barcode": 5, "reader_card": "A"}', 422, "field_missing"),
        (b'{"copy_barcode": "A", "reader_card": "A", "occurred_at": "yesterday"}', 422, "field_bad"),
        (b'{"copy_barcode": "A", "reader_card": "A", "occurred_at": 12}', 422, "field_bad"),
        (b'{"copy_barcode": "A", "reader_card": "A", "occurred_at": "2026-11-20T08:00:00"}', 422, "field_bad"),
    ],
)  # fmt: skip
def test_bad_bodies_are_told_apart(kiosk: Kiosk, body: bytes, status: int, code: str) -> None:
    headers = {**kiosk.headers, "Idempotency-Key": str(uuid.uuid4())}
    assert code_of(kiosk.client.post("/api/v1/kiosk/checkouts", data=body, headers=headers), status) == code


def test_keys(kiosk: Kiosk, school: World) -> None:
    (book,) = school.add_title("A")
    card, key = school.cards[AN], str(uuid.uuid4())
    first = kiosk.borrow(card, book, key)
    again = [kiosk.borrow(card, book, key) for _ in range(10)]
    assert all(answer.json == first.json and answer.status_code == 201 for answer in again)
    assert Loan.select().count() == 1
    assert code_of(kiosk.borrow(school.cards[BINH], book, key), 409) == "key_reused"
    assert code_of(kiosk.post("returns", {"copy_barcode": book}, key), 409) == "key_reused"
    other = Kiosk(kiosk.client, add_device("Quầy khác", "kiosk", SYSTEM))
    assert code_of(other.borrow(card, book, key), 409) == "key_reused"
    assert code_of(kiosk.post("returns", {"copy_barcode": book}, "not-a-uuid"), 400) == "key_missing"
    # L96: a refusal is decided anew
    later = str(uuid.uuid4())
    assert code_of(kiosk.borrow(school.cards[BINH], book, later), 409) == "copy_on_loan"
    kiosk.post("returns", {"copy_barcode": book})
    assert kiosk.borrow(school.cards[BINH], book, later).status_code == 201


def test_occurred_at_is_kept(kiosk: Kiosk, school: World) -> None:
    (book,) = school.add_title("A")
    at = at_local(date(2026, 11, 20), 8)
    body = {"reader_card": school.cards[AN], "copy_barcode": book, "occurred_at": iso_instant(at)}
    assert kiosk.post("checkouts", body).json["loan"]["due_on"] == "2026-12-04"
    row = Loan.get()
    assert (row.loaned_at, row.loaned_on) == (at, date(2026, 11, 20))


def test_b25_journal_keeps_times_and_is_applied_once(kiosk: Kiosk, school: World) -> None:
    books = [school.add_title(f"Truyện {n}")[0] for n in range(10)]
    acts = [
        entry("checkout", f"2026-11-20T0{n}:00:00Z", school.cards[DUNG], book, due_on="2026-12-31")
        for n, book in enumerate(books)
    ]
    acts.append(entry("return", "2026-11-21T01:00:00Z", barcode=books[0]))
    acts.append(entry("visit", "2026-11-21T01:00:00Z", school.cards[AN]))
    assert settle(kiosk, *acts) == [("applied", None)] * 12
    rows = list(Loan.select().order_by(Loan.id))
    assert [iso_instant(row.loaned_at) for row in rows] == [act["occurred_at"] for act in acts[:10]]
    assert {row.channel for row in rows} == {"offline"} and {row.due_on for row in rows} == {date(2026, 12, 31)}
    assert rows[0].returned_on == date(2026, 11, 21) and rows[1].returned_on is None
    before = [(row.id, row.returned_at) for row in Loan.select()]
    assert settle(kiosk, *acts) == [("repeated", None)] * 12
    assert [(row.id, row.returned_at) for row in Loan.select()] == before


def test_l94_an_act_done_online_whose_answer_was_lost_is_repeated(kiosk: Kiosk, school: World) -> None:
    (book,) = school.add_title("A")
    act = entry("checkout", "2026-11-23T01:59:00Z", school.cards[AN], book)
    assert kiosk.borrow(school.cards[AN], book, act["key"]).status_code == 201
    assert settle(kiosk, act) == [("repeated", None)]
    assert Loan.select().count() == 1
    thief = Kiosk(kiosk.client, add_device("Quầy khác", "kiosk", SYSTEM))
    assert settle(thief, act) == [("conflict", "key_reused")]


def test_l91_what_the_rules_refuse_is_recorded_all_the_same(kiosk: Kiosk, school: World) -> None:
    prefer(max_loans_pupil=1)
    first, second = (school.add_title(name)[0] for name in "AB")
    acts = [entry("checkout", "2026-11-20T01:00:00Z", school.cards[AN], book) for book in (first, second)]
    assert settle(kiosk, *acts) == [("applied", None), ("applied", "loan_limit")]
    assert Loan.select().where(Loan.overrides.is_null(False)).get().overrides == ["loan_limit"]


def test_l93_a_scan_that_nobody_settled_is_for_staff_unless_the_core_has_that_act(kiosk: Kiosk, school: World) -> None:
    (a,), (b,) = school.add_title("A"), school.add_title("B")
    done, lost = (entry("unwritten", "2026-11-23T01:59:00Z", school.cards[AN], book) for book in (a, b))
    assert kiosk.borrow(school.cards[AN], a, done["key"]).status_code == 201  # its answer never came to the kiosk
    assert settle(kiosk, done, lost) == [("repeated", None), ("conflict", "scan_unwritten")]
    assert [one["payload"]["copy_barcode"] for one in list_conflicts()] == [b]
    assert [loan.copy.barcode for loan in Loan.select()] == [a]


def test_l92_l93_conflicts_are_kept_for_the_librarian(kiosk: Kiosk, school: World) -> None:
    a, b, c, lost = (school.add_title(name)[0] for name in "ABCD")
    check_out(a, reader_card=school.cards[BINH], actor=STAFF, channel="desk", occurred_at=at_local(date(2026, 11, 18)))
    check_out(b, reader_card=school.cards[AN], actor=STAFF, channel="desk")
    check_out(c, reader_card=school.cards[AN], actor=STAFF, channel="desk")
    declare_lost(lost, actor=STAFF)
    at, an = "2026-11-20T01:00:00Z", school.cards[AN]
    acts = [
        entry("checkout", at, school.cards[CHI], a),  # Bình's loan was never returned: Chi has the book
        entry("checkout", at, an, b),  # An has it already
        entry("return", at, barcode=c),  # lent again since
        entry("checkout", at, school.cards[BINH], c),  # older than the open loan
        entry("checkout", at, "TV99999999", a),
        entry("checkout", at, an, "KHONG.CO"),
        entry("checkout", at, an, lost),
        entry("return", at, barcode="KHONG.CO"),
        entry("renewal", at, school.cards[BINH], b),
        entry("dance", at),
        {"key": "k-unreadable", "kind": 5},
    ]
    expected = [
        "copy_on_loan", "copy_on_loan_same_reader", "return_older", "checkout_older", "reader_unknown", "copy_unknown",
        "copy_lost", "copy_unknown", "renewal_not_on_loan", "act_malformed", "act_malformed",
    ]
    assert settle(kiosk, *acts) == [("conflict", code) for code in expected]
    assert settle(kiosk, *acts) == [("conflict", code) for code in expected]  # the same file twice
    assert count_conflicts() == len(acts)
    loans = {row.copy.barcode: row.reader_id for row in Loan.select().where(Loan.returned_at.is_null())}
    assert loans == {a: school.readers[CHI], b: school.readers[AN], c: school.readers[AN]}
    listed = list_conflicts()
    assert listed[0]["payload"] == acts[-1] and listed[0]["device_name"] == "Quầy cửa chính"
    resolve_conflict(listed[0]["id"], "đã hỏi em", actor=STAFF)
    assert count_conflicts() == len(acts) - 1


def test_a_bad_journal_changes_nothing(kiosk: Kiosk, school: World) -> None:
    (book,) = school.add_title("A")
    good = entry("checkout", "2026-11-20T01:00:00Z", school.cards[AN], book)
    for entries in ("x", [good, "x"], [good, {}], [good, {"key": ""}], [good] * 1001):
        assert code_of(kiosk.post("journal", {"entries": entries}), 422) == "field_bad"
    assert Loan.select().count() == 0
    future = {**good, "occurred_at": "2031-01-01T00:00:00Z"}
    assert settle(kiosk, future) == [("applied", None)]
    assert Loan.get().loaned_on == TODAY


def test_snapshot_lets_the_kiosk_decide_as_the_core_does(kiosk: Kiosk, school: World) -> None:
    ensure_default_policies()
    books = school.add_title("Truyện", 4)
    (paper,) = school.add_title("Báo Nhi đồng", material="periodical", code="BAO")
    corner = open_corner(school.classes["6A1"], school.readers[DUNG], actor=STAFF)
    hand_over(corner, [books[3]], actor=STAFF)
    kiosk.borrow(school.cards[AN], books[0])
    shown = Snapshot.from_json(kiosk.get("snapshot").json)
    assert shown.full and policy_from_json(shown.policy) == load_policy(TODAY)
    calendar = calendar_from_json(shown.closed_days)
    assert isinstance(calendar, Calendar) and not calendar.is_open(date(2027, 1, 1))
    copies = {copy.barcode: copy for copy in shown.copies}
    assert copies[books[0]].open_loan.reader_card == school.cards[AN]
    assert (copies[books[3]].loanable, copies[books[3]].reason, copies[books[3]].unit) == (
        False, "copy_in_class_corner", "6A1",
    )
    assert copies[paper].reason == "not_for_home" and copies[books[1]].loanable
    readers = {reader.card: reader for reader in shown.readers}
    assert (readers[school.cards[AN]].loans_open, readers[school.cards[AN]].grade) == (1, 6)


def test_snapshot_changes_since_a_version(kiosk: Kiosk, school: World) -> None:
    books = school.add_title("Truyện", 3)
    start = kiosk.get("snapshot").json["version"]
    nothing = kiosk.get(f"snapshot?since={start}").json
    assert not nothing["full"] and not nothing["copies"] and not nothing["readers"] and nothing["version"] == start
    kiosk.borrow(school.cards[AN], books[0])
    changed = kiosk.get(f"snapshot?since={start}").json
    assert [copy["barcode"] for copy in changed["copies"]] == [books[0]]
    assert [reader["card"] for reader in changed["readers"]] == [school.cards[AN]]
    assert changed["version"] > start
    place_hold(school.readers[BINH], school.records["Truyện"], actor=STAFF)
    held = kiosk.get(f"snapshot?since={changed['version']}").json
    assert len(held["copies"]) == 3 and not any(copy["held"] for copy in held["copies"])  # two are still free
    prefer(max_loans_pupil=5)
    assert kiosk.get(f"snapshot?since={held['version']}").json["full"]  # a change nobody follows: all of it
    version = kiosk.get("hello").json["snapshot_version"]
    school.clock.set_day(TODAY + timedelta(days=1))
    assert kiosk.get(f"snapshot?since={version}").json["full"]  # blocks begin and end at midnight
    for bad in ("x", "-1", "1" * 30):
        assert code_of(kiosk.get(f"snapshot?since={bad}"), 422) == "field_bad"
    assert kiosk.get("snapshot?since=999999999999999").json["full"]


def test_changes_put_onto_the_old_snapshot_give_the_new_one(kiosk: Kiosk, school: World) -> None:
    """Whatever happened in between, old + changes = what a full one says."""
    books = [code for name in "ABC" for code in school.add_title(name, 2)]
    state = kiosk.get("snapshot").json
    old = {"readers": {r["card"]: r for r in state["readers"]}, "copies": {c["barcode"]: c for c in state["copies"]}}
    kiosk.borrow(school.cards[AN], books[0])
    place_hold(school.readers[BINH], school.records["A"], actor=STAFF)
    place_hold(school.readers[CHI], school.records["A"], actor=STAFF)
    hand_over(open_corner(school.classes["6A1"], school.readers[DUNG], actor=STAFF), books[2:4], actor=STAFF)
    check_in(books[0], actor=STAFF, channel="desk")
    declare_lost(books[5], actor=STAFF)
    changes = kiosk.get(f"snapshot?since={state['version']}").json
    if changes["full"]:
        old = {"readers": {}, "copies": {}}
    for card in changes["removed"]["readers"]:
        old["readers"].pop(card, None)
    for barcode in changes["removed"]["copies"]:
        old["copies"].pop(barcode, None)
    old["readers"].update({r["card"]: r for r in changes["readers"]})
    old["copies"].update({c["barcode"]: c for c in changes["copies"]})
    new = kiosk.get("snapshot").json
    assert old["copies"] == {c["barcode"]: c for c in new["copies"]}
    assert old["readers"] == {r["card"]: r for r in new["readers"]}


def test_status_is_kept_with_the_device(kiosk: Kiosk, school: World) -> None:
    report = {"printer": "ok", "scanner": "ok", "journal": 3, "version": "0.1.0"}
    assert kiosk.post("status", report).status_code == 200
    assert list_devices()[0].status == report
    assert code_of(kiosk.post("status", {"log": "x" * 20_000}), 422) == "field_bad"


def test_first_names() -> None:
    assert display_name("Trần Minh An", ["Trần Minh An", "Lê Bình"]) == "An"
    assert display_name("Trần Minh An", ["Trần Minh An", "Võ Hoài An"]) == "Minh An"
    assert display_name("H'Linh", ["H'Linh"]) == "H'Linh" and display_name("", []) == ""


def test_a_loan_costs_few_statements(kiosk: Kiosk, school: World) -> None:
    """Little beyond the one commit: the number of statements does not grow with readers, loans or copies."""
    from library.foundation.database import database

    books = [school.add_title(f"Truyện {n}")[0] for n in range(3)]
    kiosk.get("hello")
    counts = []
    for book in books:
        statements: list[str] = []
        for connection in (database.obj.connection(), database.obj.shared_connection()):
            connection.set_trace_callback(statements.append)
        assert kiosk.borrow(school.cards[AN], book).status_code == 201
        for connection in (database.obj.connection(), database.obj.shared_connection()):
            connection.set_trace_callback(None)
        counts.append(len(statements))
        assert sum(text.startswith("COMMIT") for text in statements) == 1, statements
    assert counts[1] == counts[2] <= 18, json.dumps(statements, indent=1)
