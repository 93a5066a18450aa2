"""What torch's argument parser does for functions that are written in C++: it looks at types, and it counts."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from refnn.functions._checks import is_int, type_name
from refnn.functions._overloads import Signatures

__all__ = [
    "Misfit",
    "by_flag",
    "int_sequence",
    "is_int_sequence",
    "is_size",
    "parsed",
    "unpacked",
]


def is_size(value: Any) -> bool:
    return is_int(value, is_size=True)


def is_int_sequence(value: Any) -> bool:
    """torch looks no further than the first element."""
    if isinstance(value, (tuple, list)):
        return not value or is_size(value[0])
    return False


def int_sequence(function: str, name: str, position: int, value: Any) -> None:
    """Raise TypeError unless value is a sequence of ints, as far as torch looks."""
    where = f"{function}(): argument '{name}' (position {position}) must be tuple of ints"
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"{where}, not {type_name(value)}")
    if not is_int_sequence(value):
        raise TypeError(f"{where}, but found element of type {type_name(value[0])} at pos 0")


def unpacked(function: str, name: str, value: Any, rank: int = 1) -> tuple[int, ...]:
    """The ints of a sequence; one int stands for `rank` of them. Raises TypeError for what is no int."""
    if type(value) is int:
        return (value,) * rank
    if not isinstance(value, (tuple, list)):
        return (int(value),) * rank
    for k, n in enumerate(value):
        if type(n) is not int and not is_size(n) and not isinstance(n, bool):
            raise TypeError(
                f"{function}(): argument '{name}' failed to unpack the object at pos {k + 1} with error "
                f'"type must be tuple of ints,but got {type_name(n)}"'
            )
    return tuple(int(n) for n in value)


def by_flag(
    name: str, position: int, doc: str, pair: Callable[..., Any], alone: Callable[..., Any] | None = None
) -> Callable[..., Any]:
    """A function that returns (y, i) where return_indices, its argument at this position, asks for it, else y.

    `pair` computes both; `alone`, where there is a quicker way, y.
    """

    def function(*args: Any, **named: Any) -> Any:
        if named.get("return_indices", args[position] if len(args) > position else False):
            return pair(*args, **named)
        return pair(*args, **named)[0] if alone is None else alone(*args, **named)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


class Misfit(TypeError):
    """Arguments of types that the signature does not take. `parsed` says in torch's words what is wrong."""


def parsed(*overloads: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a function torch's errors for arguments that fit none of its overloads, written as in `_overloads.py`.

    The function runs first; only where it refuses its arguments are they held against the overloads.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        signatures = Signatures(function.__name__, *overloads)

        @functools.wraps(function)
        def call(*args: Any, **named: Any) -> Any:
            try:
                return function(*args, **named)
            except TypeError:
                error = signatures.misfit(args, named)
                if error is None:
                    raise
            raise error

        return call

    return decorate
