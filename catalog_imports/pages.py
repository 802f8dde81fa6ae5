"""The import stepper: choose a file, see the plan, let it in, see what came of it; history and undo.

Parses forms, calls service.py, renders. Long work runs in jobs.py; the page asks again every second.
No rules here. Next: service.py.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from catalog_imports import batch_books as batch_books_of
from catalog_imports import jobs, service
from catalog_imports.detect import is_marc
from catalog_imports.legacy_text import LABELS
from catalog_imports.marc_decode import PROFILES, check_profile
from catalog_imports.model import ImportOptions
from catalog_imports.readers_columns import KEPT_COLUMNS
from catalog_imports.report import SEVERITY_LABELS, list_problems
from catalog_imports.tables import ImportBatch
from library.cataloguing.queries import list_collections
from library.contract.codes import word
from library.foundation import clock
from library.foundation.audit import Actor
from library.foundation.clock import today
from library.foundation.errors import InvalidInput, KesachError
from library.foundation.schoolyear import label_for
from library.settings import Settings
from library.web.access import current_staff, staff_page
from library.web.navigation import place
from library.web.pagination import paginate

blueprint = Blueprint("catalog_imports", __name__, template_folder="templates")
place(blueprint, "imports", "catalog_imports.imports", role="assistant")

KINDS = (("marc", "Biểu ghi MARC (.mrc, .xml)"), ("books", "Danh mục sách (.xlsx, .csv)"),
         ("readers", "Danh sách lớp, giáo viên (.xlsx, .csv)"))  # fmt: skip
KIND_LABELS = {"marc": "Biểu ghi MARC", "books": "Danh mục sách", "readers": "Danh sách bạn đọc"}
STATUS_LABELS = {"running": "Dừng giữa chừng", "done": "Xong", "undone": "Đã hoàn tác", "failed": "Không xong"}
STATUS_TONES = {"running": "bad", "done": "good", "undone": "", "failed": "bad"}
ENCODING_LABELS = {"utf-8": "Unicode (UTF-8)", "utf-16": "Unicode (UTF-16)", "xlsx": "Excel (Unicode)",
                   "marc-8": "MARC-8",
                   "?": "Không rõ", **LABELS}  # fmt: skip
PROFILE_CHOICES = [(name, {"auto": "Tự nhận"}.get(name, ENCODING_LABELS.get(name, name))) for name in PROFILES]
STEPS = ["Chọn tệp", "Xem trước", "Nhập", "Kết quả"]
PER_PAGE = 50
KEEP_UPLOADS_SECONDS = 2 * 24 * 3600
"""Uploads that were previewed and never brought in are dropped after two days."""
SHOWN_PROBLEMS = 200
_DIGEST = re.compile(r"[0-9a-f]{64}")


def actor() -> Actor:
    """Whoever is signed in, as the audit names them."""
    staff = current_staff()
    return Actor("staff", staff.display_name, staff.id)


def _settings() -> Settings:
    settings: Settings = current_app.config["KESACH_SETTINGS"]
    return settings


@staff_page(blueprint, "/staff/imports", role="assistant")
def imports() -> str:
    """Choose a file; what was brought in before."""
    return _imports_page({}, {})


def _imports_page(form: dict[str, str], errors: dict[str, str]) -> str:
    query = ImportBatch.select().order_by(ImportBatch.id.desc())
    page = paginate(query.count(), PER_PAGE)
    working = jobs.running_sources()
    return render_template(
        "catalog_imports/imports.html",
        kinds=KINDS, form=form, errors=errors, steps=STEPS, page=page,
        batches=list(query.limit(page.per_page).offset(page.offset)), working=working,
        running=[batch for batch in service.list_interrupted() if batch.source not in working],
        kind_labels=KIND_LABELS, status_labels=STATUS_LABELS, status_tones=STATUS_TONES,
        limit_mb=_settings().max_upload_mb,
    )  # fmt: skip


@staff_page(blueprint, "/staff/imports", role="librarian", methods=("POST",), endpoint="upload")
def upload() -> Response | tuple[str, int]:
    """Keep the file and go to its preview."""
    sent: FileStorage | None = request.files.get("file")
    kind = request.form.get("kind", "")
    errors: dict[str, str] = {}
    if kind not in KIND_LABELS:
        errors["kind"] = "Chọn loại tệp."
    if sent is None or not sent.filename:
        errors["file"] = word("import_upload_missing")
    if errors or sent is None:
        page = _readers_page if request.form.get("page") == "readers" else _imports_page
        return page(dict(request.form), errors), 422
    digest = _keep_upload(sent)
    name = Path(sent.filename or "").name[:120] or "tệp"
    if kind == "books" and is_marc(_upload_path(digest)):
        kind = "marc"  # what a file is, its content says; the preview names the type
    year = request.form.get("school_year", "").strip() or None
    return redirect(url_for("catalog_imports.preview", digest=digest, kind=kind, name=name, school_year=year), 303)


@staff_page(blueprint, "/staff/imports/readers", role="librarian")
def readers_list() -> str:
    """Choose a class list or a list of teachers; what of it is kept and what is not."""
    return _readers_page({"school_year": request.args.get("school_year", "")}, {})


def _readers_page(form: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "catalog_imports/readers_list.html",
        form=form, errors=errors, steps=STEPS, limit_mb=_settings().max_upload_mb,
        this_year=label_for(today()), kept=KEPT_COLUMNS,
    )  # fmt: skip


def _keep_upload(sent: FileStorage) -> str:
    """Store the upload under its own hash; the same file again is the same upload."""
    folder = service.imports_dir(_settings())
    folder.mkdir(parents=True, exist_ok=True)
    forgotten = clock.now().timestamp() - KEEP_UPLOADS_SECONDS
    for old in folder.glob("*.upload"):
        if old.stat().st_mtime < forgotten:
            old.unlink(missing_ok=True)
    part = folder / f"upload-{os.urandom(8).hex()}.tmp"
    digest = hashlib.sha256()
    try:
        with part.open("wb") as stream:
            while block := sent.stream.read(1 << 20):
                digest.update(block)
                stream.write(block)
        os.replace(part, _upload_path(digest.hexdigest()))
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest()


def _upload_path(digest: str) -> Path:
    return service.imports_dir(_settings()) / f"{digest}.upload"


def _uploaded(digest: str) -> Path:
    if not _DIGEST.fullmatch(digest) or not _upload_path(digest).is_file():
        raise InvalidInput("import_upload_missing", field="file")
    return _upload_path(digest)


def _choices(source: Any) -> tuple[str, str, dict[str, str], ImportOptions]:
    """(kind, file name, the choices as strings, options) out of an address or a form."""
    kind = source.get("kind", "")
    if kind not in KIND_LABELS:
        raise InvalidInput("import_upload_missing", field="file")
    chosen = {
        "profile": source.get("profile", "auto"),
        "copies_each": source.get("copies_each", ""),
        "collection": source.get("collection", ""),
        "school_year": source.get("school_year", "").strip(),
        "create_classes": "1" if source.get("create_classes") == "1" else "",
    }
    each = chosen["copies_each"]
    copies = int(each) if each.isdecimal() and len(each) < 4 else 0
    return (
        kind,
        source.get("name", "")[:120],
        chosen,
        ImportOptions(check_profile(chosen["profile"]), min(copies, 200), chosen["collection"]),
    )


@staff_page(blueprint, "/staff/imports/preview/<digest>", role="librarian")
def preview(digest: str) -> Response | tuple[str, int]:
    """What would come of the file: counts, problems, how its letters were read. Nothing is written."""
    kind, name, chosen, options = _choices(request.args)
    job = jobs.find_job(request.args.get("job", ""))
    if job is None:
        try:
            file = _uploaded(digest)
        except InvalidInput as error:
            flash(word(error.code, error.params), "bad")
            return redirect(url_for("catalog_imports.imports"), 303)
        settings, who = _settings(), actor()
        job = jobs.start_job(name, lambda progress: _plan(settings, kind, file, options, chosen, who, progress, name))
        job.finished.wait(1.5)  # small files need no second page
        asked: dict[str, Any] = {"kind": kind, "name": name, "job": job.key, **chosen}
        return redirect(url_for("catalog_imports.preview", digest=digest, **asked), 303)
    page = render_template(
        "catalog_imports/preview.html",
        job=job, plan=job.result, digest=digest, kind=kind, name=name, chosen=chosen, steps=STEPS,
        kind_label=KIND_LABELS[kind], profiles=PROFILE_CHOICES, encodings=ENCODING_LABELS, severities=SEVERITY_LABELS,
        problems=(job.result or {}).get("problems", [])[:SHOWN_PROBLEMS], shown_problems=SHOWN_PROBLEMS,
        collections=[(kho.code, f"{kho.code} – {kho.name}") for kho in list_collections()],
    )  # fmt: skip
    return page, 422 if job.error else 200


def _plan(
    settings: Settings, kind: str, file: Path, options: ImportOptions, chosen: dict[str, str], who: Actor,
    progress: Any, name: str,
) -> dict[str, Any]:  # fmt: skip
    if kind == "readers":
        return service.import_readers(
            settings, file, actor=who, dry_run=True, progress=progress, name=name, **_readers_options(chosen)
        )
    return service.plan_import(settings, kind, file, options, actor=who, progress=progress, name=name)


def _readers_options(chosen: dict[str, str]) -> dict[str, Any]:
    return {"school_year": chosen["school_year"] or None, "create_classes": bool(chosen["create_classes"])}


@staff_page(blueprint, "/staff/imports/apply/<digest>", role="librarian", methods=("POST",))
def apply(digest: str) -> Response:
    """Let the file in with what is chosen on the preview; `again`: show the preview once more with it first."""
    kind, name, chosen, options = _choices(request.form)
    if request.form.get("again"):
        asked: dict[str, Any] = {"kind": kind, "name": name, **chosen}
        return redirect(url_for("catalog_imports.preview", digest=digest, **asked), 303)
    try:
        file = _uploaded(digest)
    except InvalidInput as error:
        flash(word(error.code, error.params), "bad")
        return redirect(url_for("catalog_imports.imports"), 303)
    settings, who = _settings(), actor()

    def work(progress: Any) -> dict[str, Any]:
        if kind == "readers":
            result = service.import_readers(
                settings, file, actor=who, progress=progress, name=name, **_readers_options(chosen)
            )
        else:
            result = service.run_import(
                settings, kind, file, options, dry_run=False, actor=who, progress=progress, name=name
            )
        file.unlink(missing_ok=True)
        return result

    job = jobs.start_job(name, work)
    job.finished.wait(1.5)
    return redirect(url_for("catalog_imports.working", key=job.key), 303)


@staff_page(blueprint, "/staff/imports/working/<key>", role="librarian")
def working(key: str) -> Response | str:
    """How far an import is; goes on to the result when it is done."""
    job = jobs.find_job(key)
    if job is None:
        flash("Máy chủ đã khởi động lại. Xem các đợt nhập ở dưới.", "info")
        return redirect(url_for("catalog_imports.imports"), 303)
    if job.result is not None and job.result.get("batch"):
        return redirect(url_for("catalog_imports.batch", number=job.result["batch"]), 303)
    return render_template("catalog_imports/working.html", job=job, steps=STEPS)


@staff_page(blueprint, "/staff/imports/<number>", role="assistant")
def batch(number: str) -> str:
    """One import: counts, problems, undo or go on."""
    row = service.get_batch(number)
    folder = service.imports_dir(_settings())
    files = sorted(path.name for path in folder.glob(f"{row.number}-*") if path.is_file()) if folder.is_dir() else []
    shelved = row.status in ("done", "running") and row.kind != "readers"
    return render_template(
        "catalog_imports/batch.html",
        row=row, counts=row.counts, problems=list_problems(row, SHOWN_PROBLEMS), files=files, steps=STEPS,
        kind_label=KIND_LABELS.get(row.kind, row.kind), status_labels=STATUS_LABELS, status_tones=STATUS_TONES,
        severities=SEVERITY_LABELS, shown_problems=SHOWN_PROBLEMS,
        books=batch_books_of.count_books(row) if shelved else 0,
        ranges=batch_books_of.list_ranges(row) if shelved else [],
    )  # fmt: skip


@staff_page(blueprint, "/staff/imports/<number>/books", role="assistant")
def batch_books(number: str) -> str:
    """The titles that one import made or gave copies to."""
    row = service.get_batch(number)
    total = batch_books_of.count_books(row)
    page = paginate(total, PER_PAGE)
    return render_template(
        "catalog_imports/batch_books.html",
        row=row, total=total, page=page, books=batch_books_of.list_books(row, page.offset, PER_PAGE),
    )  # fmt: skip


@staff_page(blueprint, "/staff/imports/<number>/files/<name>", role="librarian")
def batch_file(number: str, name: str) -> Response:
    """The list of problems, or the rejected records as they came."""
    row = service.get_batch(number)
    folder = service.imports_dir(_settings())
    known = {path.name: path for path in folder.glob(f"{row.number}-*")}
    if name not in known:
        raise InvalidInput("import_file_gone", number=number)
    return send_file(known[name].absolute(), as_attachment=True, download_name=name)


@staff_page(blueprint, "/staff/imports/<number>/undo", role="librarian", methods=("POST",))
def undo(number: str) -> Response:
    """Take an import back."""
    row = service.get_batch(number)
    try:
        result = service.undo_import(_settings(), row.number, actor=actor())
    except KesachError as error:
        flash(word(error.code, error.params), "bad")
    else:
        kept = result["kept"]
        restored = result["restored"]
        said = f"Đã hoàn tác: gỡ {result['removed']} mục" + (
            f", trả lại {restored} mục như trước." if restored else "."
        )
        flash(said, "good")
        if kept:
            names = "; ".join(f"{one['title']}: {one['message']}" for one in kept[:10])
            flash(f"Giữ lại {len(kept)} mục đã dùng. {names}", "notice")
    return redirect(url_for("catalog_imports.batch", number=row.number), 303)


@staff_page(blueprint, "/staff/imports/<number>/resume", role="librarian", methods=("POST",))
def resume(number: str) -> Response:
    """Go on with an interrupted import."""
    row = service.get_batch(number)
    settings, who = _settings(), actor()
    job = jobs.start_job(
        row.source, lambda progress: service.resume_import(settings, row.number, actor=who, progress=progress)
    )
    job.finished.wait(1.5)
    return redirect(url_for("catalog_imports.working", key=job.key), 303)
