"""The row helpers of library/foundation/rows.py under the name lending has always used."""

from __future__ import annotations

from library.foundation.rows import PreparedInsert, PreparedSelect, dicts_of, slot, tuples_of

__all__ = ["PreparedInsert", "PreparedSelect", "dicts_of", "slot", "tuples_of"]
