"""A device as it talks to the core over HTTP, for tests."""

from __future__ import annotations

import uuid
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class Kiosk:
    """A device as it talks to the core."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/api/v1/kiosk/{path}", headers=self.headers)

    def post(self, path: str, body: Any, key: str | None = None) -> TestResponse:
        headers = {**self.headers, "Idempotency-Key": key or str(uuid.uuid4())}
        return self.client.post(f"/api/v1/kiosk/{path}", json=body, headers=headers)

    def borrow(self, card: str, barcode: str, key: str | None = None) -> TestResponse:
        return self.post("checkouts", {"reader_card": card, "copy_barcode": barcode}, key)
