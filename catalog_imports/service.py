"""Use cases of importing, for the command line and the pages: import, go on after a crash, undo.

Every function answers the import result of report.py. A file that cannot be used raises InvalidInput and leaves
everything as it was. Next: apply.py, undo.py.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from catalog_imports import books_source
from catalog_imports.apply import Job, Progress, finish_batch, run_job
from catalog_imports.detect import check_size, detect_marc, refuse_for_sheet
from catalog_imports.marc_decode import check_profile
from catalog_imports.marc_source import count_records, read_iso2709
from catalog_imports.marcxml_source import read_marcxml
from catalog_imports.model import Counts, ImportOptions, SourceItem
from catalog_imports.report import list_problems, make_result, write_problem_files
from catalog_imports.tables import ImportBatch
from catalog_imports.undo import undo_batch
from library.foundation.audit import SYSTEM, Actor
from library.foundation.errors import InvalidInput, NotFound
from library.settings import Settings


def import_marc(
    settings: Settings, file: Path, *, profile: str | None = None, dry_run: bool = False, actor: Actor = SYSTEM,
    progress: Progress | None = None, name: str | None = None, copies_each: int = 0, collection: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Bring a MARC file in (ISO 2709 or MARCXML, told apart by content). `name` is what the file is called when
    `file` is a stored upload. InvalidInput: the file or a choice is unusable and nothing was changed."""
    options = ImportOptions(check_profile(profile), copies_each, collection)
    return run_import(settings, "marc", file, options, dry_run=dry_run, actor=actor, progress=progress, name=name)


def import_books(
    settings: Settings, file: Path, *, mapping: Path | None = None, dry_run: bool = False, actor: Actor = SYSTEM,
    progress: Progress | None = None, name: str | None = None, copies_each: int = 0, collection: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Bring a list of books in (.xlsx or .csv). `mapping`: a JSON or TOML file, field -> heading."""
    columns = books_source.read_mapping(mapping) if mapping else ()
    options = ImportOptions("auto", copies_each, collection, columns)
    return run_import(settings, "books", file, options, dry_run=dry_run, actor=actor, progress=progress, name=name)


def import_readers(settings: Settings, file: Path, **options: Any) -> dict[str, Any]:
    """Bring a class list or a list of teachers in (catalog_imports/readers_import.py)."""
    from catalog_imports import readers_import

    return readers_import.import_readers(settings, file, **options)


def imports_dir(settings: Settings) -> Path:
    """Where uploads of unfinished imports and files of problems are kept."""
    return settings.files_dir / "imports"


def run_import(
    settings: Settings, kind: str, file: Path, options: ImportOptions, *, dry_run: bool, actor: Actor,
    progress: Progress | None = None, name: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Import or plan one file. A `running` batch of the very same file goes on where it stopped, with the options it
    was begun with."""
    return _result_of(settings, *_run(settings, kind, file, options, dry_run, actor, progress, name or file.name))


def plan_import(
    settings: Settings, kind: str, file: Path, options: ImportOptions, *, actor: Actor,
    progress: Progress | None = None, name: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The dry run's result with what a preview shows besides: "encodings", "samples", and "continues": the number of
    an interrupted batch of this very file, which importing it goes on with."""
    job, seconds = _run(settings, kind, file, options, True, actor, progress, name or file.name)
    result = _result_of(settings, job, seconds)
    begun = ImportBatch.get_or_none(ImportBatch.sha256 == job.sha256, ImportBatch.status == "running")
    result["continues"] = None if begun is None else begun.number
    result["encodings"] = dict(job.encodings)
    result["samples"] = [
        {"title": plan.draft.fields.title, "authors": list(plan.draft.fields.authors),
         "year": plan.draft.fields.year, "publisher": plan.draft.fields.publisher, "copies": len(plan.copies)}
        for plan in job.samples
    ]  # fmt: skip
    return result


def _run(
    settings: Settings, kind: str, file: Path, options: ImportOptions, dry_run: bool, actor: Actor,
    progress: Progress | None, name: str,
) -> tuple[Job, float]:  # fmt: skip
    started = time.perf_counter()
    size = check_size(file, name, settings.max_import_mb)
    digest = hash_file(file)
    job = Job(kind, name, digest, size, options, actor, dry_run)
    running = (
        None if dry_run else ImportBatch.get_or_none(ImportBatch.sha256 == digest, ImportBatch.status == "running")
    )
    if running is not None:
        job.batch = running
        job.counts = Counts.of_json(running.counts)
        # As it was begun, whatever is asked for now: half with copies and half without helps nobody.
        job.options = options = ImportOptions.of_json(running.options)
    same_file = (ImportBatch.sha256 == digest) & (ImportBatch.status == "done")
    job.repeated_file = ImportBatch.select().where(same_file).exists()
    items, total = _open_source(kind, file, name, options)
    kept = None if dry_run else _keep_file(settings, file, digest)
    try:
        run_job(job, items, progress, total)
    except InvalidInput:
        if job.batch is None and kept is not None:
            kept.unlink(missing_ok=True)  # nothing was written: leave nothing behind
        raise
    if job.counts.read == 0:
        if kept is not None:
            kept.unlink(missing_ok=True)
        raise InvalidInput("import_empty", field="file", name=name)
    finish_batch(job)
    if kept is not None:
        kept.unlink(missing_ok=True)
    return job, time.perf_counter() - started


def _open_source(kind: str, file: Path, name: str, options: ImportOptions) -> tuple[Iterator[SourceItem], int]:
    """The records of a file and how many there will be (0 = not known before)."""
    if kind == "books":
        refuse_for_sheet(file, name)
        rows = books_source.read_books(file, name, options.mapping)
        return iter(rows), len(rows)
    if detect_marc(file, name) == "marcxml":
        return read_marcxml(file.read_bytes(), name), 0
    with file.open("rb") as stream:
        total = count_records(stream)
    return _iso2709_of(file, options.profile, name), total


def _iso2709_of(file: Path, profile: str, name: str) -> Iterator[SourceItem]:
    with file.open("rb") as stream:
        yield from read_iso2709(stream, profile, name)


def hash_file(file: Path) -> str:
    """SHA-256 of a file, hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _keep_file(settings: Settings, file: Path, digest: str) -> Path:
    """A copy to go on from after a crash; gone when the import is done."""
    kept = imports_dir(settings) / f"{digest}.part"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, kept)
    return kept


def _result_of(settings: Settings, job: Job, seconds: float) -> dict[str, Any]:
    if job.dry_run or job.batch is None:
        return make_result(
            batch=None, source=job.source, dry_run=True, counts=job.counts.as_json(), seconds=seconds,
            problems=job.problems, problems_file=None,
        )  # fmt: skip
    problems = list_problems(job.batch)
    path = write_problem_files(imports_dir(settings), job.batch, problems)
    return make_result(
        batch=job.batch.number, source=job.source, dry_run=False, counts=job.batch.counts, seconds=seconds,
        problems=problems, problems_file=path,
    )  # fmt: skip


def get_batch(number: str) -> ImportBatch:
    """NotFound(`import_unknown`)."""
    batch = ImportBatch.get_or_none(ImportBatch.number == number)
    if batch is None:
        raise NotFound("import_unknown", number=number)
    return batch


def undo_import(settings: Settings, number: str, *, actor: Actor = SYSTEM) -> dict[str, Any]:
    """Take one import back, keeping and listing what has been used since.

    {"batch", "removed", "restored", "copies_removed", "kept": [{"record_id", "title", "code", "message"}]}
    """
    batch = get_batch(number)
    if batch.kind == "readers":
        from catalog_imports import readers_import

        return readers_import.undo_readers(settings, number, actor=actor)
    result = undo_batch(batch, actor)
    (imports_dir(settings) / f"{batch.sha256}.part").unlink(missing_ok=True)
    return result


def resume_import(
    settings: Settings, number: str, *, actor: Actor = SYSTEM, progress: Progress | None = None
) -> dict[str, Any]:
    """Go on with an interrupted batch from the kept copy of its file."""
    batch = get_batch(number)
    if batch.status != "running":
        raise InvalidInput("import_not_running", number=number)
    kept = imports_dir(settings) / f"{batch.sha256}.part"
    if not kept.is_file():
        raise InvalidInput("import_file_gone", number=number)
    options = ImportOptions.of_json(batch.options)
    return run_import(
        settings, batch.kind, kept, options, dry_run=False, actor=actor, progress=progress, name=batch.source
    )


def list_interrupted() -> list[ImportBatch]:
    """Batches that began and neither finished nor were undone, oldest first."""
    return list(ImportBatch.select().where(ImportBatch.status == "running").order_by(ImportBatch.id))


def resume_interrupted(settings: Settings, *, actor: Actor = SYSTEM) -> list[dict[str, Any]]:
    """Go on with every interrupted import of books and records whose file is still kept; returns their results."""
    results = []
    for batch in list_interrupted():
        if batch.kind in ("marc", "books") and (imports_dir(settings) / f"{batch.sha256}.part").is_file():
            results.append(resume_import(settings, batch.number, actor=actor))
    return results
