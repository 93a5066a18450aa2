"""A person's own Python, bound anew: the same code objects, with one library's names in place of another's.

A class that derives from `torch.nn.Module` is plain Python that looks names up: `torch`, `nn`, `F`, helpers
of its own. Its code is kept; only what those names mean is replaced, in globals, closures, defaults and
bases. Nothing is executed to do so.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CellType, CodeType, FunctionType, MethodType, ModuleType, new_class
from typing import Any

__all__ = ["Rebinder"]

Translate = Callable[[Any], Any]

_LEFT_ALONE = frozenset(sys.stdlib_module_names) | {"numpy"}  # code that holds no names of either library
_MADE_WITH_THE_CLASS = ("__dict__", "__weakref__", "_backward_cls", "_context", "_node_class")  # by autograd.Function


class Rebinder:
    """Rebuilds functions and classes; `translate` gives the new meaning of every value that they refer to."""

    def __init__(self, translate: Translate) -> None:
        self._translate = translate
        self._done: dict[int, Any] = {}
        self._globals: dict[int, dict[str, Any]] = {}
        self._kept: list[Any] = []  # so that no id in the tables is given to another object

    def function(self, f: FunctionType) -> FunctionType:
        """The function with its globals, closure and defaults translated."""
        if id(f) in self._done:
            found: FunctionType = self._done[id(f)]
            return found
        if (f.__module__ or "").partition(".")[0] in _LEFT_ALONE:
            return f
        scope = self._scope(f.__globals__)
        cells = None if f.__closure__ is None else tuple(self._cell(c) for c in f.__closure__)
        new = FunctionType(f.__code__, scope, f.__name__, None, cells)
        self._remember(f, new)
        new.__defaults__ = self._translate(f.__defaults__)
        new.__kwdefaults__ = self._translate(f.__kwdefaults__)
        new.__qualname__, new.__module__, new.__doc__ = f.__qualname__, f.__module__, f.__doc__
        new.__dict__.update({k: self._translate(v) for k, v in f.__dict__.items()})
        for name in _names(f.__code__):
            if name in f.__globals__ and name not in scope:
                scope[name] = None  # a name that refers to itself by way of others is under way
                scope[name] = self._translate(f.__globals__[name])
        self._fill_cells(f, cells or ())
        return new

    def class_(self, cls: type) -> type:
        """The class with its bases and members translated."""
        if id(cls) in self._done:
            found: type = self._done[id(cls)]
            return found
        new = new_class(cls.__name__, tuple(self._translate(b) for b in cls.__bases__))
        self._remember(cls, new)
        for name, member in vars(cls).items():
            if name not in _MADE_WITH_THE_CLASS:
                setattr(new, name, self._member(member))
        return new

    def method(self, m: MethodType) -> MethodType:
        return MethodType(self._translate(m.__func__), self._translate(m.__self__))

    def module(self, m: ModuleType) -> ModuleType:
        """A module whose attributes are translated as they are asked for."""
        if id(m) not in self._done:
            new = _Translated(m.__name__, m.__doc__)
            new.__dict__["_translated"] = lambda name: self._translate(getattr(m, name))
            self._remember(m, new)
        found: ModuleType = self._done[id(m)]
        return found

    def _member(self, member: Any) -> Any:
        if isinstance(member, (staticmethod, classmethod)):
            return type(member)(self._translate(member.__func__))
        if isinstance(member, property):
            parts = (member.fget, member.fset, member.fdel)
            get, put, delete = (None if p is None else self._translate(p) for p in parts)
            return property(get, put, delete, member.__doc__)
        return self._translate(member)

    def _scope(self, globals_: dict[str, Any]) -> dict[str, Any]:
        """The globals of all functions that shared `globals_`, filled with the names that they use."""
        if id(globals_) not in self._globals:
            kept = ("__builtins__", "__name__", "__file__", "__package__", "__spec__")
            self._globals[id(globals_)] = {k: globals_[k] for k in kept if k in globals_}
            self._kept.append(globals_)
        return self._globals[id(globals_)]

    def _cell(self, cell: CellType) -> CellType:
        """One new cell for each old one, so that functions which share a variable go on sharing it."""
        if id(cell) not in self._done:
            self._remember(cell, CellType())
        found: CellType = self._done[id(cell)]
        return found

    def _fill_cells(self, f: FunctionType, cells: tuple[CellType, ...]) -> None:
        for old, new in zip(f.__closure__ or (), cells, strict=True):
            if _is_empty(new) and not _is_empty(old):
                new.cell_contents = self._translate(old.cell_contents)

    def _remember(self, old: Any, new: Any) -> None:
        self._done[id(old)] = new
        self._kept.append(old)


class _Translated(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.__dict__["_translated"](name)


def _is_empty(cell: CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return True
    return False


def _names(code: CodeType) -> set[str]:
    """The global names that a code object and those inside it may look up."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _names(constant)
    return found
