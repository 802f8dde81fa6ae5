"""The desk and a kiosk of the small school, over the real app."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from lending_world import World
from werkzeug.test import TestResponse

from tests.staff_client import StaffClient


class Browser(StaffClient):
    """At the desk too."""

    redirect = 302

    def scan(self, text: str, reader_id: int | None = None, **more: object) -> dict:
        answer = self.client.post(
            "/staff/desk/scan",
            json={"text": text, "reader_id": reader_id or "", "key": str(uuid.uuid4()), **more},
            headers={"X-CSRF-Token": self.token},
        )
        assert answer.status_code == 200, answer.text
        return answer.json


class Kiosk:
    """A device with a token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {token}"}

    def post(self, path: str, body: Any, key: str | None = None) -> TestResponse:
        headers = {**self.headers, "Idempotency-Key": key or str(uuid.uuid4())}
        return self.client.post(f"/api/v1/kiosk/{path}", json=body, headers=headers)

    def borrow(self, card: str, barcode: str, **more: object) -> TestResponse:
        return self.post("checkouts", {"reader_card": card, "copy_barcode": barcode, **more})

    def bring(self, barcode: str, **more: object) -> TestResponse:
        return self.post("returns", {"copy_barcode": barcode, **more})

    def renew(self, card: str, barcode: str) -> TestResponse:
        return self.post("renewals", {"reader_card": card, "copy_barcode": barcode})


def codes(answer: TestResponse) -> list[str]:
    """Every reason of a refusal, in order."""
    return [reason["code"] for reason in answer.json["reasons"]]


@dataclass
class Front:
    school: World
    desk: Browser
    kiosk: Kiosk
    device_id: int
    login: Callable[[FlaskClient], str]

    def sign_in(self) -> Browser:
        """Anew: a day later the session of yesterday has ended."""
        self.desk = Browser(self.desk.client, self.login(self.desk.client))
        return self.desk
