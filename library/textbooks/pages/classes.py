"""One class, one screen: scan, check, hand out; the set by list; documents and their undo; the sheet to sign.

js/textbooks.js sends the list after every scan to `check_list`, which answers what the hand-out would do;
without script the list is a text box and a button.
"""

from __future__ import annotations

import uuid
from itertools import groupby
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.contract.codes import word
from library.contract.scans import clean_scan, looks_like_card
from library.foundation.errors import KesachError
from library.lending.pages.forms import read_codes, staff_actor, words_of
from library.readers.queries import list_classes
from library.textbooks import queries
from library.textbooks.batches import get_batch, list_batch_copies, list_batches
from library.textbooks.documents import ListRefused
from library.textbooks.losses import declare_textbook_lost
from library.textbooks.model import ListProblem, Preview
from library.textbooks.pages import blueprint
from library.textbooks.rules import write_scan_list
from library.textbooks.service import hand_out, preview, propose, undo_hand_out
from library.textbooks.sets import save_owners
from library.textbooks.undoing import undo_collect
from library.web.access import may, staff_page
from library.web.form_values import parse_id
from library.web.sent import read_sent_lines


def read_key() -> str | None:
    """The page's own key, so that a form sent twice is one document (L115)."""
    try:
        return str(uuid.UUID(request.form.get("key", "")))
    except ValueError:
        return None


@staff_page(blueprint, "/staff/textbooks/classes/<int:class_id>")
def class_page(class_id: int) -> str:
    """The class and its books; a box to scan into."""
    return _class_page(class_id)


def _class_page(class_id: int, *, said: str = "", problems: tuple[ListProblem, ...] = (), lines: str = "") -> str:
    sheet = queries.get_class_sheet(class_id)
    return render_template(
        "textbooks/class.html", sheet=sheet, said=said, problems=problems, lines=lines,
        batches=list_batches(class_id), key=str(uuid.uuid4()),
        classes=[(card.id, card.name) for card in list_classes(sheet.school_year)],
    )  # fmt: skip


@staff_page(blueprint, "/staff/textbooks/classes/<int:class_id>/check", role="assistant", methods=("POST",))
def check_list(class_id: int) -> Response:
    """What the list would do now, after every scan; nothing is written."""
    lines = read_sent_lines()
    return jsonify(_as_json(preview(class_id, lines), lines))


def _as_json(found: Preview, lines: list[str]) -> dict[str, Any]:
    names = {pupil.reader_id: (pupil.number, pupil.name) for pupil in found.sheet.pupils}
    cards = {pupil.card: pupil.reader_id for pupil in found.sheet.pupils if pupil.card}
    problems = [
        {"text": one.text, "title": one.title, "words": word(one.reason.code, one.reason.params)}
        for one in found.problems
    ]
    tone, text = _say_last(found, lines, names, cards)
    return {
        "count": len(found.pairs),
        "pupils": len({pair.reader_id for pair in found.pairs}),
        "cells": [[pair.reader_id, pair.record_id] for pair in found.pairs],
        "problems": problems,
        "repeated": list(found.repeated),
        "current": _current(lines, cards),
        "tone": tone,
        "say": text,
    }


def _current(lines: list[str], cards: dict[str, int]) -> int:
    """The pupil the next book is for; 0 while piles go down the list."""
    for line in reversed(lines):
        if line.startswith("#"):
            return int(line[1:]) if line[1:].isdecimal() and len(line) < 11 else 0
        if clean_scan(line) in cards:
            return cards[clean_scan(line)]
        if looks_like_card(clean_scan(line)):
            return 0  # whose books come next is not known
    return 0


def _say_last(
    found: Preview, lines: list[str], names: dict[int, tuple[int, str]], cards: dict[str, int]
) -> tuple[str, str]:
    """(tone, sentence) for the newest line."""
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    code = clean_scan(last)[:40]
    for problem in reversed(found.problems):
        if problem.text in (last, code):
            title = f"{problem.title}: " if problem.title else ""
            return "no", f"{title}{word(problem.reason.code, problem.reason.params)}"
    if last.startswith("="):
        return "ok", ""
    if last == "#":
        return "ok", "Quét cả chồng: sách đi lần lượt theo danh sách lớp."
    reader_id = cards.get(code) or (int(last[1:]) if last.startswith("#") and last[1:].isdecimal() else 0)
    if reader_id in names:
        number, name = names[reader_id]
        return "ok", f"Đang cấp cho {number}. {name}."
    if code in found.repeated:
        return "attention", f"{code} đã quét rồi, tính một lần."
    for pair in reversed(found.pairs):
        if pair.barcode == code:
            number, name = names[pair.reader_id]
            return "ok", f"{pair.title} → {number}. {name}"
    return "ok", ""


@staff_page(blueprint, "/staff/textbooks/classes/<int:class_id>/hand-out", role="assistant", methods=("POST",))
def give(class_id: int) -> Response | tuple[str, int]:
    """Write the whole list: one document."""
    text = request.form.get("lines", "")
    try:
        done = hand_out(
            class_id, read_codes("lines"), actor=staff_actor(), skip_problems=request.form.get("skip") == "1",
            note=request.form.get("note", ""), act_key=read_key(),
        )  # fmt: skip
    except ListRefused as error:
        return _class_page(class_id, problems=error.problems, lines=text), 409
    except KesachError as error:
        return _class_page(class_id, said=words_of(error), lines=text), 422
    left = f" Để lại {len(done.left_out)} dòng chưa cấp được." if done.left_out else ""
    flash(f"Đã cấp {done.copies} cuốn, phiếu {done.number}.{left}", "good")
    if done.set_aside:
        flash(f"Vẫn cấp đủ cho {', '.join(done.set_aside)}: trễ sách khác không giữ lại sách giáo khoa.", "notice")
    for problem in done.left_out:
        title = f"{problem.title}: " if problem.title else ""
        flash(f"{problem.text}: {title}{word(problem.reason.code, problem.reason.params)}", "notice")
    return redirect(url_for("textbooks.batch", batch_id=done.batch_id, done=class_id), 303)


@staff_page(blueprint, "/staff/textbooks/classes/<int:class_id>/by-list", role="assistant")
def by_list(class_id: int) -> str:
    """The whole set for everybody without scanning: who would get which copies. To look at, then to write."""
    sheet = queries.get_class_sheet(class_id)
    chosen = request.args.get("chosen") == "1"
    readers = [int(value) for value in request.args.getlist("reader") if value.isdecimal()] if chosen else None
    records = [int(value) for value in request.args.getlist("title") if value.isdecimal()] if chosen else None
    lines, short = propose(class_id, readers, records)
    copies = {(line.reader_id, line.barcode): line for line in lines}
    of_copy = {copy["barcode"]: copy["record"] for copy in queries.list_known_copies(
        [title.record_id for title in sheet.titles])}  # fmt: skip
    cells = {(reader_id, of_copy.get(barcode)): barcode for reader_id, barcode in copies}
    return render_template(
        "textbooks/by_list.html", sheet=sheet, lines=lines, short=short, cells=cells, text=write_scan_list(lines),
        key=str(uuid.uuid4()),
        readers=set(readers) if readers is not None else {pupil.reader_id for pupil in sheet.pupils if pupil.takes},
        records=set(records) if records is not None else {
            title.record_id for title in sheet.titles if title.required
        },
    )  # fmt: skip


@staff_page(blueprint, "/staff/textbooks/classes/<int:class_id>/owners", role="assistant", methods=("POST",))
def owners(class_id: int) -> Response:
    """Who has books of their own this year."""
    ids = [int(value) for value in request.form.getlist("owner") if value.isdecimal() and len(value) < 10]
    count = save_owners(class_id, ids, actor=staff_actor())
    flash(f"Đã ghi: {count} em tự có sách, không nhận của thư viện.", "good")
    return redirect(url_for("textbooks.class_page", class_id=class_id), 303)


@staff_page(blueprint, "/staff/textbooks/classes/<int:class_id>/sheet")
def sign_sheet(class_id: int) -> str:
    """Sổ cấp phát SGK: the class against the set, to sign for."""
    blank = request.args.get("blank") == "1"
    return render_template("textbooks/sheet.html", sheet=queries.get_class_sheet(class_id), blank=blank)


@staff_page(blueprint, "/staff/textbooks/classes/<int:class_id>/lost", role="librarian", methods=("POST",))
def lost(class_id: int) -> Response:
    """A pupil has lost a book."""
    loan_id = parse_id(request.form.get("loan_id")) or 0
    try:
        declare_textbook_lost(loan_id, actor=staff_actor(), comment=request.form.get("comment") or None)
    except KesachError as error:
        flash(words_of(error), "bad")
        return redirect(url_for("textbooks.class_page", class_id=class_id), 303)
    flash("Đã ghi mất sách. Ghi tiếp cách đền khi gia đình đền.", "notice")
    return redirect(url_for("textbooks.losses", _anchor=f"loan-{loan_id}"), 303)


# --- documents ------------------------------------------------------------------------------------


@staff_page(blueprint, "/staff/textbooks/batches/<int:batch_id>")
def batch(batch_id: int) -> str:
    """One document, to look at, print and undo."""
    copies = list_batch_copies(batch_id)
    by_pupil = [list(own) for _, own in groupby(copies, key=lambda copy: (copy.class_name, copy.reader_id))]
    return render_template(
        "textbooks/batch.html", batch=get_batch(batch_id), pupils=by_pupil,
        can_undo=may("librarian"), done=request.args.get("done", ""),
    )  # fmt: skip


@staff_page(blueprint, "/staff/textbooks/batches/<int:batch_id>/undo", role="librarian", methods=("POST",))
def undo(batch_id: int) -> Response:
    """Take a mistaken hand-out or collection back."""
    collected = get_batch(batch_id).kind == "back"
    undo_it = undo_collect if collected else undo_hand_out
    try:
        undone, kept = undo_it(batch_id, actor=staff_actor(), comment=request.form.get("comment", ""))
    except KesachError as error:
        flash(words_of(error), "bad")
    else:
        now_words = "lại đứng tên học sinh" if collected else "không còn đứng tên học sinh"
        rest = f" {kept} cuốn giữ nguyên vì đã có việc khác sau đó." if kept else ""
        flash(f"Đã hoàn tác: {undone} cuốn {now_words}.{rest}", "good")
    return redirect(url_for("textbooks.batch", batch_id=batch_id), 303)
