"""torch's error for a call that fits none of a function's overloads."""

from __future__ import annotations

from typing import Any

from refnn.functions._checks import type_name

__all__ = ["invalid_combination"]


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
