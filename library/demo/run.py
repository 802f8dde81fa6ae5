"""`make run`: a demo school, its core and a simulated kiosk, started together and stopped together.

Starts real processes with the real commands; nothing here is used by a school's own installation.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, BinaryIO

from library.demo.running import AlreadyRunning, only_one

READY_SECONDS = 60
SAMPLES_SECONDS = 10
KIOSK_NAME = "Quầy mẫu"
ADMIN = "thuthu"


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    options = _options()
    data = Path(options.data).absolute()
    if options.kiosk_only and not (data / "kiosk" / "token").exists() and not has_school(data):
        sys.exit(f"Chưa có trường mẫu ở {data}. Chạy make run một lần: lệnh ấy tạo trường mẫu và quầy.")
    try:
        with only_one(data / "logs") as addresses:
            _run(options, data, addresses)
    except AlreadyRunning as other:
        print("\n".join(_words_of_running(data, str(other))), flush=True)


def _run(options: argparse.Namespace, data: Path, addresses: Path) -> None:
    environment = {**os.environ, "KESACH_DATA": str(data), "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    port = options.port if options.kiosk_only else find_free_port(options.port)
    kiosk_port = find_free_port(options.kiosk_port, taken=port)
    core = f"http://127.0.0.1:{port}"

    password = None
    if not options.kiosk_only:
        if not (data / "kesach.db").exists():
            print("Đang tạo trường mẫu (khoảng nửa phút)…", flush=True)
            password = _kesach(environment, "init", "--demo", "--admin", ADMIN).strip().splitlines()[-1]
        _kesach(environment, "db", "upgrade")
    config = _kiosk_config(environment, data, core, kiosk_port)

    log_path = data / "logs" / "make-run.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    log = log_path.open("ab")
    children: list[subprocess.Popen[bytes]] = []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        if not options.kiosk_only:
            children.append(_start(environment, log, "library.cli", "serve", "--port", str(port)))
            _wait(f"{core}/api/v1/health", children, log_path)
        children.append(_start(environment, log, "kiosk.cli", "run", "--config", str(config)))
        _wait(f"http://127.0.0.1:{kiosk_port}/", children, log_path)
        shown = _addresses(core, kiosk_port, not options.kiosk_only or _answers(f"{core}/api/v1/health"))
        addresses.write_text("\n".join(shown), "utf-8")
        _announce(shown, core, password, options.kiosk_only, find_samples(kiosk_port), data)
        kiosk = children[-1]
        told = options.kiosk_only
        while kiosk.poll() is None:
            if not told and children[0].poll() is not None:
                told = True  # the kiosk goes on without its core, as it does in a school
                print(f"\n  Máy chủ đã dừng (mã {children[0].returncode}). Quầy vẫn chạy, như lúc trường mất mạng.")
                print(f"  Nhật ký: {log_path}\n  Dừng hết: Ctrl+C", flush=True)
            time.sleep(0.5)  # nothing to do here but to watch them
        sys.exit(f"Quầy đã dừng (mã {kiosk.returncode}). Xem nhật ký: {log_path}")
    except KeyboardInterrupt:
        print("\nĐang dừng…")
    finally:
        for child in reversed(children):
            if child.poll() is None:
                child.terminate()
        for child in children:
            try:
                child.wait(timeout=15)
            except subprocess.TimeoutExpired:
                child.kill()


def has_school(data: Path) -> bool:
    """Whether a school was made there, or is named to be in PostgreSQL."""
    return (data / "kesach.db").exists() or bool(os.environ.get("KESACH_DATABASE_URL"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description="Trường mẫu và quầy tự phục vụ mô phỏng.")
    parser.add_argument("--data", default="./demo-data", help="thư mục của trường mẫu")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--kiosk-port", type=int, default=8080)
    parser.add_argument("--kiosk-only", action="store_true", help="chỉ quầy, máy chủ đã chạy sẵn")
    return parser.parse_args()


def _kesach(environment: dict[str, str], *arguments: str) -> str:
    """Run one command to its end and return its stdout."""
    command = [sys.executable, "-m", "library.cli", *arguments]
    if arguments[0] == "init":
        return _make_school(environment, command)
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode:
        print(done.stderr or "", file=sys.stderr)
        sys.exit(f"Lệnh kesach {' '.join(arguments)} không chạy được (mã {done.returncode}).")
    return done.stdout


def _make_school(environment: dict[str, str], command: list[str]) -> str:
    """The school's making with its words shown as they come, but the line that announces the password: the password
    is said once, with its name, when everything runs (`_announce`)."""
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as child:  # fmt: skip
        assert child.stdout is not None and child.stderr is not None
        for line in child.stderr:
            if "Mật khẩu dùng một lần" not in line:
                print(line, end="", file=sys.stderr, flush=True)
        said = child.stdout.read()
    if child.returncode:
        sys.exit(f"Không tạo được trường mẫu (mã {child.returncode}).")
    return said


def _start(environment: dict[str, str], log: BinaryIO, module: str, *arguments: str) -> subprocess.Popen[bytes]:
    # The kiosk reads scans from this terminal when there is one: type a code and press Enter.
    stdin = None if module == "kiosk.cli" and sys.stdin is not None and sys.stdin.isatty() else subprocess.DEVNULL
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, env=environment, stdin=stdin, stdout=log, stderr=log)


def find_free_port(wanted: int, taken: int = 0) -> int:
    """The first free port from `wanted` on. `taken`: one that is given away but not yet in use."""
    for port in range(wanted, wanted + 50):
        if port == taken:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port != wanted:
            print(f"Cổng {wanted} đang có chương trình khác dùng, chuyển sang {port}.")
        return port
    sys.exit(f"Không có cổng trống từ {wanted}. Chọn cổng khác: make run PORT=9000")


def _kiosk_config(environment: dict[str, str], data: Path, core: str, port: int) -> Path:
    """The simulated kiosk's folder, token and kiosk.toml; made once, the addresses renewed each time."""
    folder = data / "kiosk"
    folder.mkdir(parents=True, exist_ok=True)
    token = folder / "token"
    if not token.exists():
        known = {item["name"] for item in json.loads(_kesach(environment, "device", "list", "--json"))["devices"]}
        name = next(n for n in (KIOSK_NAME, *(f"{KIOSK_NAME} {i}" for i in range(2, 99))) if n not in known)
        token.write_text(_kesach(environment, "device", "add", name).strip().splitlines()[-1], "utf-8")
        token.chmod(0o600)
    config = folder / "kiosk.toml"
    config.write_text(
        "\n".join(
            [
                "# Quầy mô phỏng: không cần máy quét hay máy in.",
                "[server]",
                f'url = "{core}"',
                f"token_file = {json.dumps(str(token))}",
                "[kiosk]",
                f"name = {json.dumps(KIOSK_NAME, ensure_ascii=False)}",
                f"state_dir = {json.dumps(str(folder))}",
                'mode = "borrow_and_return"',
                "idle_seconds = 30",
                f"screen_port = {port}",
                "[scanner]",
                'driver = "stdin"',
                "[printer]",
                'driver = "png"',
                "width_dots = 384",
                'receipts = "ask"',
                "",
            ]
        ),
        "utf-8",
    )
    return config


def _wait(url: str, children: list[subprocess.Popen[bytes]], log: Path) -> None:
    """Until `url` answers; ends when a child ends first or it takes too long."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        ended = [child for child in children if child.poll() is not None]
        if ended:
            sys.exit(f"Không khởi động được (mã {ended[0].returncode}). Xem nhật ký: {log}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)  # until the next knock
    sys.exit(f"Đợi quá lâu mà {url} chưa trả lời. Xem nhật ký: {log}")


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=3):
            return True
    except OSError:
        return False


def find_samples(kiosk_port: int) -> dict[str, Any]:
    """What the simulated kiosk offers to try, once it has the school's data; nothing where that takes too long."""
    until = time.monotonic() + SAMPLES_SECONDS
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{kiosk_port}/sim/samples.json", timeout=5) as answer:
                found: dict[str, Any] = json.load(answer)
        except (OSError, ValueError):
            found = {}
        if found.get("cards"):
            return found
        time.sleep(0.2)  # until the next look
    return {}


def _addresses(core: str, kiosk_port: int, with_core: bool) -> list[str]:
    kiosk = f"http://127.0.0.1:{kiosk_port}"
    lines = [f"    Tra cứu (OPAC)      {core}/", f"    Trang thủ thư       {core}/staff/"] if with_core else []
    return [*lines, f"    Quầy tự phục vụ     {kiosk}/   (bàn phím quét: {kiosk}/sim)"]


def _words_of_running(data: Path, addresses: str) -> list[str]:
    return [
        "",
        f"  Trường mẫu ở {_shown(data)} đang chạy rồi:" if addresses
        else f"  Trường mẫu ở {_shown(data)} đang được khởi động ở một cửa sổ khác.",
        *addresses.splitlines(),
        "",
        "  Mở địa chỉ trên, hoặc dừng lần chạy kia bằng Ctrl+C rồi chạy lại." if addresses
        else "  Đợi cửa sổ kia in địa chỉ, hoặc dừng nó bằng Ctrl+C rồi chạy lại.",
        "  Chạy thêm một trường mẫu khác: make run DEMO=./truong-mau-2",
        "",
    ]  # fmt: skip


def _shown(path: Path) -> str:
    """Short where it lies below the folder one stands in."""
    return f"./{path.relative_to(Path.cwd()).as_posix()}" if path.is_relative_to(Path.cwd()) else str(path)


def password_command(data: Path) -> str:
    """The line that gives a new password, to be pasted where `make run` was typed."""
    python = Path(sys.executable)
    kesach = python.with_name("kesach.exe" if os.name == "nt" else "kesach")
    program = [_shown(kesach)] if kesach.exists() else [_shown(python), "-m", "library.cli"]
    if os.name == "nt":
        command = subprocess.list2cmdline([*program, "staff", "password", ADMIN])
        return f'set "KESACH_DATA={data}" && {command}'
    return f"KESACH_DATA={shlex.quote(_shown(data))} {shlex.join([*program, 'staff', 'password', ADMIN])}"


def _announce(
    addresses: list[str], core: str, password: str | None, kiosk_only: bool, samples: dict[str, Any], data: Path
) -> None:
    core_answers = len(addresses) > 1
    lines = ["", "  Kệ Sách đang chạy:" if core_answers else "  Chỉ quầy mô phỏng đang chạy:", *addresses]
    if not core_answers:
        lines += [
            "",
            f"    Máy chủ {core} chưa trả lời: quầy làm việc như lúc mất mạng, "
            + ("bằng dữ liệu lấy lần trước." if samples else "mà chưa lấy dữ liệu lần nào nên chỉ nhận trả."),
            "    Chạy cả máy chủ: make run",
        ]
    if password:
        lines += [
            "",
            f"    Đăng nhập lần đầu   tên: {ADMIN}   mật khẩu dùng một lần: {password}",
            "                        (chỉ in lần này; hệ thống sẽ yêu cầu đổi)",
        ]
    elif not kiosk_only:
        lines += ["", f"    Quên mật khẩu?      {password_command(data)}"]
    if samples:
        cards = "   ".join(f"{one['card']} ({one['name']})" for one in samples["cards"][:3])
        books = "   ".join(one["barcode"] for one in samples["books"][:3])
        lines += ["", f"    Quét thử ở quầy     thẻ:  {cards}", f"                        sách: {books}"]
    if staff := samples.get("staff"):
        lines += [
            f"    Trang cán bộ ở quầy thẻ:  {staff['card']}   PIN: {staff['pin']}",
            "                        (chỉ của trường mẫu; ở trường thật mỗi thủ thư tự đặt PIN)",
        ]
    lines += ["", "  Dừng: Ctrl+C", ""]
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main()
