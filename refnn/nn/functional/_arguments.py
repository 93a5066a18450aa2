"""What torch's argument parser does for functions that are written in C++: it looks at types, and it counts."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from refnn.functions._checks import is_int, type_name
from refnn.functions._overloads import invalid_combination
from refnn.functions._scalars import CPP_NAMES

__all__ = [
    "CPP_NAMES",
    "Misfit",
    "by_flag",
    "int_sequence",
    "is_int_sequence",
    "is_size",
    "one_signature",
    "overloaded",
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


class Misfit(Exception):
    """An argument of a type that the signature does not take: its name, and what would be taken."""

    def __init__(self, argument: str, expected: str) -> None:
        self.argument = argument
        self.expected = expected


def overloaded(*signatures: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Turn a Misfit, and arguments that do not bind, into torch's error for a call that fits no overload."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **named: Any) -> Any:
            try:
                return function(*args, **named)
            except Misfit:
                pass
            except TypeError:
                if _binds(function, args, named):
                    raise
            raise invalid_combination(function.__name__, args, named, *signatures)

        return call

    return decorate


def one_signature(function: Callable[..., Any]) -> Callable[..., Any]:
    """Turn a Misfit, and arguments that do not bind, into torch's errors for a function without overloads."""

    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        try:
            return function(*args, **named)
        except Misfit as misfit:
            error = _misfit_text(function, misfit, args, named)
        except TypeError:
            if _binds(function, args, named):
                raise
            error = _binding_text(function, args, named)
        raise TypeError(error)

    return call


def _binds(function: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> bool:
    try:
        inspect.signature(function).bind(*args, **named)
    except TypeError:
        return False
    return True


def _misfit_text(function: Callable[..., Any], misfit: Misfit, args: tuple[Any, ...], named: dict[str, Any]) -> str:
    names = list(inspect.signature(function).parameters)
    position = names.index(misfit.argument)
    positional = position < len(args)
    value = args[position] if positional else named[misfit.argument]
    where = f"argument '{misfit.argument}'" + (f" (position {position + 1})" if positional else "")
    got = f", not {type_name(value)}"
    if positional and misfit.expected == "tuple of ints" and isinstance(value, (tuple, list)):
        got = f", but found element of type {type_name(value[0])} at pos 0"
    return f"{function.__name__}(): {where} must be {misfit.expected}{got}"


def _binding_text(function: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> str:
    parameters = inspect.signature(function).parameters
    names = list(parameters)
    required = [name for name in names if parameters[name].default is inspect.Parameter.empty]
    most = sum(parameter.kind is not parameter.KEYWORD_ONLY for parameter in parameters.values())
    if len(args) > most:
        takes = f"from {len(required)} to {most}" if len(required) < most else f"{most}"
        plural = "" if most == 1 else "s"
        return (
            f"{function.__name__}() takes {takes} positional argument{plural} but {len(args)} "
            f"{'was' if len(args) == 1 else 'were'} given"
        )
    if any(name not in named for name in required[len(args) :]):
        missing = required[len(args) :]
        plural = "" if len(missing) > 1 else "s"
        listed = ", ".join(f'"{name}"' for name in missing)
        return f"{function.__name__}() missing {len(missing)} required positional argument{plural}: {listed}"
    for name in named:
        if name not in names:
            return f"{function.__name__}() got an unexpected keyword argument '{name}'"
    twice = next(name for name in names[: len(args)] if name in named)
    return f"{function.__name__}() got multiple values for argument '{twice}'"
