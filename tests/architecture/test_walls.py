"""The walls that import-linter cannot say: which outside package may be imported where (docs/architecture.md)."""

from __future__ import annotations

import ast
import configparser
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGES = ("library", "opac", "catalog_imports", "kiosk", "hardware")

# outside package -> where it may be imported
ALLOWED = {
    "flask": ("library/app.py", "library/web/*", "*/pages.py", "*/pages/*", "*pages_*.py", "library/kiosk_api/*", "opac/*"),
    "peewee": (
        "library/foundation/*",
        "*tables.py",
        "*queries.py",
        "*service.py",
        "library/*/*.py",
        "catalog_imports/*.py",
    ),
    "whoosh": ("library/searching/*",),
    "pymarc": ("catalog_imports/*", "library/cataloguing/marc.py"),
    "evdev": ("hardware/evdev_scanner.py",),
    "escpos": ("hardware/escpos_encoder.py",),
    "typst": ("library/foundation/typesetting.py",),
    "docx": ("library/reporting/*",),
    "argon2": ("library/access/*",),
    "waitress": ("library/operations/serving.py", "library/operations/oversize.py"),
}


def _modules() -> list[Path]:
    return [path for package in PACKAGES for path in sorted((REPOSITORY / package).rglob("*.py"))]


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
    return found


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_outside_packages_stay_in_their_rooms(package: str) -> None:
    strays = [
        path.relative_to(REPOSITORY).as_posix()
        for path in _modules()
        if any(name == package or name.startswith(package + ".") for name in _imports(path))
        and not any(fnmatch(path.relative_to(REPOSITORY).as_posix(), room) for room in ALLOWED[package])
    ]
    assert strays == []


def test_evdev_escpos_and_typst_are_each_known_to_one_file() -> None:
    for package in ("evdev", "escpos", "typst"):
        users = [
            path.name
            for path in _modules()
            if any(name == package or name.startswith(package + ".") for name in _imports(path))
        ]
        assert len(users) == 1, (package, users)


POSIX_ONLY = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "posix", "syslog", "readline", "crypt"}
POSIX_CALLS = {
    "fork", "forkpty", "getuid", "geteuid", "getgid", "getpgid", "setsid", "killpg", "chown", "fchown", "fchmod", "mkfifo",
    "mknod", "statvfs", "sysconf", "uname", "sync", "SIGKILL", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGCHLD",
    "alarm", "setitimer", "pthread_sigmask", "add_signal_handler", "AF_UNIX", "O_DIRECTORY", "O_NOFOLLOW",
}  # fmt: skip
POSIX_ARGUMENTS = {"preexec_fn", "start_new_session", "pass_fds", "process_group", "umask"}


def _list_posix_ways(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, what) of everything that runs on Linux and not, or not in the same way, on Windows."""
    for top in tree.body:
        if isinstance(top, ast.Import) and any(alias.name in POSIX_ONLY for alias in top.names):
            yield top.lineno, "module of POSIX"
        if isinstance(top, ast.ImportFrom) and top.module in POSIX_ONLY:
            yield top.lineno, "module of POSIX"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in POSIX_CALLS:
            yield node.lineno, node.attr
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if re.search(r"%-[dmHMSyjeIl]", node.value):
                yield node.lineno, "strftime without padding"
            if re.match(r"/(dev|proc|sys|tmp|etc|var)/", node.value):
                yield node.lineno, "path of POSIX"
        if not isinstance(node, ast.Call):
            continue
        named = {keyword.arg for keyword in node.keywords}
        called = ast.unparse(node.func)
        words = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        if named & POSIX_ARGUMENTS:
            yield node.lineno, "argument of POSIX"
        if called == "os.rename":
            yield node.lineno, "rename: os.replace also writes over a file on Windows"
        if called.startswith("subprocess.") and {"text", "universal_newlines"} & named and "encoding" not in named:
            yield node.lineno, "text of another program without an encoding"
        # Without one, a file is read in the code page of the PC: 1258 at many schools.
        if called.endswith((".read_text", ".write_text")) and "encoding" not in named and not ENCODINGS & set(words):
            yield node.lineno, "text file without an encoding"
        opens = called == "open" or (called.endswith(".open") and called.split(".")[0] not in {"Image", "archive"})
        mode = next((keyword.value for keyword in node.keywords if keyword.arg == "mode"), None)
        binary = any("b" in word for word in words if isinstance(word, str) and len(word) <= 3)
        binary = binary or (isinstance(mode, ast.Constant) and "b" in str(mode.value))
        if opens and called != "os.open" and not binary and "encoding" not in named:
            yield node.lineno, "file opened as text without an encoding"


ENCODINGS = {"utf-8", "utf-8-sig", "ascii"}


def test_the_core_runs_on_windows_too() -> None:
    """No POSIX-only way outside kiosk/ and hardware/; a guarded import (try, or inside a branch) is fine."""
    strays = []
    for path in _modules():
        where = path.relative_to(REPOSITORY).as_posix()
        if where.startswith(("kiosk/", "hardware/")):
            continue
        strays += [f"{where}:{line} {what}" for line, what in _list_posix_ways(ast.parse(path.read_text("utf-8")))]
    assert strays == []


@pytest.mark.parametrize(
    "source",
    [
        "import fcntl",
        "from pwd import getpwuid",
        "os.fork()",
        "signal.signal(signal.SIGHUP, stop)",
        "subprocess.Popen(command, start_new_session=True)",
        "subprocess.run(command, text=True)",
        "os.rename(part, whole)",
        "open(path)",
        "path.open('w', newline='')",
        "path.read_text()",
        "path.write_text(text)",
        "f'{day:%-d/%m}'",
        "Path('/tmp/kesach')",
    ],
)
def test_the_guard_sees_what_windows_does_not_have(source: str) -> None:
    assert list(_list_posix_ways(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        "open(path, 'rb')",
        "path.open('w', encoding='utf-8', newline='')",
        "path.read_text('utf-8')",
        "os.replace(part, whole)",
        "subprocess.run(command, text=True, encoding='utf-8')",
        "try:\n    import fcntl\nexcept ImportError:\n    fcntl = None",
    ],
)
def test_the_guard_lets_pass_what_windows_has(source: str) -> None:
    assert not list(_list_posix_ways(ast.parse(source)))


def test_only_the_clock_asks_what_time_it_is() -> None:
    askers = []
    for path in _modules():
        where = path.relative_to(REPOSITORY).as_posix()
        if where.startswith(("kiosk/", "hardware/")) or where == "library/foundation/clock.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Attribute)
                and node.attr in {"now", "utcnow", "today"}
                and isinstance(node.value, ast.Name)
                and node.value.id in {"datetime", "date"}
            ):
                askers.append(f"{where}:{node.lineno}")
    assert askers == []


def test_package_init_files_stay_empty() -> None:
    """So that the kiosk may import library.lending.rules without a server package. Only a package of pages
    gathers its blueprint: no rule, service or kiosk ever imports one."""
    full = [
        path
        for package in PACKAGES
        for path in (REPOSITORY / package).rglob("__init__.py")
        if path.stat().st_size and path.parent.name != "pages"
    ]
    assert full == []


def test_no_vague_module_names() -> None:
    vague = {"utils.py", "helpers.py", "manager.py", "misc.py", "common_utils.py"}
    assert [path for path in _modules() if path.name in vague] == []


def test_every_module_says_what_lives_in_it() -> None:
    silent = [
        path.relative_to(REPOSITORY).as_posix()
        for path in _modules()
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def test_package_facts_live_in_setup_cfg_only() -> None:
    pyproject = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    assert set(pyproject) == {"build-system", "tool"}
    assert "setuptools" not in pyproject["tool"]
    setup = configparser.ConfigParser()
    setup.read(REPOSITORY / "setup.cfg", "utf-8")
    extras = setup["options.extras_require"]
    assert {"server", "kiosk", "dev"} <= set(extras)
    for extra, lines in extras.items():
        for line in lines.strip().splitlines():
            if line.strip():
                bounded = "==" in line or "<" in line
                assert bounded, f"{extra}: {line} has no upper bound"
