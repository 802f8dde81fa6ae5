"""The use cases of this room on SQLite and on PostgreSQL alike, and what a race may not do."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

from library.access.devices import find_device
from library.access.enrolment import create_code, tries
from library.fleet import queries, receipts, releases, service
from library.fleet.tables import DeviceOrder, DeviceRun, ReleaseOffer
from library.foundation.audit import SYSTEM
from library.foundation.clock import now
from library.foundation.database import database as bound
from tests.wheels import named


def test_a_day_of_a_kiosk(database: str, tmp_path: Path) -> None:
    tries.forget()
    enrolled, key = releases.enrol_kiosk(create_code("Quầy A", "kiosk", SYSTEM), "192.168.1.21")
    device = find_device(enrolled.token)
    assert device is not None and len(key) >= 40 and releases.names_with_key() == {"Quầy A"}

    service.send_message("Máy in hết giấy", now() + timedelta(hours=1), SYSTEM)
    service.order_restart("Quầy A", "restart_screen", SYSTEM)
    sent = service.receive_status(device, {"run_id": "r1", "printer": "paper_out"}, "192.168.1.21")
    assert [order.kind for order in sent] == ["message", "restart_screen"]
    done = [{"key": order.key, "outcome": "done"} for order in sent]
    assert service.receive_status(device, {"run_id": "r1", "orders_done": done}, "192.168.1.21") == []
    assert {order.outcome for order in queries.list_orders(device.id)} == {"done"}
    service.withdraw_message(sent[0].key, SYSTEM)
    assert [order.kind for order in service.receive_status(device, {}, "x")] == ["clear_message"]

    saved = receipts.save_texts({"heading": "Mơ Ước", "show_qr": True}, SYSTEM)
    assert receipts.current_template() == saved and receipts.reset_template(SYSTEM).version > saved.version

    releases.add_release([named("kesach", "0.2.0")], tmp_path, SYSTEM)
    first = releases.offer_release("0.2.0", SYSTEM, "Quầy A")
    second = releases.offer_release("0.2.0", SYSTEM)
    offered = releases.find_offer(device, tmp_path)
    assert offered is not None and offered.serial == second > first
    assert releases.list_releases(tmp_path)[0].offered_to_all
    assert [kiosk.facts.name for kiosk in queries.list_kiosks()] == ["Quầy A"]


def test_many_reports_at_once_make_one_run_and_one_delivery(database: str) -> None:
    tries.forget()
    enrolled, _ = releases.enrol_kiosk(create_code("Quầy A", "kiosk", SYSTEM), "192.168.1.21")
    device = find_device(enrolled.token)
    assert device is not None
    failures: list[Exception] = []
    together = threading.Barrier(4)

    def work(number: int) -> None:
        try:
            together.wait(20)
            service.order_restart("Quầy A", "restart_program", SYSTEM)
            service.receive_status(device, {"run_id": "r1"}, f"192.168.1.{number}")
        except Exception as error:  # noqa: BLE001  # whatever it is, the test shows it
            failures.append(error)
        finally:
            bound.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert DeviceRun.select().count() == 1 and DeviceOrder.select().count() == 1


def test_offers_in_one_second_have_numbers_of_their_own(database: str, tmp_path: Path) -> None:
    releases.add_release([named("kesach", "0.2.0")], tmp_path, SYSTEM)
    serials = [releases.offer_release("0.2.0", SYSTEM) for _ in range(3)]
    assert sorted(set(serials)) == serials and ReleaseOffer.select().count() == 3
