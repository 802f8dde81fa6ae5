"""Modules that are loaded when somebody uses them, not when somebody imports them.

The standard library and the packages we stand on import a good deal at their tops for what we never ask of them:
dataclasses takes inspect along, pathlib takes ipaddress, http.client takes ssl, evdev takes asyncio. A kiosk is three
processes, so each such module costs up to three times. Here one is put in its place that turns into the real one at
the first look at what is in it; who does look finds no difference.

Why not importlib.util.LazyLoader: before Python 3.13 a second `import` of its modules already loads them.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
from types import ModuleType

_loading = threading.RLock()  # one for all: two late modules that need each other cannot wait for each other


def import_when_used(*names: str) -> None:
    """Those of `names` that exist and are not loaded yet. To be called before what imports them."""
    for name in names:
        if name in sys.modules:
            continue
        try:
            spec = importlib.util.find_spec(name)
        except ModuleNotFoundError:  # nor is its package there
            continue
        if spec is None or spec.loader is None:
            continue
        module = importlib.util.module_from_spec(spec)
        module.__class__ = _LateModule
        sys.modules[name] = module
        package, _, own_name = name.rpartition(".")
        if package:
            setattr(sys.modules[package], own_name, module)


def is_late(name: str) -> bool:
    """It was imported, but nobody has used it yet."""
    return type(sys.modules.get(name)) is _LateModule


class _LateModule(ModuleType):
    """`__spec__`, `__name__`, `__path__` and the like are there; asking for anything else loads it."""

    def __getattr__(self, name: str) -> object:
        with _loading:
            facts = self.__dict__
            if type(self) is _LateModule:
                if facts.get("__late__"):  # it is being loaded, and asks itself for what it has not made yet
                    raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} yet")
                facts["__late__"] = True
                try:
                    assert self.__spec__ is not None and self.__spec__.loader is not None
                    self.__spec__.loader.exec_module(self)
                finally:
                    del facts["__late__"]
                self.__class__ = ModuleType  # type: ignore[assignment]  # now the others, who waited, may look
        return getattr(self, name)
