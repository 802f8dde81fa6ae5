"""Orders between core and kiosk over the device API: each reaches its kiosk, is done once, and says so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from library.access.devices import add_device, revoke_device
from library.fleet import queries, service
from library.fleet.tables import DeviceRun
from library.foundation.audit import SYSTEM
from library.foundation.clock import clock_at, local_time, now
from library.foundation.tables import AuditEntry


class Desk:
    """A kiosk that reports over HTTP."""

    def __init__(self, client: FlaskClient, name: str, address: str = "192.168.1.21") -> None:
        self.client, self.name, self.address = client, name, address
        self.token = add_device(name, "kiosk", SYSTEM)

    def report(self, **status: Any) -> dict[str, Any]:
        answer = self.client.post(
            "/api/v1/kiosk/status", json=status, headers={"Authorization": f"Bearer {self.token}"},
            environ_overrides={"REMOTE_ADDR": status.pop("address", self.address)},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        return answer.get_json()


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    return Desk(client, "Quầy A")


def evening():
    return now() + timedelta(hours=3)


def test_an_order_goes_out_until_it_is_done_and_only_to_its_kiosk(client: FlaskClient, desk: Desk) -> None:
    other = Desk(client, "Quầy B")
    service.order_restart("Quầy A", "restart_program", SYSTEM)
    [first] = desk.report()["orders"]
    assert first["kind"] == "restart_program"
    [again] = desk.report()["orders"]  # the answer before may have been lost
    assert again == first
    assert other.report()["orders"] == []
    other.report(orders_done=[{"key": first["key"], "outcome": "done"}])
    assert desk.report()["orders"] == [first], "no kiosk answers for another"
    assert desk.report(orders_done=[{"key": first["key"], "outcome": "done"}])["orders"] == []
    [order] = queries.list_orders(1)
    assert order.outcome == "done" and order.delivered_at is not None


def test_an_order_is_not_handed_out_late(desk: Desk) -> None:
    service.order_restart("Quầy A", "restart_screen", SYSTEM)
    with clock_at(now() + timedelta(minutes=16)):
        assert desk.report()["orders"] == []
        service.order_restart("Quầy A", "restart_screen", SYSTEM)
        assert len(desk.report()["orders"]) == 1, "asked again after the first ran out"


def test_a_new_message_takes_the_place_of_the_old_one(client: FlaskClient, desk: Desk) -> None:
    Desk(client, "Quầy B")
    assert service.send_message("  Máy in\n hết giấy ", evening(), SYSTEM) == 2
    assert [order["text"] for order in desk.report()["orders"]] == ["Máy in hết giấy"]
    service.send_message("Nghỉ sớm", evening(), SYSTEM, "Quầy A")
    assert [order["text"] for order in desk.report()["orders"]] == ["Nghỉ sớm"]
    assert [(one.device_name, one.text) for one in queries.list_messages()] == [
        ("Quầy A", "Nghỉ sớm"), ("Quầy B", "Máy in hết giấy")
    ]  # fmt: skip


def test_a_message_taken_down_before_and_after_the_kiosk_had_it(desk: Desk) -> None:
    service.send_message("Một", evening(), SYSTEM)
    service.withdraw_message(queries.list_messages()[0].key, SYSTEM)
    assert desk.report()["orders"] == [], "it never went out"
    service.send_message("Hai", evening(), SYSTEM)
    [order] = desk.report()["orders"]
    desk.report(orders_done=[{"key": order["key"], "outcome": "done"}])
    service.withdraw_message(order["key"], SYSTEM)
    assert [one["kind"] for one in desk.report()["orders"]] == ["clear_message"]
    assert queries.list_messages() == []
    service.withdraw_message("khong-co", SYSTEM)


def test_who_asked_is_in_the_audit(desk: Desk) -> None:
    service.send_message("Xin chào", evening(), SYSTEM)
    service.order_restart("Quầy A", "restart_program", SYSTEM)
    service.withdraw_message(queries.list_messages()[0].key, SYSTEM)
    actions = [entry.action for entry in AuditEntry.select().order_by(AuditEntry.id)]
    assert actions[-3:] == ["device.message", "device.restart_program", "device.message_withdraw"]


@pytest.mark.parametrize(
    "done",
    ["x", [None], [{}], [{"key": 5}], [{"key": "k" * 400, "outcome": "done"}], {"key": "a"}, [{"key": "a", "outcome": []}]],
)
def test_a_report_that_makes_no_sense_changes_no_order(desk: Desk, done: Any) -> None:
    service.order_restart("Quầy A", "restart_program", SYSTEM)
    assert len(desk.report(orders_done=done, run_id={"a": 1})["orders"]) == 1


def test_a_restart_is_not_two_machines_but_a_copied_card_is(desk: Desk) -> None:
    start = now()

    def at(minutes: int, run: str, address: str) -> None:
        with clock_at(start + timedelta(minutes=minutes)):
            desk.report(run_id=run, address=address)

    at(0, "one", "192.168.1.21")
    at(1, "one", "192.168.1.21")
    at(5, "two", "192.168.1.21")
    with clock_at(start + timedelta(minutes=6)):
        assert queries.list_kiosks()[0].facts.twins is None
    at(7, "three", "192.168.1.35")
    at(8, "two", "192.168.1.21")
    with clock_at(start + timedelta(minutes=9)):
        [kiosk] = queries.list_kiosks()
        assert kiosk.facts.twins is not None and kiosk.overall.words == "Hai máy cùng dùng một mã"
        # "Cài lại" under the same name would end the token of the machine that is kept.
        assert "máy kia thêm ở trang Thiết bị với tên khác, cài bằng mã mới." in kiosk.alerts[0].advice
        both = f"{local_time(start + timedelta(minutes=7)):%H:%M ngày %d/%m}"
        assert f"cả hai gần nhất lúc {both}. " in kiosk.alerts[0].advice, "what was mended stays as it was then"
        assert "192.168.1.21 và 192.168.1.35" in kiosk.alerts[0].advice
    with clock_at(start + timedelta(hours=13)):
        assert queries.list_kiosks()[0].facts.twins is None


def test_runs_are_forgotten(desk: Desk) -> None:
    for number in range(service.KEEP_RUNS + 5):
        desk.report(run_id=f"run-{number}")
    assert DeviceRun.select().count() == service.KEEP_RUNS


def test_a_revoked_kiosk_gets_nothing(client: FlaskClient, desk: Desk) -> None:
    service.send_message("Xin chào", evening(), SYSTEM)
    revoke_device("Quầy A", SYSTEM)
    headers = {"Authorization": f"Bearer {desk.token}"}
    assert client.post("/api/v1/kiosk/status", json={}, headers=headers).status_code == 401
    assert queries.list_messages() == []
