"""HTTP for devices under /api/v1/kiosk: parse, call a lending service, answer as JSON. No rules here.

Fields and status codes are described in openapi.py (shapes: library/contract/kiosk_api.py). Next:
device_auth.py, snapshots.py, library/lending/offline.py.
"""

from __future__ import annotations

import json
import math
import re
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request, send_file

from library.access.kiosk_pins import find_kiosk_staff
from library.contract.codes import word
from library.contract.kiosk_api import PREFIX, JournalEntry, StatusAnswer
from library.contract.scans import MAX_SCAN, classify_scan, clean_scan
from library.fleet.queries import find_twins
from library.fleet.receipts import current_template
from library.fleet.releases import find_offer, release_file, sealed_release
from library.fleet.service import receive_status
from library.foundation.audit import Actor
from library.foundation.clock import iso_instant, now, parse_instant
from library.foundation.database import transaction
from library.foundation.errors import Forbidden, InvalidInput, KesachError, Refused
from library.foundation.preferences import get_preference
from library.foundation.schema import school_uuid
from library.kiosk_api.device_auth import NoDevice, current_device, device_actor, device_scope, require_device
from library.kiosk_api.openapi import MAX_ENTRY_KEY, MAX_JOURNAL, MAX_STATUS_BYTES, PART
from library.kiosk_api.readers import get_reader_card, said
from library.kiosk_api.snapshots import current_version, make_snapshot
from library.lending import offline
from library.lending.idempotency import hash_request, run_keyed
from library.lending.model import LoanDone
from library.lending.rules import make_reason
from library.lending.service import check_in, check_out, renew
from library.web.access import device_route
from library.web.assets import cover_url
from library.web.errors import problem, status_of
from library.web.openapi import register_part

API_VERSION = 1
MAX_DEPTH = 8
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_UNKNOWN = ("reader_unknown", "card_replaced", "copy_unknown")
_UNUSABLE = ("scan_unreadable", "not_a_card", "not_a_copy")

blueprint = Blueprint("kiosk_api", __name__, url_prefix=PREFIX)
register_part(blueprint, PART)
blueprint.before_request(require_device)


# --- errors ---------------------------------------------------------------------------------------


@blueprint.errorhandler(KesachError)
def on_error(error: KesachError) -> Response:
    """Our errors as problem+json in a child's words; no reader is named."""
    if isinstance(error, NoDevice):
        return problem(401, "unauthorised", word("unauthorised"))
    if isinstance(error, Refused):
        codes = [reason.code for reason in error.reasons]
        status = 409
        if any(code in _UNKNOWN for code in codes):
            status = 404
        elif codes[0] in _UNUSABLE:
            status = 422
        reasons = [said(reason).to_json() for reason in error.reasons]
        return problem(status, codes[0], reasons[0]["message"], reasons=reasons)
    if error.code == "key_reused" or isinstance(error, Forbidden):
        reason = said(make_reason(error.code)).to_json()
        return problem(status_of(error), error.code, reason["message"], reasons=[reason])
    status = 400 if error.code in ("key_missing", "malformed") else status_of(error)
    return problem(status, error.code, word(error.code, error.params))


# --- reading the request --------------------------------------------------------------------------


def _body() -> dict[str, Any]:
    try:
        body = json.loads(request.get_data(), parse_constant=_refuse_number, parse_float=_finite)
    except (ValueError, RecursionError):
        raise KesachError("malformed", detail="không phải JSON") from None
    if not isinstance(body, dict):
        raise KesachError("malformed", detail="cần một đối tượng JSON")
    cleaned: dict[str, Any] = _storable(body, MAX_DEPTH)
    return cleaned


def _refuse_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        _refuse_number(digits)
    return value


def _storable(value: Any, depth: int) -> Any:
    """The same without what no database keeps (NUL, half a surrogate pair): one such letter in one entry
    must not hold up a kiosk's whole journal. KesachError(`malformed`) when nested too deeply."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if not isinstance(value, (dict, list)):
        return value
    if depth == 0:
        raise KesachError("malformed", detail="lồng quá sâu")
    if isinstance(value, list):
        return [_storable(item, depth - 1) for item in value]
    return {_storable(name, depth): _storable(item, depth - 1) for name, item in value.items()}


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput("field_missing", field=name)
    return value


def _copy_code(body: dict[str, Any]) -> str:
    scanned = classify_scan(_text(body, "copy_barcode"))
    if scanned.kind == "garbage":
        raise Refused([make_reason("scan_unreadable")])
    if scanned.kind == "card":
        raise Refused([make_reason("not_a_copy", barcode=scanned.text)])
    return scanned.text


def _card_code(body: dict[str, Any]) -> str:
    raw = _text(body, "reader_card")
    return "" if len(raw) > MAX_SCAN else clean_scan(raw)


def _occurred_at(body: dict[str, Any]) -> datetime | None:
    text = body.get("occurred_at")
    if text is None:
        return None
    try:
        return offline.believable(parse_instant(text))
    except (ValueError, TypeError):
        raise InvalidInput("field_bad", field="occurred_at") from None


def _codes(body: dict[str, Any], name: str) -> list[str]:
    codes = body.get(name) or []
    if not isinstance(codes, list) or len(codes) > 20 or not all(isinstance(one, str) for one in codes):
        raise InvalidInput("field_bad", field=name)
    return codes


def _staff_at_kiosk(body: dict[str, Any]) -> Actor:
    """L181: the librarian whom the kiosk let in. The core takes the kiosk's word for card and PIN (a kiosk may
    journal any loan as a fact anyway), but only for somebody who may open the menu now."""
    staff = find_kiosk_staff(body.get("staff_id"))
    if staff is None:
        raise InvalidInput("override_staff_only")
    return Actor("staff", staff.full_name, staff.id)


def _unit(body: dict[str, Any]) -> str | None:
    """L184: the shelf this mobile desk stands at."""
    name = body.get("unit")
    return name[:80] if isinstance(name, str) else None


def _key() -> str:
    try:
        return str(uuid.UUID(request.headers.get("Idempotency-Key", "")))
    except ValueError:
        raise KesachError("key_missing") from None


def _keyed(body: dict[str, Any], act: Callable[[str], tuple[int, dict[str, Any]]]) -> Response:
    """Do the act once under the request's key; the same key and body answers the first answer."""
    key = _key()
    wanted = hash_request((request.endpoint or "").rpartition(".")[2], body)
    done = run_keyed(key, device_scope(), wanted, lambda: act(key))
    answer = jsonify(done.answer)
    answer.status_code = done.status
    if done.repeated:
        answer.headers["Idempotency-Replayed"] = "true"
    return answer


def _channel() -> str:
    return "mobile" if current_device().profile == "mobile" else "kiosk"


def _require_mode(wanted: str) -> None:
    """The school may switch lending or returning at kiosks off (behaviour 26)."""
    mode = get_preference("kiosk_mode")
    if current_device().profile == "kiosk" and mode not in (wanted, "borrow_and_return"):
        raise Forbidden("mode_return_only" if wanted == "borrow" else "mode_borrow_only")


# --- endpoints ------------------------------------------------------------------------------------


@device_route(blueprint, "/hello")
def hello() -> Response:
    """Who am I, what time is it, what is new."""
    return jsonify(
        device=current_device().name,
        server_time=iso_instant(now()),
        school=get_preference("school_name"),
        api_version=API_VERSION,
        snapshot_version=current_version(),
        greeting=get_preference("library_greeting"),
        mode=get_preference("kiosk_mode"),
        school_id=school_uuid(),
    )


@device_route(blueprint, "/readers/<path:card>")
def reader(card: str) -> Response:
    """A scanned card: first name and class, what is out, whether more may go out."""
    shown = get_reader_card("" if len(card) > MAX_SCAN else clean_scan(card))
    return jsonify(shown.to_json())


@device_route(blueprint, "/checkouts", methods=("POST",))
def checkouts() -> Response:
    """201 with the loan; the same key and body again answers the same."""
    body = _body()

    def act(key: str) -> tuple[int, dict[str, Any]]:
        _require_mode("borrow")
        overrides = _codes(body, "overrides")
        actor = _staff_at_kiosk(body) if overrides else device_actor()
        done = check_out(
            _copy_code(body), reader_card=_card_code(body), actor=actor, channel=_channel(),
            occurred_at=_occurred_at(body), act_key=key, at_unit=_unit(body), overrides=overrides,
            comment=f"cho mượn ngoài quy định ở {current_device().name}" if overrides else None,
        )  # fmt: skip
        return 201, _loan_json(done)

    return _keyed(body, act)


@device_route(blueprint, "/renewals", methods=("POST",))
def renewals() -> Response:
    """200 with the lengthened loan."""
    body = _body()

    def act(key: str) -> tuple[int, dict[str, Any]]:
        done = renew(_copy_code(body), reader_card=_card_code(body), actor=device_actor())
        return 200, _loan_json(done)

    return _keyed(body, act)


def _loan_json(done: LoanDone) -> dict[str, Any]:
    return {
        "loan": {
            "id": done.loan_id,
            "copy_barcode": done.copy_barcode,
            "title": done.title,
            "due_on": done.due_on.isoformat(),
            "renewed": done.renewed,
            "cover_url": cover_url(done.record_id),
        },
        "remaining": done.remaining,
    }


@device_route(blueprint, "/returns", methods=("POST",))
def returns() -> Response:
    """200 also for a copy that was not on loan; `route_to` says where it goes when not to its shelf."""
    body = _body()

    def act(key: str) -> tuple[int, dict[str, Any]]:
        _require_mode("return")
        done = check_in(
            _copy_code(body), actor=device_actor(), channel=_channel(), occurred_at=_occurred_at(body)
        )
        return 200, {
            "return": {
                "copy_barcode": done.copy_barcode,
                "title": done.title,
                "was_on_loan": done.was_on_loan,
                "overdue_days": done.overdue_days,
                "held_for_other": done.held_for is not None,
                "route_to": done.route_to,
            }
        }

    return _keyed(body, act)


@device_route(blueprint, "/snapshot")
def snapshot() -> Response:
    """What is needed to decide offline; `since` = a version this device has had."""
    since = request.args.get("since")
    if since is not None and not (since.isascii() and since.isdecimal() and len(since) < 20):
        raise InvalidInput("field_bad", field="since")
    return jsonify(make_snapshot(None if since is None else int(since)))


@device_route(blueprint, "/journal", methods=("POST",))
def journal() -> Response:
    """Acts done offline, in order, each once: all of one call are one transaction."""
    body = _body()
    entries = body.get("entries")
    if not isinstance(entries, list) or len(entries) > MAX_JOURNAL:
        raise InvalidInput("field_bad", field="entries")
    for entry in entries:
        key = entry.get("key") if isinstance(entry, dict) else None
        if not isinstance(key, str) or not 1 <= len(key) <= MAX_ENTRY_KEY:
            raise InvalidInput("field_bad", field="key")

    def act(_key: str) -> tuple[int, dict[str, Any]]:
        return 200, {"results": [_settle(entry) for entry in entries]}

    if "Idempotency-Key" in request.headers:
        return _keyed(body, act)
    with transaction():  # the entries carry their own keys
        return jsonify(act("")[1])


def _settle(raw: dict[str, Any]) -> dict[str, Any]:
    channel = "mobile" if current_device().profile == "mobile" else "offline"
    try:
        entry = JournalEntry.from_json(raw)
    except ValueError:
        # Whatever it is, it happened: it is kept for the librarian as it came.
        entry = JournalEntry(key=raw["key"], kind="unreadable", occurred_at="")
    done = offline.apply_entry(entry, raw, actor=device_actor(), channel=channel)
    return {"key": raw["key"], "status": done.status, "code": done.code}


@device_route(blueprint, "/status", methods=("POST",))
def status() -> Response:
    """What the device says about itself; shown on the page of devices. Answers with what it is asked to do."""
    body = _body()
    if len(request.get_data()) > MAX_STATUS_BYTES:
        raise InvalidInput("field_bad", field="status")
    orders = receive_status(current_device(), body, request.remote_addr or "")
    answer = StatusAnswer(
        server_time=iso_instant(now()), snapshot_version=current_version(), orders=tuple(orders),
        receipt_template=current_template().version,
        release=find_offer(current_device(), current_app.config["KESACH_SETTINGS"].files_dir),
        twins=current_device().id in find_twins(now()),
    )  # fmt: skip
    return jsonify(answer.to_json())


@device_route(blueprint, "/receipt-template")
def receipt_template() -> Response:
    """What the school's receipts look like, for kiosks that keep it for days without network."""
    return jsonify(current_template().to_json())


@device_route(blueprint, "/release")
def release() -> Response:
    """What this kiosk is to run, sealed for it."""
    return jsonify(sealed_release(current_device()).to_json())


@device_route(blueprint, "/release/files/<name>", endpoint="release_file")
def send_release_file(name: str) -> Response:
    """A wheel of that release."""
    path = release_file(current_device(), name, current_app.config["KESACH_SETTINGS"].files_dir)
    return send_file(path, mimetype="application/octet-stream")
