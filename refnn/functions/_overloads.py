"""torch's overloads of a function: which one a call fits, and torch's error for a call that fits none.

A signature is written as torch prints it, "Tensor input, Number other, *, Tensor out = None"; after a type, [2] is
the length to which one number is repeated, and ? allows None. "- " begins one that is tried and never spoken of.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.base import TensorBase
from refnn.functions._checks import is_int, type_name

__all__ = ["Signatures", "invalid_combination", "is_real"]

Named = dict[str, Any]
_OTHER_NAMES = {"dim": ("axis",), "keepdim": ("keepdims",), "input": ("x", "a", "x1"), "other": ("x2",)}  # NumPy's
_OWN_NAMES = {other: own for own, others in _OTHER_NAMES.items() for other in others}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, complex, np.number, np.bool_)) or _is_item(value)


def _is_item(value: Any) -> bool:
    """A 0-dim tensor stands for its number, unless a gradient would be lost."""
    return isinstance(value, TensorBase) and value._data.ndim == 0 and not value._requires_grad


def is_real(value: Any) -> bool:
    return _is_number(value) and not isinstance(value, (complex, np.complexfloating))


def _is(*names: str) -> Callable[[Any], bool]:
    return lambda value: type(value).__name__ in names


_KINDS: dict[str, Callable[[Any], bool]] = {
    "Tensor": lambda value: isinstance(value, TensorBase),
    "Number": _is_number,
    "int": is_int,
    "float": is_real,
    "bool": lambda value: isinstance(value, bool),
    "str": lambda value: isinstance(value, str),
    "torch.dtype": lambda value: (
        isinstance(value, dtypes.dtype) or (type(value) is type and value in (bool, int, float, complex))
    ),
    "torch.device": lambda value: isinstance(value, str) or is_int(value) or type(value).__name__ == "device",
    "torch.layout": _is("layout"),
    "torch.memory_format": _is("memory_format"),
    "torch.Generator": _is("Generator"),
}
_ELEMENTS: dict[str, Callable[[Any], bool]] = {
    "tuple of ints": lambda value: is_int(value, is_size=True),
    "tuple of floats": _is_number,
    "tuple of Scalars": _is_number,
}


class _Parameter:
    __slots__ = ("is_named", "is_nullable", "is_optional", "kind", "name", "repeats")

    def __init__(self, text: str, is_named: bool) -> None:
        declared, _, default = text.partition(" = ")
        kind, _, self.name = declared.rpartition(" ")
        self.kind = re.sub(r"\[\d+\]|\?", "", kind)
        self.repeats = "[" in kind
        self.is_optional = bool(default)
        self.is_nullable = "?" in kind or default == "None"
        self.is_named = is_named

    def takes(self, value: Any, numbers: bool, index: int) -> tuple[bool, int]:
        """Whether a value fits, and the place of a wrong element, −1 where there is none."""
        if self.kind == "tuple of Tensors":
            return self._takes_tensors(value, index), -1
        is_element = _ELEMENTS.get(self.kind)
        if is_element is None:
            fits = _KINDS.get(self.kind, lambda value: True)
            return bool(fits(value) or (numbers and self.kind == "Tensor" and _is_number(value))), -1
        if isinstance(value, (tuple, list)):
            wrong = bool(value) and not is_element(value[0])
            return not wrong, 0 if wrong else -1
        return self.repeats and is_element(value), -1

    def _takes_tensors(self, value: Any, index: int) -> bool:
        if not isinstance(value, (tuple, list)):
            return False
        for place, element in enumerate(value):
            if not isinstance(element, TensorBase):
                raise TypeError(f"expected Tensor as element {place} in argument {index}, but got {type_name(element)}")
        return True

    def check_elements(self, function: str, value: Any) -> None:
        """Raise torch's TypeError for a later element of a list of numbers, which it reads after it chose."""
        is_element = _ELEMENTS.get(self.kind)
        if is_element is None or not isinstance(value, (tuple, list)):
            return
        for place, element in enumerate(value):
            if not is_element(element):
                raise TypeError(
                    f"{function}(): argument '{self.name}' failed to unpack the object at pos {place + 1} with error "
                    f'"type must be {self.kind},but got {type_name(element)}"'
                )

    def wrong(self, function: str, value: Any, position: int, place: int) -> TypeError:
        """The error for a value that does not fit; position 0 is that of a named argument."""
        where = f" (position {position})" if position else ""
        what = f"{function}(): argument '{self.name}'{where} must be {self.kind},"
        if place >= 0 and position:
            return TypeError(f"{what} but found element of type {type_name(value[place])} at pos {place}")
        return TypeError(f"{what} not {type_name(value)}")


class _Signature:
    __slots__ = ("is_hidden", "least", "parameters", "places", "text")

    def __init__(self, text: str) -> None:
        self.is_hidden = text.startswith("- ")
        text = text.removeprefix("- ")
        before, star, after = text.partition("*, ") if text.startswith("*, ") else text.partition(", *, ")
        self.text = re.sub(r"\[\d+\]|\?", "", text)
        self.parameters = [_Parameter(part, False) for part in before.split(", ") if part]
        self.places = len(self.parameters)
        self.parameters += [_Parameter(part, True) for part in after.split(", ") if star]
        self.least = sum(not p.is_optional for p in self.parameters)

    def has_room(self, count: int) -> bool:
        """Whether that many arguments, of whatever type, may be the right number."""
        return self.least <= count <= len(self.parameters)

    def misfit(self, function: str, args: tuple[Any, ...], named: Named, numbers: bool) -> TypeError | None:
        """Why a call does not fit, in torch's words; None where it fits."""
        spread = self.places == 1 and self.parameters[0].kind == "tuple of ints"  # view(2, 3)
        if len(args) > self.places and not spread:
            return self._too_many(function, len(args))
        position, rest = 0, len(named)
        for index, parameter in enumerate(self.parameters):
            by_name = position >= len(args)
            if not by_name and parameter.is_named:
                return self._too_many(function, len(args))
            given, value = (True, args[position]) if not by_name else _named(parameter.name, named)
            if not given:
                if not parameter.is_optional:
                    return self._missing(function, index)
            elif value is not None or not parameter.is_nullable:
                fits, place = parameter.takes(value, numbers, index)
                if not fits and spread and position == 0 and not by_name and is_int(value):
                    position = len(args)
                    parameter.check_elements(function, args)
                    continue
                if not fits and len(args) > self.places and not by_name:
                    return self._too_many(function, len(args))
                if not fits:
                    return parameter.wrong(function, value, 0 if by_name else position + 1, place)
            if not by_name:
                position += 1
            elif given:
                rest -= 1
        return self._unknown(function, named, len(args)) if rest else None

    def check_elements(self, function: str, args: tuple[Any, ...], named: Named) -> None:
        """Raise for what is wrong inside of the lists of a call that fits."""
        for position, parameter in enumerate(self.parameters):
            value = args[position] if position < len(args) else _named(parameter.name, named)[1]
            parameter.check_elements(function, value)

    def _too_many(self, function: str, count: int) -> TypeError:
        least, most = self.least, self.places
        if least != most:
            return TypeError(f"{function}() takes from {least} to {most} positional arguments but {count} were given")
        ending, verb = "" if most == 1 else "s", "was" if count == 1 else "were"
        return TypeError(f"{function}() takes {most} positional argument{ending} but {count} {verb} given")

    def _missing(self, function: str, first: int) -> TypeError:
        names = [f'"{p.name}"' for p in self.parameters[first:] if not p.is_optional]
        ending = "s" if len(names) == 1 else ""  # torch has it the wrong way round
        return TypeError(f"{function}() missing {len(names)} required positional argument{ending}: {', '.join(names)}")

    def _unknown(self, function: str, named: Named, count: int) -> TypeError:
        places = {p.name: index for index, p in enumerate(self.parameters)}
        for name in named:
            if name not in places:
                return TypeError(f"{function}() got an unexpected keyword argument '{name}'")
            if places[name] < count:
                return TypeError(f"{function}() got multiple values for argument '{name}'")
        return TypeError("invalid keyword arguments")


def _named(name: str, named: Named) -> tuple[bool, Any]:
    """Whether an argument was given by its name, or by NumPy's, and its value."""
    for key in (name, *_OTHER_NAMES.get(name, ())):
        if key in named:
            return True, named[key]
    return False, None


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
        error = self.misfit(args, {name: value for name, value in named.items() if value is not None})
        if error is not None:
            raise error

    def misfit(self, args: tuple[Any, ...], named: Named) -> TypeError | None:
        """torch's TypeError for a call, None for one that fits an overload.

        One overload with as many parameters says what is wrong; of several all are listed.
        """
        if self._parsed is None:
            self._parsed = [_Signature(text) for text in self.texts]
        try:
            for signature in self._parsed:
                error = signature.misfit(self.name, args, named, self.numbers)
                if error is None:
                    signature.check_elements(self.name, args, named)
                    return None
        except TypeError as wrong_element:
            return wrong_element
        if len(self._parsed) == 1:
            return error
        shown = [signature for signature in self._parsed if not signature.is_hidden]
        plausible = [signature for signature in shown if signature.has_room(len(args) + len(named))]
        if len(plausible) == 1:
            error = plausible[0].misfit(self.name, args, named, self.numbers)
            if error is not None:
                return error
        return invalid_combination(self.name, args, named, *[signature.text for signature in shown])

    def in_own_names(self, named: Named) -> Named:
        """The named arguments of a call that fits, those under NumPy's names (`axis`, `keepdims`) under torch's."""
        own = {parameter.name for signature in self._parsed or () for parameter in signature.parameters}
        return {key if key in own else _OWN_NAMES.get(key, key): value for key, value in named.items()}


def invalid_combination(name: str, args: tuple[Any, ...], named: Named, *signatures: str) -> TypeError:
    """The TypeError that lists what was given and what would be taken."""
    types = [type_name(value) for value in args]
    types += [f"{key}={type_name(value)}" for key, value in reversed(named.items())]  # torch's own order
    tail = "" if args or not named else ", "  # it forgets to cut this off
    got = f"({', '.join(types)}{tail})"
    what = f"{name}() received an invalid combination of arguments - got"
    if len(signatures) == 1:
        return TypeError(f"{what} {_against_one(signatures[0], args, named, got)}")
    expected = "".join(f" * ({signature})\n{_reason(signature, args, named)}" for signature in signatures)
    return TypeError(f"{what} {got}, but expected one of:\n{expected}")


def _against_one(signature: str, args: tuple[Any, ...], named: Named, got: str) -> str:
    """What was given, or which keywords, and the one signature there is."""
    known = [part.split(" = ")[0].split(" ")[-1] for part in signature.split(", ") if " = " not in part]
    wrong = [key for key in reversed(named) if key not in known]
    if wrong:
        return f"unrecognized keyword arguments: {', '.join(wrong)}"
    return f"{got}, but expected ({signature})"


def _reason(signature: str, args: tuple[Any, ...], named: Named) -> str:
    """Why a signature does not match: torch says so where it has as many parameters as were given arguments.

    It looks at parameters without a default alone, and calls every other argument wrong. The asterisk counts.
    """
    parameters = signature.split(", ")
    if len(parameters) != len(args) + len(named):
        return ""
    known = [parameter.split(" ") for parameter in parameters if " = " not in parameter]
    names = {words[-1] for words in known}
    why = "      didn't match because some of the "
    wrong = [key for key in reversed(named) if key not in names]
    if wrong:
        return f"{why}keywords were incorrect: {', '.join(wrong)}\n"
    types = [" ".join(words[:-1]) for words in known] + [""] * (len(parameters) - len(known))
    shown = [_shown(value, expected) for value, expected in zip(args, types, strict=False)]
    declared = {words[-1]: " ".join(words[:-1]) for words in known}
    for key, value in reversed(named.items()):
        mark = "" if type_name(value) == declared[key] else "!"
        shown.append(f"{mark}{key}={type_name(value)}{mark}")
    tail = "" if args or not named else ", "
    return f"{why}arguments have invalid types: ({', '.join(shown)}{tail})\n"


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
