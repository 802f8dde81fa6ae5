"""A late module is the real one for whoever looks into it, and costs nothing for whoever does not."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.late_imports import import_when_used, is_late


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A place for modules of the test; each notes in `loaded` when it is really loaded."""
    loaded: list[str] = []
    monkeypatch.setattr(sys, "late_test_loaded", loaded, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def write(folder: Path, name: str, text: str = "") -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(f"import sys\nsys.late_test_loaded.append(__name__)\n{text}", encoding="utf-8")


def loaded() -> list[str]:
    return sys.late_test_loaded  # type: ignore[attr-defined]  # set by the fixture


def test_importing_it_twice_does_not_load_it_looking_into_it_does(folder: Path) -> None:
    write(folder, "late_one.py", "ANSWER = 42\n")
    import_when_used("late_one")
    module = importlib.import_module("late_one")
    exec("import late_one", {})
    assert loaded() == [] and is_late("late_one")
    assert module.ANSWER == 42
    assert loaded() == ["late_one"] and not is_late("late_one") and sys.modules["late_one"] is module
    with pytest.raises(AttributeError):
        _ = module.NOTHING


def test_a_name_taken_from_it_loads_it(folder: Path) -> None:
    write(folder, "late_two.py", "ANSWER = 42\n")
    import_when_used("late_two")
    found: dict[str, object] = {}
    exec("from late_two import ANSWER", found)
    assert found["ANSWER"] == 42 and loaded() == ["late_two"]


def test_a_module_of_a_package(folder: Path) -> None:
    write(folder, "late_house/__init__.py")
    write(folder, "late_house/room.py", "from late_house import door\nANSWER = door.WIDTH\n")
    write(folder, "late_house/door.py", "WIDTH = 9\n")
    import_when_used("late_house.room")
    found: dict[str, object] = {}
    exec("import late_house.room", found)
    assert loaded() == ["late_house"]
    exec("answer = late_house.room.ANSWER", found)
    assert found["answer"] == 9 and loaded() == ["late_house", "late_house.room", "late_house.door"]


def test_two_late_modules_that_need_each_other(folder: Path) -> None:
    write(folder, "late_left.py", "import late_right\nLEFT = 1\n")
    write(folder, "late_right.py", "import late_left\nRIGHT = late_left.LEFT + 1\n")
    import_when_used("late_left", "late_right")
    assert importlib.import_module("late_right").RIGHT == 2


def test_many_threads_load_it_once_and_all_see_it_whole(folder: Path) -> None:
    write(folder, "late_shared.py", "import threading\nFIRST = 1\nthreading.Event().wait(0.05)\nLAST = 2\n")
    import_when_used("late_shared")
    module, seen = importlib.import_module("late_shared"), []
    threads = [threading.Thread(target=lambda: seen.append(module.LAST)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert seen == [2] * 8 and loaded() == ["late_shared"]


def test_one_that_cannot_be_loaded_says_so_to_whoever_uses_it(folder: Path) -> None:
    write(folder, "late_broken.py", "raise OSError('the card is worn out')\n")
    import_when_used("late_broken")
    module = importlib.import_module("late_broken")
    for _ in range(2):
        with pytest.raises(OSError, match="worn out"):
            _ = module.ANSWER


def test_what_is_loaded_or_not_there_is_left_alone(folder: Path) -> None:
    write(folder, "late_early.py", "ANSWER = 1\n")
    early = importlib.import_module("late_early")
    import_when_used("late_early", "late_nowhere", "late_nowhere.room")
    assert sys.modules["late_early"] is early and not is_late("late_early")
    assert "late_nowhere" not in sys.modules
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("late_nowhere")
