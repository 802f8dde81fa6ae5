"""The screen as plain JSON: the whole of it, from the state, each time.

Here: which words, pictures and buttons a state shows. Not here: how they look (`screen/`). What this
function leaves out is not in the page: the page keeps nothing of its own. Words: `words.py`.
Card numbers and barcodes never go to the screen.
"""

from __future__ import annotations

import math
import textwrap
from typing import Any

from kiosk.reader_standing import overdue_loans, what_keeps
from kiosk.session_end import may_print_holdings
from kiosk.session_model import Line, Phase, Question, State
from kiosk.session_rules import Rules
from kiosk.spoken import address, read_date, short_day
from kiosk.staff_view import describe_staff
from kiosk.words import DONE, STAFF_CAUSES, say, say_unwritten
from library.contract.kiosk_api import ReaderCard


def describe(state: State, rules: Rules) -> dict[str, Any]:
    """What the page draws. Every key is always there."""
    screen = _screen(state)
    kind = state.reader.kind if state.reader is not None else "pupil"
    books = [_book(line) for line in reversed(state.lines)] if _shows_books(state) else []
    return {
        "screen": screen,
        "session": state.session,
        "school": state.school,
        "greeting": state.greeting,
        "title": _title(state, rules, screen, kind),
        "hint": address(_hint(state, rules, screen), kind),
        "reader": _reader(state),
        "books": books,
        "due": _earliest_due(state) if state.phase in (Phase.RECEIPT, Phase.GOODBYE) else None,
        "due_label": address("Em trả sách muộn nhất", kind),
        "notice": _notice(state, kind),
        "question": _question(state.question, rules, kind) if state.question is not None else None,
        "buttons": _buttons(state, screen, rules),
        "waiting": state.asking is not None,
        "waiting_for": address(_waiting_for(state), kind),
        "next": "Đang xem mã tiếp theo…" if state.queue and state.asking is None else "",
        "countdown": _countdown(state, rules),
        "receipt": address(_receipt_line(state), kind),
        "online": state.online,
        "offline_hint": "" if state.online else _offline_hint(state, rules),
        "staff_hint": _staff_hint(state),
        "accepts": {"borrow": rules.may_borrow, "return": rules.may_return},
        "choices": _choices(state),
        "staff": describe_staff(state),
        "volume": state.volume,
    }


def _screen(state: State) -> str:
    if state.causes and state.phase is Phase.IDLE:
        return "out_of_order"
    return str(state.phase)


def _staff_hint(state: State) -> str:
    """What whoever can mend it should know: small print while no child is there."""
    codes = (*state.causes, *state.concerns)
    return STAFF_CAUSES.get(codes[0], "") if codes and state.phase is Phase.IDLE else ""


def _shows_books(state: State) -> bool:
    return state.phase in (Phase.OPEN, Phase.RETURNING, Phase.RECEIPT, Phase.GOODBYE)


def _offline_hint(state: State, rules: Rules) -> str:
    """Over every screen of a child while the core is away."""
    if not rules.may_borrow or not {"no_data", "old_data"} & set(state.concerns):
        return "Đang mất mạng. Máy vẫn ghi lại, em cứ mượn trả nhé."
    if not rules.may_return:
        return "Đang mất mạng. Em mượn sách ở bàn cô thủ thư nhé."
    return "Đang mất mạng. Em trả sách ở đây, mượn thì gọi cô thủ thư nhé."


def _title(state: State, rules: Rules, screen: str, kind: str) -> str:
    """Names stay as they are: "Em" is one."""
    name = state.reader.display_name if state.reader is not None else ""
    if screen == "out_of_order":
        return "Máy đang nghỉ một chút"
    if screen == "idle":
        return "Quét thẻ của\u00a0em" if rules.may_borrow else "Quét sách em muốn trả"
    if screen == "choosing":
        return f"Em tên gì, lớp {_chosen_class(state)}?" if _chosen_class(state) else "Em học lớp nào?"
    if screen == "opening":
        return "Chào em!"
    if screen == "open":
        if kind in ("teacher", "staff"):
            return f"Chào thầy cô {name}!"
        return f"Chào {name}!" if name else address("Chào em!", kind)
    if screen == "returning":
        return "Em trả sách"
    if screen == "receipt":
        return address("Em có lấy phiếu không?", kind)
    if kind in ("teacher", "staff"):
        return "Hẹn gặp lại thầy cô!"
    return f"Hẹn\u00a0gặp\u00a0lại {name}!" if name else address("Cảm ơn em!", kind)


def _hint(state: State, rules: Rules, screen: str) -> str:
    if screen == "out_of_order":
        return "Em sang bàn cô thủ thư nhé."
    if screen == "idle":
        if rules.may_borrow and rules.may_return:
            return "Em muốn trả sách? Quét luôn mã trên sách."
        return "Để thẻ vào dưới tia sáng của máy quét." if rules.may_borrow else "Để mã trên sách vào tia sáng."
    if screen == "choosing":
        return "Không thấy tên mình, em gọi cô thủ thư nhé." if _chosen_class(state) else ""
    if screen == "opening":
        return "Máy đang tìm thẻ của em…"
    if screen == "open":
        return _open_hint(state)
    if screen == "returning":
        return "Còn cuốn nào nữa, em quét tiếp nhé." if state.lines else "Em quét mã trên sách nhé."
    if screen == "goodbye" and state.receipt == "none" and any(line.kind != "return" for line in state.lines):
        return "Em giữ sách cẩn thận nhé."
    return ""


def _open_hint(state: State) -> str:
    reader = state.reader
    if reader is not None and reader.remaining <= 0 and (kept_from := what_keeps(reader)) is not None:
        late = overdue_loans(reader, _returned(state))
        if kept_from.code == "has_overdues" and late:
            more = f" và {len(late) - 1} cuốn nữa" if len(late) > 1 else ""
            return f"Em trả “{_short(late[0].title)}”{more} trước nhé."
        return "Bấm Xong nhé." if state.lines else say(kept_from.code, kept_from.params)
    if not state.lines:
        full = reader is not None and reader.remaining <= 0 and reader.loans
        return "Em quét cuốn muốn trả nhé." if full else "Bây giờ em quét mã trên cuốn sách."
    if reader is not None and reader.remaining > 0:
        return "Quét cuốn tiếp theo, hoặc bấm Xong."
    return "Em đã mượn đủ rồi. Bấm Xong nhé."


def _returned(state: State) -> set[str]:
    return {line.barcode for line in state.lines if line.kind == "return"}


def _short(title: str) -> str:
    """A title as it fits into a sentence: whole words, 32 signs at most."""
    return textwrap.shorten(title, 32, placeholder="…") if title else "cuốn đến hạn"


def _reader(state: State) -> dict[str, Any] | None:
    reader = state.reader
    if reader is None or state.phase not in (Phase.OPEN, Phase.RECEIPT, Phase.GOODBYE):
        return None
    returned = _returned(state)
    lent = sum(line.kind == "checkout" for line in state.lines)
    kept = [loan for loan in reader.loans if loan.copy_barcode not in returned]
    apart = [loan for loan in kept if not loan.counts]
    what = "sách giáo khoa" if all(loan.material == "textbook" for loan in apart) else "cuốn khác"
    holding = len(kept) - len(apart) + lent
    waiting = reader.holds_ready
    return {
        "name": reader.display_name,
        "class": f"Lớp {reader.class_name}" if reader.class_name else "",
        "holding": holding,
        "holding_said": address(f"Em đang giữ {holding} cuốn", reader.kind),
        "apart": f"+ {len(apart)} {what}" if apart else "",
        "remaining": max(reader.remaining, 0),
        "waits_for_book": reader.remaining > 0 or bool(kept),
        "remaining_said": address(_remaining_said(reader), reader.kind),
        "holds_said": address(f"Sách em đặt đã có: {waiting} cuốn", reader.kind) if waiting else "",
    }


def _remaining_said(reader: ReaderCard) -> str:
    if reader.remaining > 0:
        return f"Còn mượn được {reader.remaining} cuốn"
    return "Em đã mượn đủ" if what_keeps(reader) is None else "Hôm nay em chưa mượn thêm được"


def _book(line: Line) -> dict[str, Any]:
    due = read_date(line.due_on)
    word = DONE[line.kind]
    if line.kind == "return":
        due_label = "Em đặt lên bàn cô thủ thư" if line.held_for_other else line.route_to or ""
    else:
        due_label = short_day(due) if due is not None else "Cô thủ thư sẽ báo hạn trả"
    return {
        "kind": line.kind,
        "word": word,
        "title": line.title or "Sách của thư viện",
        "cover_url": line.cover_url,
        "tint": sum(map(ord, line.title)) % 8,
        "due_word": "Hạn trả" if line.kind != "return" and due is not None else "",
        "due": due_label,
    }


def _earliest_due(state: State) -> str | None:
    days = [read_date(line.due_on) for line in state.lines if line.kind != "return"]
    known = [day for day in days if day is not None]
    return short_day(min(known)) if known else None


def _notice(state: State, kind: str) -> dict[str, str] | None:
    notice = state.notice
    if notice is None:
        return None
    text = address(f"{say(notice.code, notice.params)} {say_unwritten(notice.unwritten)}".strip(), kind)
    return {"tone": notice.tone, "code": notice.code, "text": text, "button": address("Em hiểu rồi", kind)}


def _question(question: Question, rules: Rules, kind: str) -> dict[str, Any]:
    buttons = []
    if rules.may_return:
        buttons.append({"name": "return", "label": "Trả sách", "tone": "primary"})
    if question.renewable:
        buttons.append({"name": "renew", "label": DONE["renewal"], "tone": "second"})
    buttons.append({"name": "close", "label": "Không", "tone": "quiet"})
    text = "Em muốn trả cuốn này?" if question.kind == "returning" else "Em đang mượn cuốn này. Em muốn làm gì?"
    text = address(text, kind)
    return {"text": text, "title": question.title, "tint": sum(map(ord, question.title)) % 8, "buttons": buttons}


def _chosen_class(state: State) -> str:
    return state.choice.class_name if state.choice is not None else ""


def _choices(state: State) -> list[str]:
    """Classes, or first names: their positions are what the page sends back."""
    return list(state.choice.labels) if state.phase is Phase.CHOOSING and state.choice is not None else []


def _buttons(state: State, screen: str, rules: Rules) -> list[dict[str, str]]:
    if state.question is not None:
        return []
    if screen == "idle" and rules.name_list and rules.may_borrow:
        return [{"name": "forgot_card", "label": "Em quên thẻ", "tone": "quiet"}]
    if screen == "choosing":
        back = {"name": "choose_back", "label": "Lớp khác", "tone": "quiet"}
        return [*([back] if _chosen_class(state) else []), {"name": "done", "label": "Thôi", "tone": "quiet"}]
    if screen == "receipt":
        return [
            {"name": "receipt", "label": "Lấy phiếu", "tone": "primary"},
            {"name": "no_receipt", "label": "Không cần", "tone": "quiet"},
        ]
    if screen in ("open", "returning"):
        done = bool(state.lines)
        end = {"name": "done", "label": "Xong" if done else "Thôi", "tone": "primary" if done else "quiet"}
        kind = state.reader.kind if state.reader is not None else "pupil"
        held = {"name": "holdings", "label": address("In tên sách em mượn", kind), "tone": "quiet small"}
        return [end, held] if may_print_holdings(state, rules) else [end]
    return []


def _waiting_for(state: State) -> str:
    if state.asking is None:
        return ""
    return "Máy đang tìm thẻ của em…" if state.asking.kind == "reader" else "Máy đang ghi…"


def _countdown(state: State, rules: Rules) -> int | None:
    """Whole seconds left, from `countdown_from` on; None while there is time or nothing runs out."""
    if state.ends_at is None or state.asking is not None or state.phase not in (Phase.OPEN, Phase.RETURNING):
        return None
    if state.staff is not None:
        return None  # the session beneath the staff menu waits
    left = state.ends_at - state.now
    limit = rules.countdown_from if state.phase is Phase.OPEN else min(rules.countdown_from, 5.0)
    return max(math.ceil(left), 0) if left <= limit else None


def _receipt_line(state: State) -> str:
    if state.phase is not Phase.GOODBYE:
        return ""
    return {
        "none": "",
        "printing": "Phiếu đang in, em đợi một chút nhé.",
        "printed": "Em nhớ lấy phiếu nhé.",
        "failed": "Máy in đang nghỉ. Em nhớ ngày trả trên màn hình nhé.",
    }[state.receipt]
