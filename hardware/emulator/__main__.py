"""`python -m hardware.emulator`: a receipt printer on a TCP port (or pseudo terminal) that prints PNG files.

Faults are typed while it runs, one word a line: out, low, load, open, close, hang, go, reset, drop, slow (or
slow 500: bytes a second), fast; quit ends it. Without a terminal (started in the background) it serves until it is
stopped. A scanner: python -m hardware.emulator.scanner.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Sequence

from PIL import Image

from hardware.emulator.head import EmulatedHead, Fault
from hardware.emulator.server import NetworkPrinterEmulator, TerminalPrinterEmulator
from hardware.ticket_files import TicketFolder

_STRIKE = {
    "out": Fault.PAPER_OUT,
    "low": Fault.PAPER_LOW,
    "open": Fault.COVER_OPEN,
    "hang": Fault.HANG,
    "reset": Fault.RESET,
    "drop": Fault.DROP_LINE,
}
_CLEAR = {
    "load": (Fault.PAPER_OUT, Fault.PAPER_LOW),
    "close": (Fault.COVER_OPEN,),
    "go": (Fault.HANG,),
}
SLOW_BYTES = 960.0
"""A second: a head on a 9600-baud line."""
_WORDS = ", ".join([*_STRIKE, *_CLEAR, "slow", "fast"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until "quit" or Ctrl+C. Exit codes: 0 done, 3 the port is taken."""
    parser = argparse.ArgumentParser(
        prog="python -m hardware.emulator", description="Máy in hoá đơn ESC/POS giả lập, in ra tệp PNG."
    )
    parser.add_argument("--host", default="127.0.0.1", help="địa chỉ lắng nghe (mặc định 127.0.0.1)")
    parser.add_argument("--port", type=int, default=9100, help="cổng TCP (mặc định 9100; 0 = cổng trống bất kỳ)")
    parser.add_argument("--out", default="receipts", metavar="DIR", help="thư mục nhận tệp PNG")
    parser.add_argument("--width", type=int, default=384, metavar="DOTS", help="bề rộng đầu in, tính bằng chấm")
    parser.add_argument("--slow", type=float, default=0.0, metavar="BYTES", help="số byte mỗi giây (0 = nhanh nhất)")
    parser.add_argument("--pty", action="store_true", help="mở thiết bị nối tiếp giả thay cho cổng TCP (Linux, macOS)")
    parser.add_argument("--mute", action="store_true", help="máy in không trả lời trạng thái")
    chosen = parser.parse_args(arguments)
    folder = TicketFolder(chosen.out)

    def save(ticket: Image.Image) -> None:
        print(f"Đã in {folder.save(ticket)}", flush=True)

    head = EmulatedHead(chosen.width, on_ticket=save, mute=chosen.mute, bytes_per_second=chosen.slow)
    emulator: NetworkPrinterEmulator | TerminalPrinterEmulator
    try:
        if chosen.pty:
            emulator = TerminalPrinterEmulator(head)
        else:
            emulator = NetworkPrinterEmulator(head, chosen.host, chosen.port)
    except OSError as error:
        head.stop()
        print(f"Không mở được cổng {chosen.port}: {error}. Hãy chọn cổng khác bằng --port.", file=sys.stderr)
        return 3
    with emulator:
        print(f"Máy in giả lập chờ ở {emulator.address}, ảnh vào {chosen.out}", flush=True)
        print(f"Gõ một từ để gây lỗi: {_WORDS}; quit để thoát.", flush=True)
        try:
            for line in sys.stdin:
                word = line.strip().lower()
                if word == "quit":
                    head.wait_until_idle(5)
                    return 0
                _command(head, word)
            threading.Event().wait()
        except KeyboardInterrupt:
            pass
    return 0


def _command(head: EmulatedHead, word: str) -> None:
    if word in _STRIKE or word in _CLEAR:
        for fault in _CLEAR.get(word, ()):
            head.clear(fault)
        if word in _STRIKE:
            head.strike(_STRIKE[word])
    elif word == "fast":
        head.bytes_per_second = 0.0
    elif word.split(" ")[0] == "slow" and word.removeprefix("slow").strip(" 0123456789") == "":
        head.bytes_per_second = float(word.removeprefix("slow").strip() or SLOW_BYTES)
    elif word:
        print(f"Không hiểu «{word}». Các từ dùng được: {_WORDS}.", flush=True)
        return
    if word:
        print(f"Đã làm: {word}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
