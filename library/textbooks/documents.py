"""Documents of textbooks: CP-… handed out, TH-… collected; a list posted twice is one document.

Steps inside the use cases of service.py and collecting.py. Rules L113, L115.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from library.cataloguing.tables import Copy
from library.contract.codes import register_errors
from library.foundation.audit import Actor
from library.foundation.clock import local_date
from library.foundation.database import require_transaction, transaction
from library.foundation.errors import InvalidInput, Refused
from library.foundation.vietnamese import nfc
from library.lending.idempotency import hash_request, run_keyed
from library.lending.rows import tuples_of
from library.textbooks.model import ListProblem
from library.textbooks.tables import TextbookBatch

MOST_LINES = 3_000
CHUNK = 400

register_errors(
    {
        "textbook_list_empty": "Chưa có cuốn nào. Quét sách rồi ghi.",
        "textbook_list_long": "Một lần tối đa {limit} dòng. Chia thành nhiều lần.",
    }
)


class ListRefused(Refused):
    """A scan list with problems: every one, by line. Nothing was written."""

    def __init__(self, problems: Sequence[ListProblem]) -> None:
        super().__init__([problem.reason for problem in problems])
        self.problems = tuple(problems)


def run_once(
    act_key: str | None, route: str, body: list[Any], actor: Actor, act: Callable[[], tuple[int, dict[str, Any]]]
) -> dict[str, Any]:
    """Do `act` once under the key of the page (L115); the stored answer when it was done before."""
    if act_key is None:
        with transaction():
            return act()[1]
    return run_keyed(act_key, f"staff:{actor.id}", hash_request(route, body), act).answer


def check_length(lines: Sequence[str]) -> None:
    """InvalidInput textbook_list_empty, textbook_list_long."""
    if not any(line.strip() for line in lines):
        raise InvalidInput("textbook_list_empty", field="lines")
    if len(lines) > MOST_LINES:
        raise InvalidInput("textbook_list_long", field="lines", limit=MOST_LINES)


def write_batch(
    kind: str, prefix: str, count: int, actor: Actor, note: str, moment: datetime, class_id: int | None
) -> TextbookBatch:
    """The document's row; its number is the next of the calendar year (L113)."""
    require_transaction()
    day = local_date(moment)
    return TextbookBatch.create(
        kind=kind, number=_next_number(prefix, day), school_class=class_id, happened_at=moment, happened_on=day,
        staff_name=actor.name[:120], copies_count=count, note=nfc(note)[:200],
    )  # fmt: skip


def _next_number(prefix: str, day: date) -> str:
    """L113: CP-2026/001, by calendar year; the transaction's write lock keeps it without gaps or twins."""
    start = f"{prefix}-{day.year}/"
    newest = (
        TextbookBatch.select(TextbookBatch.number)
        .where(TextbookBatch.number.startswith(start))
        .order_by(TextbookBatch.id.desc())
        .scalar()
    )
    return f"{start}{int(newest.removeprefix(start)) + 1 if newest else 1:03d}"


def list_conditions(copy_ids: Sequence[int]) -> dict[int, str]:
    """copy id -> its condition as kept."""
    found: dict[int, str] = {}
    for start in range(0, len(copy_ids), CHUNK):
        part = list(copy_ids[start : start + CHUNK])
        found.update(tuples_of(Copy.select(Copy.id, Copy.condition).where(Copy.id.in_(part))))
    return found


def set_conditions(changes: Mapping[int, str]) -> None:
    """L107: the copies take the condition somebody has just seen."""
    require_transaction()
    by_condition: dict[str, list[int]] = {}
    for copy_id, condition in changes.items():
        by_condition.setdefault(condition, []).append(copy_id)
    for condition, ids in by_condition.items():
        for start in range(0, len(ids), CHUNK):
            Copy.update(condition=condition).where(Copy.id.in_(ids[start : start + CHUNK])).execute()
