"""The device calls described to machines: this room's part of the document (library/web/openapi.py).

Answers and journal entries come from the dataclasses of library/contract/kiosk_api.py; tests hold all of it
against the routes and what they answer. Next: routes.py.
"""

from __future__ import annotations

from library.contract.kiosk_api import (
    PREFIX,
    CheckoutAnswer,
    Hello,
    JournalEntry,
    JournalResult,
    ReaderCard,
    ReturnDone,
    Snapshot,
    StatusAnswer,
)
from library.contract.kiosk_release import Release
from library.contract.receipt_template import LENGTHS
from library.contract.scans import MAX_SCAN
from library.web.openapi import (
    COUNT,
    FLAG,
    INSTANT,
    TEXT,
    ApiPart,
    Schema,
    answer,
    busy,
    list_of,
    message_schemas,
    object_of,
    problem,
    query,
    ref,
    request_schema,
)

MAX_JOURNAL = 1_000
"""Entries in one call."""
MAX_ENTRY_KEY = 64
MAX_STATUS_BYTES = 16_384

_SCAN: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_SCAN}
_OCCURRED: Schema = {
    **INSTANT,
    "type": ["string", "null"],
    "description": "Lúc việc xảy ra, có múi giờ; bỏ trống hoặc ở tương lai: lúc máy chủ nhận",
}
_KEY = {"type": "string", "format": "uuid"}


def _entry() -> Schema:
    schema = request_schema(JournalEntry)
    schema["properties"]["key"] = {"type": "string", "minLength": 1, "maxLength": MAX_ENTRY_KEY}
    return schema


def _schemas() -> dict[str, Schema]:
    return {
        **message_schemas(Hello, ReaderCard, CheckoutAnswer, ReturnDone, Snapshot, JournalResult),
        **message_schemas(StatusAnswer, Release),
        "CheckoutRequest": object_of(
            {
                "reader_card": _SCAN,
                "copy_barcode": _SCAN,
                "occurred_at": _OCCURRED,
                "staff_id": {"type": ["integer", "null"], "description": "Cán bộ đứng ở quầy; cần khi có overrides"},
                "overrides": list_of({"type": "string"}, maxItems=20),
                "unit": {"type": ["string", "null"], "description": "Bàn lưu động: tên tủ đang phục vụ"},
            },
            ["reader_card", "copy_barcode"],
        ),
        "ReturnRequest": object_of({"copy_barcode": _SCAN, "occurred_at": _OCCURRED}, ["copy_barcode"]),
        "RenewalRequest": object_of({"reader_card": _SCAN, "copy_barcode": _SCAN}),
        "ReturnAnswer": object_of({"return": ref("ReturnDone")}),
        "JournalEntry": _entry(),
        "JournalRequest": object_of({"entries": list_of(ref("JournalEntry"), maxItems=MAX_JOURNAL)}),
        "JournalAnswer": object_of({"results": list_of(ref("JournalResult"))}),
        "ReceiptTemplate": object_of(
            {
                "version": COUNT,
                **{name: {**TEXT, "maxLength": length} for name, length in LENGTHS.items()},
                "show_class": FLAG,
                "show_barcodes": FLAG,
                "show_qr": FLAG,
                "logo": {**TEXT, "description": "PNG một bit, base64; trống: không có"},
            }
        ),
        "DeviceStatus": {"type": "object", "description": "Máy in, máy quét, số lượt chờ gửi, phiên bản: tuỳ máy"},
    }


_ALWAYS: dict[str, Schema] = {
    "401": problem("Không có mã thiết bị, mã sai hoặc đã thu hồi"),
    "403": problem("Loại thiết bị này không được gọi, hoặc trường đã tắt việc này ở quầy"),
    "503": busy(),
}


def _call(summary: str, answers: dict[str, Schema], parameters: list[Schema] | None = None) -> Schema:
    operation: Schema = {
        "summary": summary,
        "tags": ["kiosk"],
        "security": [{"device": []}],
        "responses": {**answers, **_ALWAYS},
    }
    if parameters:
        operation["parameters"] = parameters
    return operation


def _idempotency(required: bool) -> Schema:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": required,
        "description": "Cùng khoá và cùng nội dung: trả lời như lần đầu. Cùng khoá, nội dung khác: 409 key_reused",
        "schema": _KEY,
    }


def _write(summary: str, body: str, answers: dict[str, Schema], key: bool | None) -> Schema:
    """`key`: must it carry an Idempotency-Key, may it (False), or has it none (None)."""
    answers = {
        **answers,
        "400": problem("Không phải JSON, hoặc thiếu Idempotency-Key"),
        "413": problem("Quá lớn"),
        "422": problem("Thiếu trường, hoặc giá trị không dùng được"),
    }
    if key is not None:
        answers["409"] = problem("Quy định không cho, hoặc khoá đã dùng cho yêu cầu khác; reasons nêu đủ lý do")
    operation = _call(summary, answers, None if key is None else [_idempotency(key)])
    operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": ref(body)}}}
    return {"post": operation}


def _keyed(summary: str, body: str, status: str, done: str) -> Schema:
    replayed = {"description": "true khi đây là câu trả lời của lần đầu", "schema": {"type": "string"}}
    good = {**answer("Đã ghi", ref(done)), "headers": {"Idempotency-Replayed": replayed}}
    return _write(summary, body, {status: good, "404": problem("Không có thẻ hoặc sách này")}, True)


def _paths() -> dict[str, Schema]:
    card = {"name": "card", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    since: Schema = {"type": "integer", "minimum": 0, "maximum": 10**19 - 1}
    return {
        f"{PREFIX}/hello": {"get": _call("Thiết bị này là ai, mấy giờ", {"200": answer("Thiết bị", ref("Hello"))})},
        f"{PREFIX}/readers/{{card}}": {
            "get": _call(
                "Thẻ vừa quét: tên gọi, lớp, đang mượn gì, còn mượn được không",
                {"200": answer("Bạn đọc", ref("ReaderCard")), "404": problem("Không có thẻ này")},
                [card],
            )
        },
        f"{PREFIX}/checkouts": _keyed("Mượn", "CheckoutRequest", "201", "CheckoutAnswer"),
        f"{PREFIX}/returns": _keyed("Trả", "ReturnRequest", "200", "ReturnAnswer"),
        f"{PREFIX}/renewals": _keyed("Gia hạn", "RenewalRequest", "200", "CheckoutAnswer"),
        f"{PREFIX}/snapshot": {
            "get": _call(
                "Những gì cần để quyết định khi mất mạng, toàn bộ hoặc phần đổi từ một phiên bản",
                {"200": answer("Bản chụp", ref("Snapshot")), "422": problem("since không dùng được")},
                [query("since", "version đã có; bỏ trống: toàn bộ", since)],
            )
        },
        f"{PREFIX}/journal": _write(
            "Việc đã làm lúc mất mạng, theo thứ tự, mỗi việc một lần; việc không khớp giữ lại cho thủ thư",
            "JournalRequest",
            {"200": answer("Từng việc ra sao", ref("JournalAnswer"))},
            False,
        ),
        f"{PREFIX}/receipt-template": {
            "get": _call("Mẫu phiếu in của trường", {"200": answer("Mẫu phiếu", ref("ReceiptTemplate"))})
        },
        f"{PREFIX}/release": {
            "get": _call(
                "Bản chương trình quầy này phải chạy, có con dấu riêng của quầy",
                {"200": answer("Bản cập nhật", ref("Release")), "404": problem("Không có bản nào cho quầy này")},
            )
        },
        f"{PREFIX}/release/files/{{name}}": {
            "get": _call(
                "Một gói của bản ấy",
                {
                    "200": {
                        "description": "Gói",
                        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
                    },
                    "404": problem("Không có gói này trong bản dành cho quầy"),
                },
                [{"name": "name", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}],
            )
        },
        f"{PREFIX}/status": _write(
            "Thiết bị tự báo tình trạng; câu trả lời mang những việc nhờ quầy làm, mỗi việc một lần",
            "DeviceStatus",
            {"200": answer("Đã nhận", ref("StatusAnswer"))},
            None,
        ),
    }


PART = ApiPart(
    _paths(),
    _schemas(),
    {"device": {"type": "http", "scheme": "bearer", "description": "Mã in ra một lần bởi kesach device add"}},
)
