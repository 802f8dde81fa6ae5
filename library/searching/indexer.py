"""Keeps the index equal to the database: drain the outbox, rebuild, check.

The number of the last job applied and the identity of the database travel inside the index's own table of
contents (on the schema that Whoosh pickles there), so they are committed with the documents or not at all.
Killed anywhere, the next drain does the same again and every step may be done twice:
jobs are deleted only after the index has them durably, and a job means "look at this record again".
Next: schema.py (what is indexed), storage.py (files and lock), service.py.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from whoosh.index import FileIndex

from library.cataloguing.model import IndexRow
from library.cataloguing.queries import list_index_rows
from library.foundation.database import transaction
from library.foundation.outbox import forget_index_jobs
from library.searching import queries
from library.searching.bitsets import numbers_in
from library.searching.model import CheckReport
from library.searching.queries import IndexJob
from library.searching.schema import SCHEMA_VERSION, document_of, make_schema
from library.searching.snapshot import Snapshot
from library.searching.storage import IndexDirectory
from library.searching.writing import BulkWriter, delete_documents, merge_small_segments

log = logging.getLogger(__name__)

_BATCH = 1000
"""Jobs per commit of the index."""
_RECORDS_PER_SEGMENT = 50_000
"""Records of a rebuild that are held in memory as postings at a time (about 180 MB)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an index says about itself."""

    schema_version: int
    database_uuid: str
    applied_job_id: int


class Indexer:
    """The only writer of the index; any number of processes may have one."""

    def __init__(self, directory: IndexDirectory) -> None:
        self._directory = directory

    def prepare(self, wait_seconds: float = 600.0) -> str | None:
        """Make the index usable and up to date at the start of a process.

        Returns why it had to be rebuilt, or None. IndexBusy when another process keeps the lock.
        """
        with self._directory.writing(wait_seconds):
            problem = self._problem()
            if problem is None:
                self._directory.sweep()
                self._drain()
            else:
                log.warning("search index is rebuilt: %s", problem)
                self._rebuild(None)
        return problem

    def drain(self, wait_seconds: float = 5.0) -> int:
        """Apply the waiting jobs; returns how many records were looked at. Any process may call this.

        Not inside a transaction: it would wait for its own lock. IndexBusy when another writer does not
        finish in time: the jobs wait for the next drain.
        """
        if not queries.has_index_jobs():
            return 0
        with self._directory.writing(wait_seconds):
            problem = self._problem()
            if problem is not None:
                log.warning("search index is rebuilt: %s", problem)
                return self._rebuild(None)
            return self._drain()

    def rebuild(self, on_progress: Callable[[int], None] | None = None, wait_seconds: float = 60.0) -> int:
        """Build a new index beside the old one and switch; returns the number of records.

        Searches go on in the old one meanwhile. `on_progress` is called with the number done so far.
        """
        with self._directory.writing(wait_seconds):
            return self._rebuild(on_progress)

    def check(self, snapshot: Snapshot) -> CheckReport:
        """Hold every document of the index against its record. Records with a waiting job are not judged."""
        jobs = queries.list_index_jobs()
        waiting = {job.record_id for job in jobs}
        indexed: dict[int, int] = {}
        duplicated: set[int] = set()
        documents = 0
        for segment, live in snapshot.parts:
            record_ids, digests = segment.numbers("rid"), segment.numbers("digest")
            for n in numbers_in(live):
                documents += 1
                if record_ids[n] in indexed:
                    duplicated.add(record_ids[n])
                indexed[record_ids[n]] = digests[n]
        missing: list[int] = []
        different: list[int] = []
        records: set[int] = set()
        for row in list_index_rows(None):
            records.add(row.id)
            if row.id in waiting:
                continue
            if row.id not in indexed:
                missing.append(row.id)
            elif indexed[row.id] != document_of(row)["digest"]:
                different.append(row.id)
        return CheckReport(
            records=len(records),
            documents=documents,
            pending_jobs=len(jobs),
            missing=tuple(missing),
            surplus=tuple(sorted(set(indexed) - records - waiting)),
            duplicated=tuple(sorted(duplicated)),
            different=tuple(different),
        )

    # --- with the lock held -------------------------------------------------------------------------

    def _problem(self) -> str | None:
        """Why the current index cannot be brought up to date by its jobs; None when it can."""
        try:
            index = self._directory.open_current()
            stamp = read_stamp(index)
            with index.reader() as reader:
                reader.doc_count()
        except Exception as error:  # noqa: BLE001 - damaged files raise anything; the answer is always a rebuild
            return f"{type(error).__name__}: {error}"
        if stamp is None:
            return "no stamp: not an index of this program"
        if stamp.schema_version != SCHEMA_VERSION:
            return f"index format {stamp.schema_version}, this program writes {SCHEMA_VERSION}"
        if stamp.database_uuid != queries.find_database_uuid():
            return "index of another database"
        if stamp.applied_job_id > queries.find_newest_job_id():
            return "index is ahead of the database (a backup was restored)"
        if stamp.applied_job_id < queries.find_forgotten_through():
            return "index is older than jobs already done"
        return None

    def _drain(self) -> int:
        index = self._directory.open_current()
        done = 0
        while jobs := queries.list_index_jobs(limit=_BATCH):
            done += self._apply(index, jobs)
        return done

    def _apply(self, index: FileIndex, jobs: Sequence[IndexJob]) -> int:
        # Each record once: two additions of one key in one commit would both stay.
        record_ids = list(dict.fromkeys(job.record_id for job in jobs))
        self._commit(index, list_index_rows(record_ids), jobs[-1].id, outdated=record_ids)
        with transaction():
            forget_index_jobs(jobs[-1].id)
        return len(record_ids)

    def _rebuild(self, on_progress: Callable[[int], None] | None) -> int:
        # Read before the rows: what is committed after this keeps its job.
        pending = queries.list_index_jobs()
        applied = max([queries.find_forgotten_through(), *(job.id for job in pending)])
        name, index = self._directory.create_version(make_schema())
        rows = list_index_rows(None)
        done = 0
        full = True
        while full:  # at least once: the index of an empty catalogue has a stamp, too
            added = self._commit(index, islice(rows, _RECORDS_PER_SEGMENT), applied, on_progress, done)
            done += added
            full = added == _RECORDS_PER_SEGMENT
        self._directory.switch_to(name)
        self._directory.sweep()
        if applied:
            with transaction():
                forget_index_jobs(applied)
        self._drain()
        return done

    def _commit(
        self,
        index: FileIndex,
        rows: Iterable[IndexRow],
        applied_job_id: int,
        on_progress: Callable[[int], None] | None = None,
        done_before: int = 0,
        outdated: Sequence[int] = (),
    ) -> int:
        """One durable commit: documents of `outdated` records out, `rows` in, the stamp with them."""
        writer = BulkWriter(index)
        added = 0
        try:
            delete_documents(writer, outdated)
            for row in rows:
                writer.add_document(**document_of(row))
                added += 1
                if on_progress is not None:
                    on_progress(done_before + added)
            writer.schema.kesach_stamp = (SCHEMA_VERSION, queries.find_database_uuid(), applied_job_id)
            writer.commit(mergetype=merge_small_segments)
        except BaseException:
            if not writer.is_closed:
                writer.cancel()
            raise
        return added


def read_stamp(index: FileIndex) -> Stamp | None:
    """What the index says about itself; None when it is not one of ours."""
    values = getattr(index._read_toc().schema, "kesach_stamp", None)
    return None if values is None else Stamp(*values)
