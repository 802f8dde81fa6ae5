"""The black and white modules of a QR code: segno as encoder, nothing else of it.

`import segno` also loads its writers (SVG, PDF …), and with them urllib.request, http.client, email and ssl: 10 MB in
a printer's process that wants to know which modules are black. So its encoder is loaded alone, unless segno is
already there, as it is in the core.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from functools import lru_cache
from types import ModuleType
from typing import Any


def qr_modules(data: str) -> list[bytes]:
    """Rows of the code, level M, without quiet zone: 1 is black."""
    code = _encoder().encode(data, error="m", micro=False, boost_error=False)
    return [bytes(row) for row in code.matrix]


@lru_cache(maxsize=1)
def _encoder() -> Any:
    if "segno" in sys.modules:
        return importlib.import_module("segno.encoder")
    found = importlib.util.find_spec("segno")
    if found is None or found.submodule_search_locations is None:
        raise ModuleNotFoundError("No module named 'segno'", name="segno")
    package = ModuleType("segno")
    package.__path__ = list(found.submodule_search_locations)
    sys.modules["segno"] = package
    try:
        return importlib.import_module("segno.encoder")
    finally:
        del sys.modules["segno"]  # whoever wants all of it gets all of it
