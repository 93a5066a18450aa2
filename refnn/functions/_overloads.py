"""torch's overloads of a function: which one a call fits, and torch's error for a call that fits none.

A signature is written as torch prints it, "Tensor input, Number other, *, Tensor out = None".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.base import TensorBase
from refnn.functions._checks import type_name

__all__ = ["Signatures", "invalid_combination"]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, complex, np.generic)) or _is_item(value)


def _is_item(value: Any) -> bool:
    """A 0-dim tensor stands for its number, unless a gradient would be lost."""
    return isinstance(value, TensorBase) and value._data.ndim == 0 and not value._requires_grad


def _is_int(value: Any) -> bool:
    if isinstance(value, TensorBase):
        return value._data.ndim == 0 and value._data.dtype.kind in "iu"
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


_KINDS: dict[str, Callable[[Any], bool]] = {
    "Tensor": lambda value: isinstance(value, TensorBase),
    "Number": _is_number,
    "int": _is_int,
    "float": lambda value: _is_number(value) and not isinstance(value, complex),
    "bool": lambda value: isinstance(value, (bool, np.bool_)),
    "str": lambda value: isinstance(value, str),
    "torch.dtype": lambda value: isinstance(value, dtypes.dtype),
}


class _Parameter:
    __slots__ = ("fits", "is_optional", "kind", "name")

    def __init__(self, text: str) -> None:
        declared, _, default = text.partition(" = ")
        self.kind, _, self.name = declared.rpartition(" ")
        self.is_optional = bool(default)
        self.fits = _KINDS.get(self.kind, lambda value: True)

    def takes(self, value: Any, numbers: bool) -> bool:
        if value is None:
            return self.is_optional
        return self.fits(value) or (numbers and self.kind == "Tensor" and _is_number(value))


class _Signature:
    __slots__ = ("named", "positional")

    def __init__(self, text: str) -> None:
        before, star, after = text.partition("*, ")
        self.positional = [_Parameter(part) for part in before.removesuffix(", ").split(", ") if part]
        self.named = {p.name: p for p in map(_Parameter, after.split(", "))} if star else {}

    def has_room(self, count: int) -> bool:
        """Whether that many arguments, of whatever type, may be the right number."""
        every = [*self.positional, *self.named.values()]
        return sum(not p.is_optional for p in every) <= count <= len(every)

    def misfit(self, args: tuple[Any, ...], named: dict[str, Any], numbers: bool) -> tuple[int, _Parameter, Any] | None:
        """The first argument of a wrong type: its position from 1, or 0 of a named one; its parameter; its value."""
        by_name = {**self.named, **{p.name: p for p in self.positional}}
        for position, (parameter, value) in enumerate(zip(self.positional, args, strict=False), 1):
            if not parameter.takes(value, numbers):
                return position, parameter, value
        for name, value in named.items():
            if name in by_name and not by_name[name].takes(value, numbers):
                return 0, by_name[name], value
        return None

    def fits(self, args: tuple[Any, ...], named: dict[str, Any], numbers: bool) -> bool:
        known = {p.name for p in self.positional[len(args) :]} | set(self.named)
        complete = all(p.is_optional or p.name in named for p in self.positional[len(args) :])
        return (
            len(args) <= len(self.positional)
            and set(named) <= known
            and complete
            and self.misfit(args, named, numbers) is None
        )


class Signatures:
    """The overloads that torch has under one name.

    A function tests its arguments with `isinstance` and calls `check` where that fails; nothing is parsed
    before.

    Attributes:
        numbers: whether a number may stand for a Tensor, as in arithmetic.
    """

    __slots__ = ("_parsed", "name", "numbers", "texts")

    def __init__(self, name: str, *texts: str, numbers: bool = False) -> None:
        self.name = name
        self.texts = texts
        self.numbers = numbers
        self._parsed: list[_Signature] | None = None

    def check(self, *args: Any, **named: Any) -> None:
        """Raise torch's TypeError unless the call fits an overload. Options that are None count as not given."""
        if self._parsed is None:
            self._parsed = [_Signature(text) for text in self.texts]
        given = {name: value for name, value in named.items() if value is not None}
        if not any(signature.fits(args, given, self.numbers) for signature in self._parsed):
            raise self._error(self._parsed, args, given)

    def _error(self, parsed: list[_Signature], args: tuple[Any, ...], named: dict[str, Any]) -> TypeError:
        """One overload with as many parameters says which argument is wrong; of several all are listed."""
        plausible = [signature for signature in parsed if signature.has_room(len(args) + len(named))]
        misfit = plausible[0].misfit(args, named, self.numbers) if len(plausible) == 1 else None
        if misfit is None:
            return invalid_combination(self.name, args, named, *self.texts)
        position, parameter, value = misfit
        where = f" (position {position})" if position else ""
        return TypeError(
            f"{self.name}(): argument '{parameter.name}'{where} must be {parameter.kind}, not {type_name(value)}"
        )


def invalid_combination(name: str, args: tuple[Any, ...], named: dict[str, Any], *signatures: str) -> TypeError:
    """The TypeError that lists what was given and what would be taken."""
    got = [type_name(value) for value in args]
    got += [f"{key}={type_name(value)}" for key, value in reversed(named.items())]  # torch's own order
    tail = "" if args or not named else ", "  # it forgets to cut this off
    expected = "".join(f" * ({signature})\n{_reason(signature, args, named)}" for signature in signatures)
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({', '.join(got)}{tail}), "
        f"but expected one of:\n{expected}"
    )


def _reason(signature: str, args: tuple[Any, ...], named: dict[str, Any]) -> str:
    """Why a signature does not match: torch says so where it has as many parameters as were given arguments.

    It looks at parameters without a default alone, and calls every other argument wrong.
    """
    parameters = signature.split(", ")
    if "*" in parameters or len(parameters) != len(args) + len(named):
        return ""
    known = [parameter.split(" ") for parameter in parameters if " = " not in parameter]
    names = {words[-1] for words in known}
    why = "      didn't match because some of the "
    wrong = [key for key in reversed(named) if key not in names]
    if wrong:
        return f"{why}keywords were incorrect: {', '.join(wrong)}\n"
    types = [" ".join(words[:-1]) for words in known] + [""] * (len(parameters) - len(known))
    shown = [_shown(value, expected) for value, expected in zip(args, types, strict=False)]
    return f"{why}arguments have invalid types: ({', '.join(shown)})\n"


def _shown(value: Any, expected: str) -> str:
    """A value's type, between exclamation marks where it is not the one expected."""
    name = type_name(value)
    if name == expected:
        return name
    if isinstance(value, (list, tuple)):
        inside = ", ".join(map(type_name, value))
        if isinstance(value, list):
            name += f" of [{inside}]"
        else:
            name += f" of ({inside}{',' if len(value) == 1 else ''})"
    return f"!{name}!"
