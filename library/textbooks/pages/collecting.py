"""Collecting textbooks: one box, piles in any order."""

from __future__ import annotations

import uuid

from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.contract.codes import word
from library.foundation.errors import KesachError
from library.lending.pages.forms import read_codes, staff_actor, words_of
from library.textbooks.batches import list_batches
from library.textbooks.collecting import collect, say_whose
from library.textbooks.documents import ListRefused
from library.textbooks.model import ListProblem
from library.textbooks.pages import blueprint
from library.textbooks.pages.classes import read_key
from library.web.access import staff_page
from library.web.sent import read_sent_lines


@staff_page(blueprint, "/staff/textbooks/collect", role="assistant")
def collect_page() -> str:
    """The box, and the newest collections."""
    return _page()


def _page(*, said: str = "", problems: tuple[ListProblem, ...] = (), lines: str = "") -> str:
    return render_template(
        "textbooks/collect.html", said=said, problems=problems, lines=lines, key=str(uuid.uuid4()),
        batches=list_batches(kind="back", limit=10),
    )  # fmt: skip


@staff_page(blueprint, "/staff/textbooks/collect/check", role="assistant", methods=("POST",))
def check_copy() -> Response:
    """Whose book was scanned just now; nothing is written."""
    lines = [line.strip() for line in read_sent_lines() if line.strip()]
    last = lines[-1] if lines else ""
    if not last or last.startswith("="):
        return jsonify(tone="ok", say="")
    if last.upper() in (line.upper() for line in lines[:-1]):
        return jsonify(tone="attention", say=f"{last} đã quét rồi, tính một lần.")
    tone, text = say_whose(last)
    return jsonify(tone=tone, say=text)


@staff_page(blueprint, "/staff/textbooks/collect", role="assistant", methods=("POST",))
def take_back() -> Response | tuple[str, int]:
    """Write the pile: one document."""
    text = request.form.get("lines", "")
    try:
        done = collect(read_codes("lines"), actor=staff_actor(), note=request.form.get("note", ""), act_key=read_key())
    except ListRefused as error:
        return _page(problems=error.problems, lines=text), 409
    except KesachError as error:
        return _page(said=words_of(error), lines=text), 422
    worse = sum(line.worse for line in done.lines)
    more = f" {worse} cuốn về kém hơn lúc cấp." if worse else ""
    flash(f"Đã thu {len(done.lines)} cuốn, phiếu {done.number}.{more}", "good")
    for line in done.lines:
        if line.route_to:
            flash(f"{line.barcode} {line.title}: để ở {line.route_to}.", "notice")
    if done.not_on_loan:
        codes = ", ".join(code for code, _ in done.not_on_loan[:12])
        flash(f"{len(done.not_on_loan)} cuốn không đứng tên ai, cất về kho: {codes}.", "notice")
    if done.ordinary:
        named = "; ".join(
            f"{one.barcode} {one.title}" + (f" ({one.reader_name})" if one.reader_name else "")
            for one in done.ordinary[:12]
        )
        many = len(done.ordinary)
        flash(f"{many} cuốn là sách thư viện, đã nhận trả như ở quầy, không vào phiếu: {named}.", "notice")
    for problem in done.problems:
        flash(f"{problem.text}: {word(problem.reason.code, problem.reason.params)}", "bad")
    return redirect(url_for("textbooks.batch", batch_id=done.batch_id, done="collect"), 303)
