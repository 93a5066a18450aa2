"""Finding the counterpart in refnn of what torch's tables name."""

import functools
import tomllib
import types
from collections.abc import Callable
from typing import Any

import torch

import refnn
from refnn._files import beside


class Missing(LookupError):
    """refnn has no such name."""


def look_up(root: Any, path: str) -> Any:
    """Follow a dotted path of attributes; raises Missing where it ends early."""
    for part in path.split("."):
        try:
            root = getattr(root, part)
        except AttributeError:
            raise Missing(path) from None
    return root


def exists(path: str) -> bool:
    """Whether refnn has the name, `nn.Linear` or `Tensor.add_`."""
    try:
        look_up(refnn, path)
    except Missing:
        return False
    return True


def read_table(file: str) -> dict[str, Any]:
    """A TOML file of the suite's."""
    return tomllib.loads(beside(f"conformance/{file}").read_text(encoding="utf-8"))


@functools.cache
def excluded(section: str) -> dict[str, str]:
    """Entry to reason, for what is left out of a section's comparison."""
    return dict(read_table("excluded.toml").get(section, {}))


def left_out(space: str) -> dict[str, str]:
    """Name to reason, for what of a namespace is not to be: `nn`, `nn.functional`."""
    return excluded(f"left out of {space}")


@functools.cache
def required(section: str) -> frozenset[str]:
    """The entries of a section that must exist."""
    return frozenset(read_table("required.toml").get(section, []))


# ---------------------------------------------------------------- torch objects and their counterparts

_NAMESPACES = ("nn.functional", "nn.init", "nn", "nn.utils", "nn.utils.rnn", "", "Tensor", "special", "linalg")


def counterpart(thing: Any) -> Any:
    """refnn's object for a function or class of torch: found by identity in torch's namespaces."""
    name = getattr(thing, "__name__", None)
    for space in _NAMESPACES if name else ():
        path = f"{space}.{name}".lstrip(".")
        try:
            found = look_up(torch, path)
        except Missing:
            continue
        if found is thing:
            return look_up(refnn, path)
    if isinstance(thing, types.FunctionType):
        return rebind(thing)
    raise Missing(f"counterpart of {thing!r}")


def _seeded(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What torch's `wrapper_set_seed` does: the call under seed 42."""
    refnn.manual_seed(42)
    return function(*args, **kwargs)


def _translated(value: Any) -> Any:
    """A global or closure variable as refnn's side of a rebound function sees it."""
    if value is torch:
        return refnn
    if value is torch.nn.functional:
        return refnn.nn.functional
    if getattr(value, "__name__", None) == "wrapper_set_seed":
        return _seeded
    if callable(value) and (getattr(value, "__module__", None) or "").startswith("torch"):
        try:
            return counterpart(value)
        except Missing:
            return value
    return value


def rebind(function: types.FunctionType) -> Callable[..., Any]:
    """A Python function of torch's tables with `torch` in it meaning refnn.

    Its globals and closure are replaced, its code is not: a lambda such as
    `lambda x, n: torch.polygamma(n, x)` then calls refnn.
    """
    names = function.__code__.co_names
    scope = dict(function.__globals__)
    scope.update({name: _translated(scope[name]) for name in names if name in scope})
    cells = tuple(types.CellType(_translated(cell.cell_contents)) for cell in function.__closure__ or ())
    bound = types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, cells)
    bound.__kwdefaults__ = function.__kwdefaults__
    return bound


def op_counterpart(op: Any) -> Callable[..., Any]:
    """refnn's callable for an entry of `op_db`; raises Missing."""
    direct = _direct(op)
    if direct is not None:
        return look_up(refnn, direct)
    if not isinstance(op.op, types.FunctionType):
        raise Missing(op.name)
    candidates = (op.name, f"Tensor.{op.name}", f"Tensor.{op.name}_")
    if not any(exists(path) for path in candidates):
        raise Missing(op.name)
    return rebind(op.op)


def _direct(op: Any) -> str | None:
    """The path at which torch itself holds the entry's callable, if it holds it."""
    for path in (op.name, f"Tensor.{op.name}"):
        try:
            if look_up(torch, path) is op.op or look_up(torch, path) == op.op:
                return path
        except Missing:
            continue
    return None
