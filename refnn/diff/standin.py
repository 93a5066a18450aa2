"""A world in which a script finds torch under the name `torch`, and one in which it finds refnn.

While refnn stands in, `import torch`, `import torch.nn.functional as F` and `from torch import nn` give
refnn's own modules, not copies of them. Afterwards everything is as it was. Each world keeps the modules
that it imported from the script's own folder, so that a helper beside the script is imported once in each.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import refnn
from refnn.bridge import torch_library

__all__ = ["LIBRARIES", "World"]

LIBRARIES = ("torch", "refnn")


class World:
    """Where a script's code is run.

    Args:
        library: which one `import torch` finds, "torch" or "refnn".
        folder: the script's; modules in it can be imported by the script.

    Raises ValueError for another library, ImportError where torch is asked for and missing.
    """

    def __init__(self, library: str, folder: Path) -> None:
        if library not in LIBRARIES:
            raise ValueError(f"a script runs under torch or refnn, not under {library!r}")
        self.library: ModuleType = torch_library() if library == "torch" else refnn
        self._folder = folder.resolve()
        self._stands_in = library == "refnn"
        self._own: dict[str, ModuleType] = {}  # what the script imported from its folder

    @contextmanager
    def active(self) -> Iterator[None]:
        """Inside, `torch` means this world's library."""
        hidden = _take_out(_is_torch) if self._stands_in else {}
        path = str(self._folder)
        finder = _Finder()
        known = set(sys.modules)
        try:
            sys.path.insert(0, path)
            sys.modules.update(self._own)
            if self._stands_in:
                sys.modules["torch"] = refnn
                sys.meta_path.insert(0, finder)
            yield
        finally:
            if finder in sys.meta_path:
                sys.meta_path.remove(finder)
            self._own = _take_out(lambda name: name in self._own or (name not in known and self._is_own(name)))
            if self._stands_in:
                _take_out(_is_torch)
            sys.modules.update(hidden)
            if path in sys.path:
                sys.path.remove(path)

    def _is_own(self, name: str) -> bool:
        """Whether a module that was imported in here is the script's own. An environment may lie in its folder."""
        file = getattr(sys.modules[name], "__file__", None)
        if not isinstance(file, str) or "site-packages" in file or name.partition(".")[0] == "refnn":
            return False
        return self._folder in Path(file).resolve().parents

    def run(self, name: str, file: Path) -> ModuleType:
        """Execute a file as the module `name` of this world. It is not `__main__`."""
        module = ModuleType(name)
        module.__file__ = str(file)
        code = compile(file.read_bytes(), str(file), "exec")
        self._own[name] = module  # so that pickle and dataclasses find it
        with self.active():
            exec(code, vars(module))
        return module


class _Finder(MetaPathFinder):
    """Finds `torch.x.y` as refnn's `x.y`."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        if not _is_torch(fullname):
            return None
        name = "refnn" + fullname.removeprefix("torch")
        if find_spec(name) is None:
            return None
        return spec_from_loader(fullname, _Loader(name))


class _Loader(Loader):
    """Hands out a module that is there already, as it is."""

    def __init__(self, name: str) -> None:
        self._name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self._name)
        self._spec = module.__spec__  # the import system is about to replace it
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


def _is_torch(name: str) -> bool:
    return name == "torch" or name.startswith("torch.")


def _take_out(chosen: Any) -> dict[str, ModuleType]:
    """Remove modules by name from sys.modules, and return them."""
    return {name: sys.modules.pop(name) for name in list(sys.modules) if chosen(name)}
