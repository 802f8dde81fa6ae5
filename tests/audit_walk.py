"""The whole audit log of a database as its page words it, and that no code is left in it."""

from __future__ import annotations

import re

from library.foundation.tables import AuditEntry
from library.school.audit_facts import describe_facts
from library.school.audit_names import find_names
from library.school.model import AuditRow
from library.school.words import action_words, subject_words

# What a stored code looks like, and English words that are codes without an underscore.
RAW = re.compile(
    r"\b[a-z]+_[a-z_]+\b|\b(?:weekday|pupil|parent|teacher|missing|damaged|returned|planned|held|cancelled|expired|"
    r"filled|waiting|ready|True|False|None|reader|loan|copy|hold|charge|page|file|lesson|count|card)\b"
)


def worded_log(chunk: int = 500) -> list[tuple[AuditEntry, list[str]]]:
    """Each entry with the subject and every field of it as the page says them."""
    entries = list(AuditEntry.select().order_by(AuditEntry.id))
    found = []
    for start in range(0, len(entries), chunk):
        part = entries[start : start + chunk]
        rows = [
            AuditRow(e.at, e.actor_name, e.action, e.subject_kind, e.subject_id, e.before, e.after, e.comment)
            for e in part
        ]
        names = find_names(rows)
        for entry, row in zip(part, rows, strict=True):
            said = [
                action_words(row.action, row.subject_kind), subject_words(row.subject_kind, row.subject_id, names)
            ]  # fmt: skip
            for facts in (row.before, row.after):
                described = describe_facts(facts, row.subject_kind, names, row.action)
                said += [f"{key}: {value}" for key, value in described]
            found.append((entry, said))
    return found


def assert_only_words() -> None:
    """No code, no unnamed field, no value that is only "khác"."""
    for entry, said in worded_log():
        for text in said:
            about = f"{entry.action} {entry.before} {entry.after} -> {text}"
            assert not RAW.search(text), about
            assert not text.startswith("Chi tiết"), about
            assert not text.endswith(": khác"), about
