"""The namespace's functions and Tensor's methods as their users call them: a wrong call gets torch's error.

torch reads the arguments before anything else. Here a function runs first, and only where it fails the call is held
against torch's overloads: calls that are right cost nothing more.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from refnn.dtypes import of_python
from refnn.functions._overloads import Signatures

__all__ = ["as_called", "check_call", "wrap_methods", "wrong_call"]

_WITH_NUMBERS = frozenset(  # for which a number may stand for a tensor
    name + suffix
    for name in ("add", "sub", "mul", "div", "divide", "multiply", "subtract", "true_divide", "floor_divide", "copy")
    for suffix in ("", "_")
)
_known: dict[str, Signatures | None] = {}


def _read(listing: str, options: str) -> dict[str, list[str]]:
    """name -> overloads."""
    found: dict[str, list[str]] = {}
    names: list[str] = []
    overloads: list[str] = []
    for line in listing.strip().splitlines():
        if line.startswith("    "):
            overloads.append("" if line == "    ()" else line.strip().replace("OPTIONS", options))
            continue
        if overloads:
            names, overloads = [], []
        names += line.split()
        found.update(dict.fromkeys(names, overloads))
    return found


def _of_method(overload: str) -> str | None:
    """A function's overload without the tensor itself and without `out`; None where it begins otherwise."""
    mark = "- " if overload.startswith("- ") else ""
    parts = overload.removeprefix("- ").split(", ")
    own = next((part for part in parts if part in ("Tensor input", "Tensor self")), None)
    if own is None or (own != parts[0] and not mark):
        return None
    parts.remove(own)
    kept = [part for part in parts if not part.endswith(" out = None")]
    return mark + ", ".join(kept[:-1] if kept and kept[-1] == "*" else kept)


def _load() -> None:
    """Read all overloads, at the first wrong call."""
    from refnn.functions._signatures import FUNCTIONS, METHODS, OPTIONS

    functions, methods = _read(FUNCTIONS, OPTIONS), _read(METHODS, OPTIONS)
    derived = {name: [m for m in map(_of_method, given) if m is not None] for name, given in functions.items()}
    methods = {**derived, **methods}
    for name, overloads in list(methods.items()):
        methods.setdefault(f"{name}_", overloads)
    for prefix, table in (("", functions), ("Tensor.", methods)):
        for name, overloads in table.items():
            if overloads:
                _known[prefix + name] = Signatures(name, *overloads, numbers=name in _WITH_NUMBERS)
    _known[""] = None


def misuse(name: str, args: tuple[Any, ...], named: dict[str, Any]) -> TypeError | None:
    """torch's error for a call of a function, or of "Tensor." and a method; None where the arguments fit."""
    if not _known:
        _load()
    signatures = _known.get(name)
    if signatures is None:
        return None
    if not name.startswith("Tensor."):
        return signatures.misfit(args, named)
    if signatures.texts == ("",):  # Python's own words, for what torch does not parse
        given = len(args) - 1
        why = "keyword arguments" if named else f"arguments ({given} given)" if given else ""
        return TypeError(f"{name}() takes no {why}") if why else None
    return signatures.misfit(args[1:], named)


def in_own_names(name: str, named: dict[str, Any]) -> dict[str, Any]:
    """The named arguments of a call that `misuse` found nothing wrong with, under the names that torch prints."""
    signatures = _known.get(name)
    return named if signatures is None else signatures.in_own_names(named)


def check_call(name: str, *args: Any, **named: Any) -> None:
    """Raise torch's TypeError unless a call fits an overload of a function, or of "Tensor." and a method.

    Options that are None count as not given. A function tests its arguments with `isinstance`, and calls this where
    that fails.
    """
    error = misuse(name, args, {key: value for key, value in named.items() if value is not None})
    if error is not None:
        raise error


def wrong_call(name: str, *args: Any, **named: Any) -> TypeError:
    """torch's error for a call that a function cannot take."""
    return misuse(name, args, named) or TypeError(f"{name}() received an invalid combination of arguments")


def as_called(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A function whose errors are torch's for arguments that fit no overload of that name."""

    is_method = name.startswith("Tensor.")

    def call(*args: Any, **named: Any) -> Any:
        if named:
            if is_method and "out" in named:  # which functions alone take
                error = misuse(name, args, named)
                if error is not None:
                    raise error
            kind = named.get("dtype")
            if type(kind) is type:
                named["dtype"] = of_python(kind)
        try:
            return function(*args, **named)
        except Exception:
            error = misuse(name, args, named)
            own = named if error is not None else in_own_names(name, named)
            if error is None and own == named:
                raise
        if error is not None:
            raise error
        return function(*args, **own)

    call.__name__, call.__qualname__, call.__doc__ = function.__name__, function.__qualname__, function.__doc__
    call.__module__ = function.__module__
    vars(call)["__wrapped__"] = function
    return call


def wrap_methods(methods: type) -> None:
    """Give the functions among a class's methods the errors of methods."""
    for name, value in list(vars(methods).items()):
        if isinstance(value, FunctionType) and not name.startswith("_"):
            setattr(methods, name, as_called(value, f"Tensor.{name}"))
