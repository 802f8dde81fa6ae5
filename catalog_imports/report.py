"""The import result exactly as docs of the command line promise it, and the file of problems.

Shape: {"batch", "source", "dry_run", "read", "created", "updated", "unchanged", "duplicates", "rejected",
"copies_created", "seconds", "problems": [{"position", "row", "tag", "code", "severity", "message"}],
"problems_file"} with read = created + updated + unchanged + duplicates + rejected. Next: service.py.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog_imports.tables import ImportBatch, ImportItem
from library.foundation.spreadsheets import csv_text

PROBLEM_KEYS = ("position", "row", "tag", "code", "severity", "message")
SEVERITY_LABELS = {"warning": "Lưu ý", "error": "Không nhận"}


def make_result(
    *, batch: str | None, source: str, dry_run: bool, counts: Mapping[str, int], seconds: float,
    problems: Sequence[Mapping[str, Any]], problems_file: Path | None,
) -> dict[str, Any]:  # fmt: skip
    """The result as one JSON object; keys in the promised order."""
    fates = {name: int(counts.get(name, 0)) for name in ("created", "updated", "unchanged", "duplicates", "rejected")}
    return {
        "batch": batch,
        "source": source,
        "dry_run": dry_run,
        "read": sum(fates.values()),
        **fates,
        "copies_created": int(counts.get("copies_created", 0)),
        "seconds": round(seconds, 3),
        "problems": [{key: problem.get(key) for key in PROBLEM_KEYS} for problem in problems],
        "problems_file": str(problems_file) if problems_file else None,
    }


def exit_code(result: Mapping[str, Any]) -> int:
    """0 done; 1 done, but some rows were refused (they are listed and saved)."""
    return 1 if result["rejected"] else 0


def list_problems(batch: ImportBatch, limit: int | None = None) -> list[dict[str, Any]]:
    """Everything noted about the records of a batch, in the order of the file."""
    query = (
        ImportItem.select(ImportItem.position, ImportItem.problems)
        .where(ImportItem.batch == batch.id, ImportItem.problems.is_null(False))
        .order_by(ImportItem.position)
    )
    if limit is not None:
        query = query.limit(limit)
    return [{"position": item.position, **problem} for item in query for problem in item.problems]


def list_raw(batch: ImportBatch) -> Iterator[bytes]:
    """The bytes of the rejected records, in the order of the file."""
    query = ImportItem.select(ImportItem.raw).where(
        ImportItem.batch == batch.id, ImportItem.outcome == "rejected", ImportItem.raw.is_null(False)
    )
    for item in query.order_by(ImportItem.position).iterator():
        if item.raw:
            yield bytes(item.raw)


def write_problem_files(folder: Path, batch: ImportBatch, problems: Iterable[Mapping[str, Any]]) -> Path | None:
    """`<number>-ghi-chu.csv` (opens in Excel) and, beside it, the rejected records as they came. None when all
    went well."""
    rows = list(problems)
    if not rows:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{batch.number}-ghi-chu.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Mục", "Dòng", "Trường", "Mã", "Mức", "Nội dung"])
        for row in rows:
            level = SEVERITY_LABELS.get(str(row.get("severity")), row.get("severity"))
            cells = (row.get("position"), row.get("row"), row.get("tag"), row.get("code"), level, row.get("message"))
            writer.writerow([csv_text(cell) for cell in cells])
    raw = list(list_raw(batch))
    if raw:
        ending = "xml" if raw[0].lstrip().startswith(b"<") else "mrc" if batch.kind == "marc" else "txt"
        (folder / f"{batch.number}-khong-nhan.{ending}").write_bytes(b"\n".join(raw))
    return path
