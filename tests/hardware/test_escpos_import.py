"""Several programs start at once, or a power cut came while one did: printing still starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
START = "from hardware.escpos_encoder import _encoder_class; _encoder_class()()"


def _start(place: Path) -> subprocess.Popen[str]:
    env = {key: value for key, value in os.environ.items() if key not in ("ESCPOS_CAPABILITIES_PICKLE_DIR", "RUNTIME_DIRECTORY")}
    return subprocess.Popen(
        [sys.executable, "-c", START], cwd=REPOSITORY, env={**env, "TMPDIR": str(place)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip


def _leftovers(place: Path) -> list[str]:
    return [path.name for path in place.rglob("*") if path.is_file() and not path.name.endswith(".pickle")] + [
        path.name for path in place.iterdir() if "import" in path.name
    ]


def test_programs_that_start_together_do_not_trip_each_other(tmp_path: Path) -> None:
    for process in [_start(tmp_path) for _ in range(4)]:
        said = process.communicate(timeout=120)[1]
        assert process.returncode == 0, said
    assert len(list(tmp_path.rglob("*.pickle"))) == 1
    assert _leftovers(tmp_path) == []


def test_a_pickle_cut_short_is_made_again(tmp_path: Path) -> None:
    assert _start(tmp_path).wait(timeout=120) == 0
    (kept,) = tmp_path.rglob("*.pickle")
    whole = kept.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"not a pickle"):
        kept.write_bytes(damaged)
        process = _start(tmp_path)
        said = process.communicate(timeout=120)[1]
        assert process.returncode == 0, said
        assert kept.read_bytes() == whole
