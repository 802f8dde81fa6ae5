"""What the school's receipts look like: keeping versions of the template. Each change is a new row with audit.

Kiosks ask by version and keep what they got. Drawing: preview.py. Next: library/contract/receipt_template.py.
"""

from __future__ import annotations

import base64
import dataclasses
from dataclasses import replace
from typing import Any

from library.contract.codes import register_errors
from library.contract.receipt_template import BUILT_IN, LENGTHS, ReceiptTemplate, template_from_json
from library.fleet.tables import ReceiptTemplate as TemplateRow
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import InvalidInput
from library.foundation.vietnamese import nfc

FLAGS = ("show_class", "show_barcodes", "show_qr")
KEEP_VERSIONS = 50

register_errors({"receipt_text_long": "Ô này dài {given} chữ, phiếu giấy chứa được nhiều nhất {length}."})


def current_template() -> ReceiptTemplate:
    """The newest version; the built-in one (version 0) where nothing was ever changed."""
    row = TemplateRow.select().order_by(TemplateRow.id.desc()).first()
    return BUILT_IN if row is None else _as_template(row)


def _as_template(row: TemplateRow) -> ReceiptTemplate:
    try:
        return template_from_json({**row.settings, "logo": row.logo, "version": row.id})
    except (ValueError, TypeError):  # written by a newer program, or by hand
        return replace(BUILT_IN, version=row.id)


def save_texts(given: dict[str, Any], actor: Actor) -> ReceiptTemplate:
    """Change words and what is shown; the logo stays. InvalidInput: receipt_text_long."""
    return _save(lambda old: replace(old, **clean_texts(given)), "device.receipts", actor)


def clean_texts(given: dict[str, Any]) -> dict[str, Any]:
    """The fields of a template from a form: one line each, NFC. InvalidInput: receipt_text_long."""
    values: dict[str, Any] = {}
    for name, length in LENGTHS.items():
        text = " ".join(nfc(str(given.get(name, ""))).split())
        if len(text) > length:
            raise InvalidInput("receipt_text_long", field=name, given=len(text), length=length)
        values[name] = text
    return {**values, **{name: bool(given.get(name)) for name in FLAGS}}


def save_logo(png: bytes, actor: Actor) -> ReceiptTemplate:
    """Put `png` (already made by preview.make_logo, or empty for none) on top of receipts; words stay."""
    return _save(lambda old: replace(old, logo=png), "device.receipts_logo", actor)


def reset_template(actor: Actor) -> ReceiptTemplate:
    """Everything as built in, under a new version, so that kiosks notice."""
    return _save(lambda old: BUILT_IN, "device.receipts_reset", actor)


def _save(change: Any, action: str, actor: Actor) -> ReceiptTemplate:
    with transaction():
        old = current_template()
        new: ReceiptTemplate = change(old)
        if replace(new, version=old.version) == old:
            return old
        settings = {name: value for name, value in dataclasses.asdict(new).items() if name not in ("logo", "version")}
        row = TemplateRow.create(
            settings=settings, logo=base64.b64encode(new.logo).decode("ascii"), created_at=now(),
            created_by=actor.name,
        )  # fmt: skip
        TemplateRow.delete().where(TemplateRow.id <= row.id - KEEP_VERSIONS).execute()
        before = dataclasses.asdict(old)
        changed = [name for name, value in settings.items() if before[name] != value]
        record_audit(
            actor, action, "receipt_template", row.id,
            {name: before[name] for name in changed} or None, {name: settings[name] for name in changed} or None,
        )  # fmt: skip
    return replace(new, version=row.id)
