"""python-escpos imported small is the same encoder; several programs may start at once; whatever else wants its parts
gets the real ones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_JOB = """
import hashlib
from PIL import Image
from hardware.escpos_encoder import Cut, encode_job
picture = Image.effect_noise((576, 300), 90).convert("1")
picture.putdata([255 * (x * y % 7 > 2) for y in range(300) for x in range(576)])
print(*(hashlib.sha256(encode_job([picture, picture], cut=cut, band_rows=rows)).hexdigest()
        for cut in Cut for rows in (24, 64, 128)))
"""


def _start(code: str, place: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=REPOSITORY, env={**os.environ, "TMPDIR": str(place)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip


def _said(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def test_programs_that_start_together_do_not_trip_each_other(tmp_path: Path) -> None:
    running = [_start(_JOB, tmp_path) for _ in range(4)]
    assert len({_said(process) for process in running}) == 1
    assert list(tmp_path.iterdir()) == []


def test_the_bytes_are_those_of_the_whole_library(tmp_path: Path) -> None:
    """With its database of all heads, its bar codes and QR codes."""
    whole = _said(_start("import escpos.escpos" + _JOB, tmp_path))
    assert whole == _said(_start(_JOB, tmp_path)) != ""


def test_what_was_stood_in_for_is_there_for_others(tmp_path: Path) -> None:
    code = """
import os
before = dict(os.environ)
from hardware.escpos_encoder import encode_job
from PIL import Image
encode_job(Image.new("1", (384, 10)))
assert os.environ == before
import barcode.writer, qrcode, yaml
print(yaml.safe_load("[1, 2]"), "code128" in barcode.PROVIDED_BARCODES, callable(qrcode.make), barcode.writer.ImageWriter)
"""
    said = _said(_start(code, tmp_path))
    assert said.startswith("[1, 2] True True <class")
