"""The school's receipt template as this kiosk keeps it: fetched by version, good without network for ever.

A file that is damaged, or an answer that cannot be a template, is as if there were none: receipts then look as
they are built in. Next: receipts.py, library/contract/receipt_template.py.
"""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

from library.contract.receipt_template import template_from_json

_log = logging.getLogger(__name__)


class TemplateStore:
    """`current` may be read from any thread: it is replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.current: dict[str, Any] | None = None
        try:
            found = json.loads(path.read_bytes())
            template_from_json(found)
            self.current = found
        except FileNotFoundError:
            pass
        except (OSError, ValueError, RecursionError) as error:
            _log.error("receipt template not usable, the built-in one is used: %s", error)

    @property
    def version(self) -> int:
        """0: the built-in one."""
        return int(self.current.get("version", 0)) if self.current else 0

    def is_behind(self, offered: Any) -> bool:
        """Whether the core has another one than ours. A core from before templates offers nothing."""
        return isinstance(offered, int) and not isinstance(offered, bool) and offered != self.version

    def keep(self, data: dict[str, Any]) -> bool:
        """Take a template that the core sent; False when it is not one, or the disk is full."""
        try:
            template = template_from_json(data)
            text = json.dumps(template.to_json(), ensure_ascii=False)
            unfinished = self._path.with_suffix(".part")
            unfinished.write_text(text, encoding="utf-8")
            os.replace(unfinished, self._path)
        except (OSError, ValueError) as error:
            _log.error("receipt template not taken: %s", error)
            return False
        self.current = template.to_json()
        return True
