"""HTTP for devices under /api/v1/kiosk: parse, call a lending service, answer as JSON. No rules here."""

from __future__ import annotations

from flask import Blueprint

from library.contract.kiosk_api import PREFIX

blueprint = Blueprint("kiosk_api", __name__, url_prefix=PREFIX)
