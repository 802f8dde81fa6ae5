"""Carrying an import out, chunk by chunk, or only planning it (dry run).

Reading and describing happen outside, deciding and writing inside one transaction per chunk, with the batch's
progress and the fate of every record in the same transaction: killed at any moment, an import is either resumed
after `done_until` or undone. Next: undo.py, report.py.
"""

from __future__ import annotations

import base64
import gc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from catalog_imports.draft import make_draft
from catalog_imports.matching import Catalogue, load_catalogue
from catalog_imports.model import Counts, Draft, ImportOptions, Rejected, SourceItem
from catalog_imports.plan import Planned, PlannedCopy, Shelving, number_pairs, plan_chunk
from catalog_imports.tables import ImportBatch, ImportItem
from library.cataloguing.accession import allocate_numbers, note_manual_numbers
from library.cataloguing.copies import ensure_default_collections
from library.cataloguing.marc import read_marc, to_blob
from library.cataloguing.marc_edit import merge_local_fields
from library.cataloguing.marc_fields import extract_fields
from library.cataloguing.queries import list_collections
from library.cataloguing.rows import facet_rows, record_row
from library.cataloguing.service import write_record
from library.cataloguing.tables import Collection, Copy, Record, RecordFacet, RecordIsbn
from library.foundation.audit import Actor, record_audit
from library.foundation.bulk import insert_rows, reserve_ids
from library.foundation.clock import now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict
from library.foundation.outbox import enqueue_index

CHUNK = 250
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Job:
    """One file on its way in. `batch` is None until the first chunk is written, and always in a dry run."""

    kind: str  # marc | books
    source: str  # file name
    sha256: str
    size_bytes: int
    options: ImportOptions
    actor: Actor
    dry_run: bool
    batch: ImportBatch | None = None
    counts: Counts = field(default_factory=Counts)
    problems: list[dict[str, Any]] = field(default_factory=list)
    encodings: Counter[str] = field(default_factory=Counter)
    samples: list[Planned] = field(default_factory=list)
    seen_numbers: set[str] = field(default_factory=set)
    learnt: Catalogue = field(default_factory=Catalogue)
    repeated_file: bool = False  # the same file was brought in before


def run_job(job: Job, items: Iterable[SourceItem], progress: Progress | None = None, total: int = 0) -> None:
    """Bring everything in (or plan it). On return `job` holds counts and problems of this run."""
    with _rare_collections():
        _run_chunks(job, items, progress, total)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Records are many small objects without cycles: looking for cycles after every 700 of them costs a sixth
    of an import."""
    usual = gc.get_threshold()
    gc.set_threshold(100_000, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _run_chunks(job: Job, items: Iterable[SourceItem], progress: Progress | None, total: int) -> None:
    start = job.batch.done_until if job.batch is not None else 0
    for chunk in _chunks(item for item in items if item.position > start):
        drafts: list[Draft] = []
        rejected: list[Rejected] = []
        for item in chunk:
            made = make_draft(item)
            job.encodings[item.encoding or "?"] += 1
            if isinstance(made, Draft):
                drafts.append(made)
            else:
                rejected.append(made)
        if job.dry_run:
            plans = _plan(job, drafts)
            _learn(job, plans)
        else:
            with transaction():
                _open_batch(job)
                plans = _plan(job, drafts)
                _write(job, plans, rejected, chunk[-1].position)
        _count(job, plans, rejected)
        if len(job.samples) < 8:
            job.samples.extend(plans[: 8 - len(job.samples)])
        if progress is not None:
            progress(chunk[-1].position, max(total, chunk[-1].position))


def _chunks(items: Iterable[SourceItem]) -> Iterator[list[SourceItem]]:
    stream = iter(items)
    while chunk := list(islice(stream, CHUNK)):
        yield chunk


def _open_batch(job: Job) -> None:
    """The batch row, made with the first chunk; a batch that another process moved on is left to it."""
    if job.batch is None:
        ensure_default_collections(job.actor)
        prefix = f"NK-{today():%Y%m%d}-"
        taken = [
            int(number.removeprefix(prefix))
            for (number,) in ImportBatch.select(ImportBatch.number)
            .where(ImportBatch.number.startswith(prefix))
            .tuples()
            if number.removeprefix(prefix).isdecimal()
        ]
        serial = max(taken, default=0) + 1
        job.batch = ImportBatch.create(
            number=f"{prefix}{serial:03d}", kind=job.kind, source=job.source[:255], sha256=job.sha256,
            size_bytes=job.size_bytes, status="running", options=job.options.as_json(), counts=Counts().as_json(),
            staff_name=job.actor.name[:120], started_at=now(),
        )  # fmt: skip
        record_audit(job.actor, "import.start", "import_batch", job.batch.number, None, {"source": job.source})
        return
    present = ImportBatch.get_by_id(job.batch.id)
    if present.status != "running" or present.done_until != job.batch.done_until:
        raise Conflict("import_running", number=present.number)


def _plan(job: Job, drafts: list[Draft]) -> list[Planned]:
    pairs = number_pairs(drafts)
    catalogue = load_catalogue(drafts, pairs, job.batch.id if job.batch else None)
    if job.dry_run:
        catalogue.absorb(job.learnt, drafts)
    holders = sorted(set(catalogue.numbers.values()))
    titles: dict[int, str] = {}
    if holders:
        titles = dict(Record.select(Record.id, Record.title).where(Record.id.in_(holders[:900])).tuples())
    shelving = Shelving(list_collections(), job.options.collection)
    return plan_chunk(
        drafts, catalogue, shelving, job.options, kind=job.kind, seen_numbers=job.seen_numbers, titles=titles,
        same_file_before=job.repeated_file,
    )  # fmt: skip


def _learn(job: Job, plans: list[Planned]) -> None:
    for plan in plans:
        if plan.outcome == "created":
            job.learnt.learn(plan.draft, -(plan.draft.position + 1))


def _count(job: Job, plans: list[Planned], rejected: list[Rejected]) -> None:
    for plan in plans:
        name = "duplicates" if plan.outcome == "duplicate" else plan.outcome
        setattr(job.counts, name, getattr(job.counts, name) + 1)
        job.counts.copies_created += len(plan.copies)
    job.counts.rejected += len(rejected)
    if job.dry_run:
        found = [(plan.draft.position, plan.draft.row, plan.draft.problems) for plan in plans]
        found += [(item.position, item.row, item.problems) for item in rejected]
        for position, row, problems in sorted(found, key=lambda entry: entry[0]):
            job.problems.extend({"position": position, **problem.as_stored(row)} for problem in problems)


_ITEM_COLUMNS = ("batch", "position", "outcome", "subject_kind", "subject_id", "copies", "before", "raw", "problems",
                 "content_hash")  # fmt: skip
_COPY_COLUMNS = ("id", "record", "accession_number", "barcode", "collection", "status", "use", "condition", "price",
                 "received_on", "created_at", "shelf_location", "note")  # fmt: skip


def _write(job: Job, plans: list[Planned], rejected: list[Rejected], done_until: int) -> None:
    batch = job.batch
    assert batch is not None
    _insert_records([plan for plan in plans if plan.outcome == "created"])
    before: dict[int, dict[str, Any]] = {}
    for plan in plans:
        if plan.same_as is not None:
            plan.record_id = plan.same_as.record_id
        if plan.outcome == "updated":
            before[plan.draft.position] = _update_record(plan)
    copy_ids = _insert_copies(plans)
    rows: list[tuple[Any, ...]] = []
    for plan in plans:
        draft = plan.draft
        problems = [problem.as_stored(draft.row) for problem in draft.problems] or None
        rows.append(
            (batch.id, draft.position, plan.outcome, "record", plan.record_id, copy_ids.get(draft.position),
             before.get(draft.position), None, problems, draft.content_hash)
        )  # fmt: skip
    for item in rejected:
        problems = [problem.as_stored(item.row) for problem in item.problems] or None
        rows.append((batch.id, item.position, "rejected", None, None, None, None, item.raw, problems, None))
    insert_rows(ImportItem, _ITEM_COLUMNS, rows)
    touched = [plan.record_id for plan in plans if plan.outcome in ("created", "updated") or plan.copies]
    enqueue_index([record_id for record_id in touched if record_id is not None])
    counts = Counts.of_json(batch.counts)
    for plan in plans:
        name = "duplicates" if plan.outcome == "duplicate" else plan.outcome
        setattr(counts, name, getattr(counts, name) + 1)
        counts.copies_created += len(plan.copies)
    counts.rejected += len(rejected)
    batch.counts, batch.done_until = counts.as_json(), done_until
    ImportBatch.update(done_until=done_until, counts=batch.counts).where(ImportBatch.id == batch.id).execute()


def _insert_records(plans: list[Planned]) -> None:
    if not plans:
        return
    instant = now()
    records: list[list[Any]] = []
    isbns: list[tuple[int, str]] = []
    facets: list[tuple[int, str, str]] = []
    columns: list[str] = []
    for plan, record_id in zip(plans, reserve_ids(Record, len(plans)), strict=True):
        plan.record_id = record_id
        values = plan.draft.fields
        row = record_row(values, plan.draft.blob, instant, plan.draft.match_key)
        if not columns:
            columns = ["id", *row]
        records.append([record_id, *row.values()])
        isbns.extend((record_id, isbn) for isbn in values.isbns)
        facets.extend((record_id, kind, value) for kind, value in facet_rows(values))
    insert_rows(Record, columns, records)
    insert_rows(RecordIsbn, ("record", "isbn"), isbns)
    insert_rows(RecordFacet, ("record", "kind", "value"), facets)


def _update_record(plan: Planned) -> dict[str, Any]:
    """Replace the record by the incoming one; returns what undo needs. The same again becomes `unchanged`."""
    row = Record.get_by_id(plan.record_id)
    old = bytes(row.marc)
    merged = merge_local_fields(read_marc(old), read_marc(plan.draft.blob))
    blob = to_blob(merged)
    if blob == old:
        plan.outcome = "unchanged" if not plan.copies else "duplicate"
        return {}
    write_record(row.id, extract_fields(merged), blob, row.version + 1)
    return {"marc": base64.b64encode(old).decode("ascii"), "version": row.version}


def _insert_copies(plans: list[Planned]) -> dict[int, list[int]]:
    """position -> ids of the copies made for it, in the order of the file."""
    wanted: dict[str, list[tuple[Planned, PlannedCopy]]] = defaultdict(list)
    for plan in plans:
        for copy in plan.copies:
            wanted[copy.collection].append((plan, copy))
    if not wanted:
        return {}
    instant, day = now(), today()
    made: dict[int, list[int]] = defaultdict(list)
    rows: list[tuple[Any, ...]] = []
    ids = iter(reserve_ids(Copy, sum(len(pairs) for pairs in wanted.values())))
    for code, pairs in wanted.items():
        kho = Collection.get(Collection.code == code)
        note_manual_numbers(kho, [copy.accession_number for _, copy in pairs if copy.accession_number])
        free = iter(allocate_numbers(kho, sum(1 for _, copy in pairs if not copy.accession_number)))
        for plan, copy in pairs:
            number, barcode = (copy.accession_number, copy.barcode) if copy.accession_number else next(free)
            price = plan.draft.fields.price if copy.price is None else copy.price
            copy_id = next(ids)
            made[plan.draft.position].append(copy_id)
            rows.append(
                (copy_id, plan.record_id, number, barcode, kho.id, "in_service", "loan", "good", price, day, instant,
                 copy.shelf_location[:60], "")
            )  # fmt: skip
    insert_rows(Copy, _COPY_COLUMNS, rows)
    return dict(made)


def finish_batch(job: Job) -> None:
    """Mark the batch as done and write its one audit entry."""
    batch = job.batch
    if batch is None:
        return
    with transaction():
        ImportBatch.update(status="done", finished_at=now()).where(ImportBatch.id == batch.id).execute()
        record_audit(job.actor, "import.finish", "import_batch", batch.number, None, dict(batch.counts))
    batch.status = "done"
