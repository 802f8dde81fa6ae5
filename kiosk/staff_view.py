"""The staff menu as plain JSON for the page, in words. Part of `view.py`; the PIN's digits never go out."""

from __future__ import annotations

import math
from typing import Any

from kiosk.session_model import State
from kiosk.staff_model import VOLUMES, StaffVisit
from kiosk.staff_session import can_override
from library.contract.codes import word
from library.contract.staff_pin import PIN_LENGTH

_SAID = {
    "wrong": "Thẻ hoặc PIN chưa đúng.",
    "no_answer": "Chưa kiểm tra được. Bấm lại PIN.",
    "reprinting": "Đang in lại…",
    "testing": "Đang in thử…",
    "test:printed": "Đã in thử. Hai mép thấy vạch, không chữ nào bị cắt là đạt.",
    "reprint:printed": "Đã in lại. Phiếu có dòng BẢN IN LẠI.",
    "partial": "In dở dang. Xem giấy có kẹt không, rồi in lại.",
    "unknown": "Không rõ đã in chưa. Xem ở máy in trước khi in lại.",
    "paper_out": "Chưa in: máy in hết giấy. Lắp cuộn mới rồi in lại.",
    "cover_open": "Chưa in: nắp máy in đang mở. Đóng nắp rồi in lại.",
    "offline": "Chưa in: máy in không trả lời. Xem dây và nguồn điện.",
    "no_printer": "Chưa in: quầy này không dùng máy in.",
    "not_printed": "Chưa in được. Tắt máy in, bật lại rồi in lại.",
}


def _say(said: str) -> str:
    """What the menu says; how printing ended comes as what:outcome:reason."""
    what, _, rest = said.partition(":")
    outcome, _, reason = rest.partition(":")
    if outcome == "printed":
        return _SAID[f"{what}:printed"]
    if outcome == "not_printed":
        return _SAID.get(reason, _SAID["not_printed"])
    return _SAID.get(outcome or what, "")


def describe_staff(state: State) -> dict[str, Any] | None:
    """None while no staff card was scanned."""
    visit = state.staff
    if visit is None:
        return None
    shown: dict[str, Any] = {
        "stage": visit.stage, "title": _title(visit), "hint": "", "said": _say(visit.said), "dots": 0,
        "length": PIN_LENGTH, "locked": "", "rows": [], "buttons": [],
    }  # fmt: skip
    if visit.stage in ("pin", "checking"):
        shown["dots"] = PIN_LENGTH if visit.stage == "checking" else len(visit.digits)
        shown["locked"] = _locked(state)
        asked = "" if shown["locked"] else "Bấm PIN của thầy cô."
        shown["hint"] = "Đang kiểm tra…" if visit.stage == "checking" else asked
    elif visit.stage == "menu":
        shown["hint"] = _override_words(state)
        shown["buttons"] = _menu_buttons(state)
    elif visit.stage == "status":
        shown["rows"] = [{"label": one.label, "said": one.said, "good": one.good} for one in visit.rows]
    elif visit.stage == "receipts":
        shown["hint"] = "Chọn phiếu cần in lại." if visit.receipts else "Chưa có phiếu nào trong hai ngày qua."
        shown["buttons"] = [_button(f"reprint_{one.number}", one.label, "slip") for one in visit.receipts]
    elif visit.stage == "volume":
        shown["buttons"] = [
            {**_button(f"volume_{one}", "Tắt tiếng" if one == 0 else f"{one} %"), "chosen": one == state.volume}
            for one in VOLUMES
        ]
    elif visit.stage == "restart":
        shown["hint"] = "Quầy nghỉ khoảng nửa phút rồi tự chạy lại. Mọi việc đã ghi vẫn còn."
        shown["buttons"] = [{**_button("staff_restart_now", "Khởi động lại", "back"), "tone": "primary"}]
    return shown


def _title(visit: StaffVisit) -> str:
    return {
        "menu": f"Chào thầy cô {visit.name}" if visit.name else "Trang cán bộ",
        "status": "Tình trạng quầy",
        "receipts": "In lại phiếu",
        "volume": "Âm lượng",
        "restart": "Khởi động lại quầy?",
    }.get(visit.stage, "Cán bộ thư viện")


def _locked(state: State) -> str:
    left = state.pad_closed_until - state.now
    if left <= 0:
        return ""
    if left < 60:
        return f"Thử lại sau {math.ceil(left)} giây."
    return f"Sai nhiều lần. Thử lại sau {math.ceil(left / 60)} phút."


def _override_words(state: State) -> str:
    refused = state.refused
    if refused is None or state.reader is None:
        return ""
    params = {**refused.params, "name": state.reader.display_name}
    said = word(refused.code, params)
    book = f" “{refused.title}”" if refused.title else ""
    return f"Vừa từ chối{book}: {said}" if refused.overridable else f"Vừa từ chối{book}, không cho qua được: {said}"


def _menu_buttons(state: State) -> list[dict[str, Any]]:
    buttons = []
    if can_override(state):
        buttons.append({**_button("staff_override", "Vẫn cho mượn cuốn này", "tick"), "tone": "primary"})
    return [
        *buttons,
        _button("staff_reprint", "In lại phiếu", "slip"),
        _button("staff_test", "In thử", "slip"),
        _button("staff_status", "Tình trạng", "calendar"),
        _button("staff_volume", "Âm lượng", "sound"),
        _button("staff_restart", "Khởi động lại", "back"),
    ]


def _button(name: str, label: str, icon: str = "") -> dict[str, Any]:
    return {"name": name, "label": label, "icon": icon, "tone": "second", "chosen": False}
