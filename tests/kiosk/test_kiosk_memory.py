"""What a kiosk at rest has loaded: nothing that only drawing, TLS, a PIN or an update needs. Each process of it counts.

Megabytes are measured by `make bench` (tests/bench/kiosk.py); here is what they hang on.
"""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DRAWING = {"PIL", "escpos", "qrcode", "evdev", "serial", "usb"}
SELDOM = {"traceback", "tokenize", "tempfile", "ipaddress", "html", "mimetypes", "calendar", "bz2", "lzma"}
if sys.version_info < (3, 13):  # from then on dataclasses asks inspect for every class, not only for one without docstring
    SELDOM |= {"inspect"}
_HELPER = """
import json, sys
from kiosk.late import postpone
postpone()
{}
from hardware.late_imports import is_late
print(json.dumps([0, sorted(name for name in sys.modules if not is_late(name))]))
"""
_RUN = """
import json, sys
from kiosk import cli
from kiosk.late import postpone
postpone()
from hardware.late_imports import is_late
seen = []
from kiosk import watchdog
real = watchdog.Watchdog.feed
def feed(self, kiosk):
    real(self, kiosk)
    if self.is_ready:
        seen.extend(name for name in sys.modules if not is_late(name))
        kiosk.request_stop()
watchdog.Watchdog.feed = feed
code = cli.main(["run", "--config", sys.argv[1]])
print(json.dumps([code, sorted(seen)]))
"""


def modules_of(code: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=REPOSITORY, capture_output=True, encoding="utf-8", timeout=60,
        check=True,
    )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    assert found[0] == 0
    return [name for name in found[1] if name not in _at_start()]


@functools.cache
def _at_start() -> frozenset[str]:
    """What this Python has loaded before our first line: an editable installation's finder wants pathlib, say."""
    code = "import sys; names = sorted(sys.modules); import json; print(json.dumps(names))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=60, check=True)
    return frozenset(json.loads(done.stdout))


def test_the_main_process_of_a_kiosk_in_a_plain_lan(tmp_path: Path) -> None:
    """Ready and running, its helpers started, an unreachable core asked once."""
    (tmp_path / "kiosk.toml").write_text(
        '[server]\nurl = "http://127.0.0.1:9"\ntoken = "x"\n[kiosk]\nstate_dir = "state"\nscreen_port = 0\n'
        '[scanner]\ndriver = "serial"\ndevice = "/dev/ttyNOT"\n[printer]\ndriver = "network"\nport = 9\n',
        encoding="utf-8",
    )
    loaded = set(modules_of(_RUN, str(tmp_path / "kiosk.toml")))
    assert {"kiosk.runner", "kiosk.housekeeping", "sqlite3"} <= loaded, "it did run"
    heavy = {"ssl", "_ssl", "hashlib", "_hashlib", "secrets", "urllib.request", "asyncio", "multiprocessing", "ctypes"}
    assert loaded & (DRAWING | heavy | SELDOM) == set()
    assert loaded & {"argparse", "gettext", "locale", "kiosk.commands"} == set(), "the parser of all commands"
    assert not loaded & {"kiosk.updating", "kiosk.enrolment", "kiosk.receipts", "kiosk.printer_drawing", "kiosk.devices"}
    assert not {name for name in loaded if name.partition(".")[0] in {"flask", "peewee", "waitress", "werkzeug"}}


@pytest.mark.parametrize(
    "opening",
    [
        'from kiosk import scanner_worker as w\nw.open_scanner(w.ScannerConfig("serial", "/dev/ttyNOT", 9600))',
        'from kiosk import printer_worker as w\nfrom pathlib import Path\n'
        'w.open_printer(w.PrinterConfig("network", "", "127.0.0.1", 9, 384, "partial", "auto", 9600), Path("."))',
    ],
    ids=["scanner", "printer"],
)
def test_a_helper_loads_its_driver_and_little_else(opening: str) -> None:
    loaded = set(modules_of(_HELPER.format(opening)))
    assert any(name.startswith("hardware.") for name in loaded)
    kiosks = {"kiosk", "kiosk.devices", "kiosk.device_config", "kiosk.worker_messages", "kiosk.late"}
    assert {name for name in loaded if name.partition(".")[0] in ("kiosk", "library")} - kiosks <= {
        "kiosk.scanner_worker", "kiosk.printer_worker",
    }  # fmt: skip
    assert loaded & (DRAWING | SELDOM | {"ssl", "sqlite3", "logging", "http", "email", "subprocess", "hashlib"}) == set()


def test_a_helper_that_draws_takes_no_web_along() -> None:
    """segno's writers want urllib.request, python-escpos bar codes, a second QR encoder and YAML: 11 MB unused."""
    loaded = set(modules_of(_HELPER.format("from kiosk.printer_worker import _drawing\n_drawing().warm_up(384)")))
    assert {"segno.encoder", "escpos.escpos", "PIL._imagingft"} <= loaded, "it did draw"
    unused = {"urllib.request", "http", "email", "ssl", "hashlib", "segno", "segno.writers", "xml", "barcode", "qrcode", "yaml"}
    database = {"importlib_resources", "zipfile", "pickle", "platform", "pathlib"}  # of all heads, packed and cached
    others = {"library.contract.codes", "kiosk.words", "PIL.ExifTags", "PIL.TiffTags"}
    assert loaded & (unused | database | others | SELDOM) == set()


def test_a_keyboard_scanner_takes_no_asyncio_along() -> None:
    pytest.importorskip("evdev", reason="evdev is not installed")
    loaded = set(modules_of(_HELPER.format("from hardware.evdev_scanner import EvdevScanner\nEvdevScanner().read(0)")))
    assert "evdev.device" in loaded, "it did look"
    assert not loaded & {"asyncio", "asyncio.events", "ssl", "subprocess", "concurrent"}
