"""What the simulator's page offers to try, and that the demo's staff card is shown where it opens and only there."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from kiosk_world import Core, RunningKiosk

from library.access import service
from library.access.kiosk_pins import remove_pin, set_pin
from library.contract.staff_pin import DEMO_CARD, DEMO_PIN
from library.demo.kiosk_staff import open_demo_kiosks
from library.demo.run import find_samples
from library.foundation.audit import SYSTEM

PASSWORD = "một-mật-khẩu-dài-9"


def samples(one: RunningKiosk) -> dict[str, Any]:
    with urllib.request.urlopen(f"{one.kiosk.address}sim/samples.json", timeout=10) as answer:
        return json.load(answer)


def test_the_demo_card_is_offered_and_opens(core: Core, start_kiosk: Callable[..., RunningKiosk]) -> None:
    core.world.add_title("Dế Mèn phiêu lưu ký")
    account = service.create_staff("thuthu", "Quản trị thư viện", "admin", PASSWORD, SYSTEM)
    one = start_kiosk()
    one.until(lambda view: view["online"] and one.is_ready)
    assert samples(one)["staff"] is None
    open_demo_kiosks("thuthu")
    one.until(lambda view: samples(one)["staff"])
    offered = find_samples(one.kiosk.config.screen_port or int(one.kiosk.address.rstrip("/").rpartition(":")[2]))
    assert offered["staff"] == {"card": DEMO_CARD, "pin": DEMO_PIN}
    assert {card["class"] for card in offered["cards"]} == {"6A1", "thầy cô"}
    assert [book["title"] for book in offered["books"]] == ["Dế Mèn phiêu lưu ký"]
    one.scan(DEMO_CARD)
    one.until(lambda view: view["staff"] and view["staff"]["stage"] == "pin")
    for digit in DEMO_PIN:
        one.press(f"pin_{digit}")
    view = one.until(lambda view: view["staff"] and view["staff"]["stage"] == "menu")
    assert view["staff"]["title"] == "Trang cán bộ"
    remove_pin(account.id, SYSTEM)
    set_pin(account.id, PASSWORD, "271828")
    one.until(lambda view: samples(one)["staff"] is None)


def test_a_kiosk_with_a_real_scanner_offers_nothing(core: Core, start_kiosk: Callable[..., RunningKiosk]) -> None:
    open_school = service.create_staff("thuthu", "Quản trị thư viện", "admin", PASSWORD, SYSTEM)
    open_demo_kiosks(open_school.login)
    one = start_kiosk(scanner={"driver": "serial", "device": "/dev/ttyACM9"})
    one.until(lambda view: view["online"] and one.is_ready)
    with pytest.raises(urllib.error.HTTPError) as refused:
        samples(one)
    assert refused.value.code == 404
