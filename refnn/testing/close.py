"""assert_close: are two things the same, to a dtype's tolerance?

|actual − expected| ≤ atol + rtol · |expected|, for every element.

Source: torch.testing.assert_close, whose parameters, tolerances and texts these are. Where torch asks the
two types to be related, a refnn tensor, a NumPy array and a torch tensor count here as one kind, so that
any of them can be compared with any other.
"""

from __future__ import annotations

import cmath
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.op import Array
from refnn.testing.arrays import View, is_tensor, view_of

__all__ = ["assert_close", "default_tolerances", "isclose"]

Path = tuple[Any, ...]
Message = str | Callable[[str], str] | None
Comparison = Callable[[], str | None]  # the text of the mismatch, None where there is none

TOLERANCES = {  # (rtol, atol); a dtype that is not listed has to be equal
    dtypes.float16: (1e-3, 1e-5),
    dtypes.bfloat16: (1.6e-2, 1e-5),
    dtypes.float32: (1.3e-6, 1e-5),
    dtypes.float64: (1e-7, 1e-7),
    dtypes.complex64: (1.3e-6, 1e-5),
    dtypes.complex128: (1e-7, 1e-7),
}
_NUMBERS = {int: dtypes.int64, float: dtypes.float64, complex: dtypes.complex128}
_UNSIGNED = (dtypes.uint16, dtypes.uint32, dtypes.uint64)  # these promote only as int64


@dataclass(frozen=True)
class _Options:
    allow_subclasses: bool
    rtol: float | None
    atol: float | None
    equal_nan: bool
    check_device: bool
    check_dtype: bool
    check_layout: bool
    check_stride: bool


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Assert |actual − expected| ≤ atol + rtol |expected| in every element, and equal shapes and dtypes.

    Args:
        actual, expected: tensors of refnn or torch, arrays, numbers, None, or sequences and mappings of
            these, nested at will. Sequences have to be as long as each other, mappings to have the same keys.
        allow_subclasses: False asks for the same class (a Parameter is then no Tensor).
        rtol, atol: both or neither. Without them the looser of the two dtypes' tolerances holds: float16
            1e-3 and 1e-5, bfloat16 1.6e-2 and 1e-5, float32 1.3e-6 and 1e-5, float64 1e-7 and 1e-7, complex
            as its parts, anything else 0 and 0.
        equal_nan: whether NaN equals NaN.
        check_device, check_dtype, check_layout, check_stride: whether these have to agree too. Of unequal
            dtypes the values are compared in the promoted one.
        msg: the error's text instead of the generated one, or a function from the one to the other.

    Raises:
        AssertionError: where they are not close; the text names the number of mismatches and the largest.
        TypeError: where two leaves cannot be compared (a number with a tensor, two strings).
        ValueError: where only one of rtol and atol is given.

    Source: torch.testing.assert_close. It fails on a bool beside an int with a message about itself; here
    that is a mismatch of types.
    """
    __tracebackhide__ = True
    options = _Options(allow_subclasses, rtol, atol, equal_nan, check_device, check_dtype, check_layout, check_stride)
    leaves = list(_pair_up(actual, expected, options, ()))  # a wrong structure outranks a wrong value
    for path, comparison in leaves:
        text = comparison()
        if text is not None:
            raise AssertionError(_worded(text + _where(path), msg))


def default_tolerances(*inputs: Any) -> tuple[float, float]:
    """(rtol, atol): the loosest among the dtypes of the inputs, each a tensor-like or a dtype."""
    found = [TOLERANCES.get(x if isinstance(x, dtypes.dtype) else view_of(x).dtype, (0.0, 0.0)) for x in inputs]
    return max(rtol for rtol, _ in found), max(atol for _, atol in found)


def isclose(actual: Array, expected: Array, rtol: float, atol: float, equal_nan: bool = False) -> Array:
    """|actual − expected| ≤ atol + rtol |expected|, elementwise; infinities have to be equal."""
    for name, value in (("rtol", rtol), ("atol", atol)):
        if not value >= 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value}")
    close: Array = np.asarray(actual == expected)
    if equal_nan and not _exact(actual):
        close = close | (np.isnan(actual) & np.isnan(expected))
    if rtol == 0 and atol == 0:
        return close
    with np.errstate(all="ignore"):
        scale = expected.astype(dtypes.get_default_dtype().numpy) if _exact(expected) else expected
        error = np.abs(_wide(actual) - _wide(expected))
        close = close | (np.isfinite(error) & (error <= atol + np.abs(rtol * scale)))
    return close


def _pair_up(actual: Any, expected: Any, options: _Options, path: Path) -> Iterator[tuple[Path, Comparison]]:
    """Walk two nested structures side by side, down to pairs of leaves."""
    if _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            text = f"The length of the sequences mismatch: {len(actual)} != {len(expected)}"
            raise AssertionError(text + _where(path))
        for i in range(len(actual)):
            yield from _pair_up(actual[i], expected[i], options, (*path, i))
    elif isinstance(actual, Mapping) and isinstance(expected, Mapping):
        _check_keys(actual, expected, path)
        for key in _in_order(actual):
            yield from _pair_up(actual[key], expected[key], options, (*path, key))
    else:
        try:
            yield path, _comparison(actual, expected, options)
        except ValueError as error:
            raise ValueError(str(error) + _where(path)) from None
        except _Incomparable:
            kinds = f"{type(actual)} and {type(expected)}"
            text = f"No comparison pair was able to handle inputs of type {kinds}."
            raise TypeError(text + _where(path)) from None


class _Incomparable(Exception):
    """The two leaves are not of kinds that can be compared."""


def _comparison(actual: Any, expected: Any, options: _Options) -> Comparison:
    if actual is None or expected is None:
        return partial(_compare_none, actual, expected)
    if isinstance(actual, (bool, np.bool_)) and isinstance(expected, (bool, np.bool_)):
        return partial(_compare_bools, bool(actual), bool(expected))
    if _is_number(actual) and _is_number(expected):
        a, b = (x.item() if isinstance(x, np.generic) else x for x in (actual, expected))
        rtol, atol = _tolerances(options, *(_NUMBERS.get(type(x), dtypes.bool) for x in (a, b)))
        return partial(_compare_numbers, a, b, rtol, atol, options)
    views = _as_views(actual, expected, options.allow_subclasses)
    return partial(_compare_tensors, *views, *_tolerances(options, *(v.dtype for v in views)), options)


def _tolerances(options: _Options, *found: dtypes.dtype) -> tuple[float, float]:
    rtol, atol = options.rtol, options.atol
    if rtol is None and atol is None:
        return default_tolerances(*found)
    if rtol is None or atol is None:
        missing = "rtol" if rtol is None else "atol"
        raise ValueError(f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}.")
    return rtol, atol


def _as_views(actual: Any, expected: Any, allow_subclasses: bool) -> tuple[View, View]:
    tensors = is_tensor(actual) and is_tensor(expected)
    related = tensors or isinstance(actual, type(expected)) or isinstance(expected, type(actual))
    if not related or (not allow_subclasses and _class_name(actual) != _class_name(expected)):
        raise _Incomparable
    try:
        return view_of(actual), view_of(expected)
    except (TypeError, ValueError) as error:
        raise _Incomparable from error


def _class_name(x: Any) -> str:
    return "Tensor" if type(x) is np.ndarray else type(x).__qualname__


def _compare_none(actual: Any, expected: Any) -> str | None:
    return None if actual is expected else f"None mismatch: {actual} is not {expected}"


def _compare_bools(actual: bool, expected: bool) -> str | None:
    return None if actual is expected else f"Booleans mismatch: {actual} is not {expected}"


def _compare_numbers(actual: Any, expected: Any, rtol: float, atol: float, options: _Options) -> str | None:
    if options.check_dtype and type(actual) is not type(expected):
        return f"The (d)types do not match: {type(actual)} != {type(expected)}."
    if actual == expected or (options.equal_nan and cmath.isnan(actual) and cmath.isnan(expected)):
        return None
    error = abs(actual - expected)
    if cmath.isfinite(error) and error <= atol + rtol * abs(expected):
        return None
    return _scalar_text(actual, expected, rtol, atol)


def _compare_tensors(actual: View, expected: View, rtol: float, atol: float, options: _Options) -> str | None:
    text = _attribute_mismatch(actual, expected, options)
    if text is not None:
        return text
    a, b = _promoted(actual, expected)
    close = isclose(a, b, rtol, atol, options.equal_nan)
    if close.all():
        return None
    if a.ndim == 0:
        return _scalar_text(a.item(), b.item(), rtol, atol)
    return _tensor_text(a, b, close, rtol, atol)


def _attribute_mismatch(actual: View, expected: View, options: _Options) -> str | None:
    check_stride = options.check_stride and actual.layout == expected.layout == "torch.strided"
    rows: list[tuple[str, Any, Any, bool]] = [
        ("shape", actual.shape, expected.shape, True),
        ("layout", actual.layout, expected.layout, options.check_layout),
        ("stride()", actual.stride, expected.stride, check_stride),
        ("device", actual.device, expected.device, options.check_device),
        ("dtype", actual.dtype, expected.dtype, options.check_dtype),
    ]
    for name, a, b, asked in rows:
        if asked and a != b:
            return f"The values for attribute '{name}' do not match: {a} != {b}."
    return None


def _promoted(actual: View, expected: View) -> tuple[Array, Array]:
    if actual.dtype is expected.dtype:
        return actual.array, expected.array
    first, second = (dtypes.int64 if v.dtype in _UNSIGNED else v.dtype for v in (actual, expected))
    common = dtypes.promote_types(first, second).numpy
    return actual.array.astype(common), expected.array.astype(common)


def _exact(array: Array) -> bool:
    return array.dtype.kind in "biu"


def _wide(array: Array) -> Array:
    """Integers and bools as int64, so that a difference has a sign."""
    return array.astype(np.int64) if _exact(array) else array


def _scalar_text(actual: Any, expected: Any, rtol: float, atol: float) -> str:
    error = abs(actual - expected)
    relative = float("inf") if expected == 0 else error / abs(expected)
    head = f"Expected {expected} but got {actual}."
    return _text("Scalars", head, ("Absolute", error), ("Relative", relative), rtol, atol)


def _tensor_text(actual: Array, expected: Array, close: Array, rtol: float, atol: float) -> str:
    """The mismatches counted, and the largest with its index, absolute and relative."""
    a, b, matched = (x.reshape(-1) for x in (_wide(actual), _wide(expected), close))
    with np.errstate(all="ignore"):
        error = np.where(matched, 0, np.abs(a - b))
        ratio = np.where(matched, 0, _quotient(error, np.abs(b)))
    wrong = int(close.size - close.sum())
    head = f"Mismatched elements: {wrong} / {close.size} ({wrong / close.size:.1%})"
    absolute = ("Greatest absolute", _largest(error, close.shape))
    relative = ("Greatest relative", _largest(ratio, close.shape))
    return _text("Tensor-likes", head, absolute, relative, rtol, atol)


def _largest(values: Array, shape: tuple[int, ...]) -> str:
    at = int(np.argmax(values))
    index = tuple(int(i) for i in np.unravel_index(at, shape))
    return f"{values[at].item()} at index {index}"


def _quotient(error: Array, scale: Array) -> Array:
    if _exact(error):  # integers divide in the default dtype
        default = dtypes.get_default_dtype().numpy
        error, scale = error.astype(default), scale.astype(default)
    result: Array = error / scale
    return result


def _text(what: str, head: str, absolute: tuple[str, Any], relative: tuple[str, Any], rtol: float, atol: float) -> str:
    exact = rtol == 0 and atol == 0
    lines = [f"{what} are not {'equal' if exact else 'close'}!", "", head]
    for (name, value), tolerance in ((absolute, atol), (relative, rtol)):
        lines.append(f"{name} difference: {value}" + ("" if exact else f" (up to {tolerance} allowed)"))
    return "\n".join(lines)


def _worded(text: str, msg: Message) -> str:
    if callable(msg):
        return msg(text)
    return text if msg is None else msg


def _where(path: Path) -> str:
    if not path:
        return ""
    return "\n\nThe failure occurred for item " + "".join(f"[{step!r}]" for step in path)


def _is_sequence(x: Any) -> bool:
    return isinstance(x, Sequence) and not isinstance(x, str)


def _is_number(x: Any) -> bool:
    return isinstance(x, (int, float, complex, np.number))


def _check_keys(actual: Mapping[Any, Any], expected: Mapping[Any, Any], path: Path) -> None:
    a, b = set(actual), set(expected)
    if a != b:
        text = (
            "The keys of the mappings do not match:\n"
            f"Missing keys in the actual mapping: {_in_order(b - a)}\n"
            f"Additional keys in the actual mapping: {_in_order(a - b)}"
        )
        raise AssertionError(text + _where(path))


def _in_order(keys: Any) -> list[Any]:
    try:
        return sorted(keys)
    except TypeError:  # keys of several types have no order of their own
        return sorted(keys, key=str)
