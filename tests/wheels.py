"""Small wheels made on the spot, for tests of releases: a kesach of any version that only answers --help."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from typing import Any


def make_wheel(name: str, version: str, *, requires: str = "", script: bool = False, claims: str | None = None) -> bytes:
    """Bytes of NAME-VERSION-py3-none-any.whl. `requires`: one requirement of its extra `kiosk`; `claims`: another
    version in its metadata than in its name."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {claims or version}\nProvides-Extra: kiosk\n"
    if requires:
        metadata += f'Requires-Dist: {requires}; extra == "kiosk"\n'
    files = {
        f"{name}_stub.py": f"def main():\n    print({version!r})\n    return 0\n",
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if script:
        files[f"{info}/entry_points.txt"] = f"[console_scripts]\nkesach-kiosk = {name}_stub:main\n"
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text.encode())}\n"
    files[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, text in files.items():
            # A fixed date: the same wheel is the same bytes.
            archive.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), text)
    return out.getvalue()


def named(name: str, version: str, **more: Any) -> tuple[str, bytes]:
    return f"{name}-{version}-py3-none-any.whl", make_wheel(name, version, **more)
