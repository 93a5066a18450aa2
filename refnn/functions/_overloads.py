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
    expected = "".join(f" * ({signature})\n" for signature in signatures)
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({', '.join(got)}{tail}), "
        f"but expected one of:\n{expected}"
    )
