"""The text of a tensor, character for character as torch prints it.

`array_text` turns numbers into brackets and columns; `tensor_text` puts the tensor's name around them and
what else there is to say: shape, dtype, where its gradient comes from.

A column has one width and one notation for the whole tensor. Floats are written as integers with a point
("3.") when all of them are integers, in scientific notation when they span more than three decades, reach
over 1e8 or under 1e-4, and otherwise with `precision` digits after the point. Zeros, infinities and NaN
have no say in this. Above `threshold` elements only `edgeitems` at each end of each dimension are written,
and only they choose width and notation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from refnn import dtypes

if TYPE_CHECKING:
    from refnn.autograd.op import Array
    from refnn.tensor import Tensor

__all__ = ["PrintOptions", "array_text", "get_printoptions", "set_printoptions", "tensor_text"]


class PrintOptions:
    """What `set_printoptions` sets."""

    def __init__(self) -> None:
        self.precision: int = 4
        self.threshold: float = 1000
        self.edgeitems: int = 3
        self.linewidth: int = 80
        self.sci_mode: bool | None = None


_PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}
_options = PrintOptions()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Choose how tensors print, from now on.

    `precision`: digits after the point; `threshold`: number of elements above which a tensor is summarised;
    `edgeitems`: how many are then shown at each end of a dimension; `linewidth`: characters in a line;
    `profile`: "default", "short" or "full", overridden by the others; `sci_mode`: scientific notation
    always (True), never (False), or where the values ask for it (None, which every call restores).

    Source: `torch.set_printoptions`.
    """
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    chosen = dict(_PROFILES.get(profile or "", {}))
    chosen.update({name: value for name, value in given.items() if value is not None})
    for name, value in chosen.items():
        setattr(_options, name, value)
    _options.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The present options, as keywords for `set_printoptions`."""
    return dict(vars(_options))


def tensor_text(tensor: Tensor) -> str:
    """What `repr(tensor)` says; a Parameter puts its own line above it."""
    from refnn.nn.parameter import Parameter  # nn is built on tensors: only the text looks back at it

    kind = type(tensor)
    is_plain = kind.__name__ in ("Tensor", "Parameter") and kind.__module__.partition(".")[0] == "refnn"
    prefix = "tensor(" if is_plain else f"{kind.__name__}("
    array = tensor._data
    body = prefix + array_text(array, _options, indent=len(prefix))
    text = _with_suffixes(body, [*_array_suffixes(array, _options), *_grad_suffixes(tensor)], len(prefix))
    return f"Parameter({text})" if isinstance(tensor, Parameter) and not is_plain else text


def array_text(array: Array, options: PrintOptions, *, indent: int = 0) -> str:
    """The values of `array` in brackets, continuation lines starting `indent` characters in."""
    if array.size == 0:
        return "[]"
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)  # exact, and its items are Python floats
    summarize = array.size > options.threshold
    shown = _ends_of_all(array, options.edgeitems) if summarize else array
    if np.iscomplexobj(array):
        write, width = _complex_column(shown, options)
    else:
        write, width = _column(shown, options)
    per_line = max(1, math.floor((options.linewidth - (indent + max(array.ndim - 1, 0))) / (width + 2)))
    return _nested(array, indent, options.edgeitems if summarize else None, write, per_line)


# Columns: how one number is written, and how wide.

Writer = Callable[[Any], str]


def _column(shown: Array, options: PrintOptions) -> tuple[Writer, int]:
    if shown.dtype.kind != "f":
        width = max((len(str(v)) for v in shown.ravel().tolist()), default=1)
        return (lambda value: str(value).rjust(width)), width
    finite = shown[np.isfinite(shown) & (shown != 0)]
    if finite.size == 0:
        return _right_aligned(_as_integer, 1), 1
    write = _float_notation(finite, options)
    width = max(len(write(value)) for value in finite.tolist())
    return _right_aligned(write, width), width


def _float_notation(finite: Array, options: PrintOptions) -> Writer:
    """How the nonzero finite values of a tensor ask to be written."""
    scientific, fixed = f"{{:.{options.precision}e}}", f"{{:.{options.precision}f}}"
    if _needs_exponents(finite) if options.sci_mode is None else options.sci_mode:
        return scientific.format
    return _as_integer if np.array_equal(finite, np.ceil(finite)) else fixed.format


def _needs_exponents(finite: Array) -> bool:
    size = np.abs(finite).astype(np.float64)
    low, high = float(size.min()), float(size.max())
    return high > 1e8 or low < 1e-4 or high / low > 1000.0  # low ≥ 1e-4 where the quotient is formed


def _as_integer(value: float) -> str:
    return f"{value:.0f}." if math.isfinite(value) else f"{value:.0f}"


def _right_aligned(write: Writer, width: int) -> Writer:
    return lambda value: write(value).rjust(width)


def _complex_column(shown: Array, options: PrintOptions) -> tuple[Writer, int]:
    """Real and imaginary parts choose their notation each for themselves."""
    write_real, real_width = _column(shown.real, options)
    write_imag, imag_width = _column(shown.imag, options)

    def write(value: complex) -> str:
        imag = write_imag(value.imag).lstrip() + "j"
        sign = "" if imag[0] in "+-" else "+"
        return write_real(value.real) + sign + imag

    return write, real_width + imag_width + 1


# Brackets: rows, blank lines between matrices, dots in the middle.


def _nested(array: Array, indent: int, edge: int | None, write: Writer, per_line: int) -> str:
    if array.ndim == 0:
        return write(array.item())
    if array.ndim == 1:
        return _row(array, indent, edge, write, per_line)
    parts = ["..." if part is None else _nested(part, indent + 1, edge, write, per_line) for part in _ends(array, edge)]
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"


def _row(array: Array, indent: int, edge: int | None, write: Writer, per_line: int) -> str:
    if edge == 0:
        items = ["..."]
    elif edge is not None and len(array) > 2 * edge:
        items = [*map(write, array[:edge].tolist()), " ...", *map(write, array[-edge:].tolist())]
    else:
        items = [write(value) for value in array.tolist()]
    lines = [", ".join(items[i : i + per_line]) for i in range(0, len(items), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def _ends(array: Array, edge: int | None) -> list[Any]:
    """The slices of `array` to be written, None where dots stand."""
    if edge is None or len(array) <= 2 * edge:
        return list(array)
    return [*array[:edge], None, *array[len(array) - edge :]]


def _ends_of_all(array: Array, edge: int) -> Array:
    """The corners of `array` that a summary shows, as one array."""
    if edge == 0 and array.ndim > 1:
        return array[:0]
    for axis, n in enumerate(array.shape):
        if edge and n > 2 * edge:
            array = np.take(array, [*range(edge), *range(n - edge, n)], axis=axis)
    return array


# Suffixes: what stands behind the values.


def _array_suffixes(array: Array, options: PrintOptions) -> list[str]:
    dtype, default = dtypes.from_numpy(array.dtype), dtypes.get_default_dtype()
    size = f"size={tuple(array.shape)}"
    if array.size == 0:  # nothing to infer a dtype from
        implied: tuple[dtypes.dtype, ...] = (default,)
        suffixes = [size] if array.ndim != 1 else []
    else:
        implied = (default, default.to_complex(), dtypes.int64, dtypes.bool)
        suffixes = [size] if options.edgeitems == 0 else []
    return suffixes if dtype in implied else [*suffixes, f"dtype={dtype}"]


def _grad_suffixes(tensor: Tensor) -> list[str]:
    if tensor.grad_fn is not None:
        return [f"grad_fn=<{tensor.grad_fn.name().rpartition(':')[2]}>"]
    return ["requires_grad=True"] if tensor.requires_grad else []


def _with_suffixes(text: str, suffixes: list[str], indent: int) -> str:
    """Append each suffix to the last line, or to a new one where it would not fit."""
    used = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if used + len(suffix) + 2 > _options.linewidth:
            text += ",\n" + " " * indent + suffix
            used = indent + len(suffix)
        else:
            text += ", " + suffix
            used += len(suffix) + 2
    return text + ")"
