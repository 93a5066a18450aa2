"""Making tensors: torch.tensor, zeros, arange, … ; copies and conversions: to, clone, contiguous."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn import dtypes
from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.modes import mode
from refnn.dtypes import dtype as DType
from refnn.functions._checks import int_sizes, into, sizes
from refnn.ops import creation as ops
from refnn.types import channels_last as _channels_last
from refnn.types import channels_last_3d as _channels_last_3d
from refnn.types import contiguous_format, device, layout, memory_format, preserve_format, strided

_NUMBERS = (int, float, complex)  # the builtins: functions below take over two of the names
_to_float = float


def _require_gradient(tensor: Any) -> Any:
    """requires_grad=True of a function that makes a tensor: its error is not the text of requires_grad_'s."""
    if tensor._data.dtype.kind not in "fcV":
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    return tensor.requires_grad_(True)


def _finish(array: Any, requires_grad: bool, where: Any = None) -> Any:
    if where is not None:
        device(where)
    tensor = wrap(array)
    if requires_grad:
        _require_gradient(tensor)
    if mode.inference:
        tensor._inference = True
    return tensor


def _numpy_dtype(dtype: DType | None) -> Any:
    if dtype is None:
        return dtypes.get_default_dtype().numpy
    if not isinstance(dtype, DType):
        raise TypeError(f"argument 'dtype' must be torch.dtype, not {type(dtype).__name__}")
    return dtype.numpy


def _array_of(data: Any, dtype: DType | None) -> Any:
    """A new array of nested sequences, numbers, arrays or tensors, with torch's choice of dtype."""
    if isinstance(data, TensorBase):
        return data._data.astype(dtype.numpy if dtype else data._data.dtype, copy=True)
    if isinstance(data, (np.ndarray, np.generic)):
        source = np.asarray(data)
        return source.astype(dtype.numpy if dtype else dtypes.from_numpy(source.dtype).numpy, copy=True)
    if not isinstance(data, (list, tuple)) and hasattr(data, "__array__"):
        return _array_of(np.asarray(data), dtype)
    plain = _plain(data)
    _check_nesting(plain)
    if dtype is None:
        dtype = _infer(plain)
    try:
        return np.array(plain, dtype=dtype.numpy)
    except OverflowError:
        if dtype.category == dtypes.INTEGRAL:
            raise RuntimeError(
                f"value cannot be converted to type {_C_NAMES.get(dtype.name, dtype.name)} without overflow"
            ) from None
        raise
    except (ValueError, TypeError):
        return np.array(plain).astype(dtype.numpy)


_C_NAMES = {"uint8": "uint8_t", "int8": "int8_t", "int16": "int16_t", "int32": "int", "int64": "int64_t"}


def _plain(data: Any) -> Any:
    if isinstance(data, TensorBase):
        return data._data if data._data.ndim else data._data.item()
    if isinstance(data, (list, tuple)):
        return [_plain(x) for x in data]
    if isinstance(data, range):
        return list(data)
    return data


def _check_nesting(data: Any) -> None:
    if isinstance(data, str) or data is None or not _is_data(data):
        if isinstance(data, str):
            raise TypeError("new(): invalid data type 'str'")
        if data is None:
            raise RuntimeError("Could not infer dtype of NoneType")
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    if isinstance(data, list) and data:
        _check_lengths(data, 0)


def _is_data(data: Any) -> bool:
    return isinstance(data, (list, np.ndarray, np.generic, *_NUMBERS))


def _check_lengths(data: list[Any], depth: int) -> None:
    nested = [isinstance(x, list) or (isinstance(x, np.ndarray) and x.ndim > 0) for x in data]
    for x, is_nested in zip(data, nested, strict=True):
        if is_nested != nested[0]:
            kind = type(x).__name__
            raise TypeError(
                f"object of type '{kind}' has no len()" if nested[0] else f"must be real number, not {kind}"
            )
        if is_nested and len(x) != len(data[0]):
            raise ValueError(f"expected sequence of length {len(data[0])} at dim {depth + 1} (got {len(x)})")
        if isinstance(x, list):
            _check_lengths(x, depth + 1)
        elif not _is_data(x):
            _check_nesting(x)


def _infer(data: Any) -> DType:
    """bool < int64 < default float < complex, over every number inside."""
    if isinstance(data, list):
        found = [_infer(x) for x in data]
        if not found:
            return dtypes.get_default_dtype()
        best = found[0]
        for d in found[1:]:
            best = (
                d
                if d.category > best.category
                else dtypes.promote_types(best, d)
                if d.category == best.category
                else best
            )
        return best
    if isinstance(data, (np.ndarray, np.generic)):
        return dtypes.from_numpy(np.asarray(data).dtype)
    return dtypes._scalar_dtype(data)


def tensor(
    data: Any,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """A new leaf tensor with a copy of data: nested sequences, a number, an array.

    Integers give int64, floats the default dtype, arrays keep theirs.
    Raises ValueError for ragged sequences, RuntimeError for what is not a number.
    """
    return _finish(_array_of(data, dtype), requires_grad, device)


def as_tensor(data: Any, dtype: DType | None = None, device: Any = None) -> Any:
    """data as a tensor, sharing memory where it can."""
    if isinstance(data, TensorBase):
        return data if dtype is None or data._data.dtype == dtype.numpy else to(data, dtype)
    if isinstance(data, np.ndarray) and (dtype is None or data.dtype == dtype.numpy):
        return from_numpy(data)
    if not isinstance(data, (list, tuple)) and hasattr(data, "__dlpack__"):
        shared = wrap(np.from_dlpack(data))
        return shared if dtype is None else to(shared, dtype)
    return tensor(data, dtype=dtype, device=device)


asarray = as_tensor


def from_numpy(ndarray: Any) -> Any:
    """A tensor over the same memory. Raises TypeError for a dtype that torch lacks."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    dtypes.from_numpy(ndarray.dtype)
    return wrap(ndarray)


def from_dlpack(ext_tensor: Any) -> Any:
    """A tensor over the memory of an object with __dlpack__."""
    return wrap(np.from_dlpack(ext_tensor))


def _check_sizes(shape: tuple[int, ...]) -> tuple[int, ...]:
    for n in shape:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {list(shape)}")
    return shape


def zeros(
    *size: Any,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """All 0."""
    return into(
        out, _finish(np.zeros(_check_sizes(int_sizes("zeros", size)), _numpy_dtype(dtype)), requires_grad, device)
    )


def ones(
    *size: Any,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """All 1."""
    return into(
        out, _finish(np.ones(_check_sizes(int_sizes("ones", size)), _numpy_dtype(dtype)), requires_grad, device)
    )


def empty(
    *size: Any,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = contiguous_format,
) -> Any:
    """Memory as it comes."""
    made = contiguous_array(np.empty(_check_sizes(int_sizes("empty", size)), _numpy_dtype(dtype)), memory_format)
    return into(out, _finish(made, requires_grad, device))


def full(
    size: Any,
    fill_value: Any,
    *,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """All fill_value; its own dtype by default."""
    value = fill_value._data.item() if isinstance(fill_value, TensorBase) else fill_value
    kind = dtype or dtypes._scalar_dtype(value)
    return into(out, _finish(np.full(_check_sizes(sizes((size,))), value, kind.numpy), requires_grad, device))


def scalar_tensor(s: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False) -> Any:
    """A 0-dim tensor of the default dtype."""
    return _finish(np.array(s, _numpy_dtype(dtype)), requires_grad, device)


def _like(input: Any, make: Any, dtype: DType | None, requires_grad: bool) -> Any:
    input._settle()
    array = make(input._data, dtype=None if dtype is None else dtype.numpy, subok=False)
    return _finish(array, requires_grad)


def zeros_like(
    input: Any,
    *,
    dtype: DType | None = None,
    layout: layout | None = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:
    """All 0, with the shape and dtype of input."""
    return _like(input, np.zeros_like, dtype, requires_grad)


def ones_like(
    input: Any,
    *,
    dtype: DType | None = None,
    layout: layout | None = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:
    """All 1, with the shape and dtype of input."""
    return _like(input, np.ones_like, dtype, requires_grad)


def empty_like(
    input: Any,
    *,
    dtype: DType | None = None,
    layout: layout | None = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:
    """Memory as it comes, with the shape and dtype of input."""
    return _like(input, np.empty_like, dtype, requires_grad)


def full_like(
    input: Any,
    fill_value: Any,
    *,
    dtype: DType | None = None,
    layout: layout | None = None,
    device: Any = None,
    requires_grad: bool = False,
    memory_format: Any = preserve_format,
) -> Any:
    """All fill_value, with the shape and dtype of input."""
    made = _like(input, np.empty_like, dtype, False)
    made._data[...] = fill_value._data.item() if isinstance(fill_value, TensorBase) else fill_value
    return _require_gradient(made) if requires_grad else made


def _new_dtype(input: Any, dtype: DType | None) -> DType:
    return input.dtype if dtype is None else dtype


def new_zeros(
    input: Any, *size: Any, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """zeros of input's dtype."""
    return zeros(*size, dtype=_new_dtype(input, dtype), device=device, requires_grad=requires_grad)


def new_ones(
    input: Any, *size: Any, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """ones of input's dtype."""
    return ones(*size, dtype=_new_dtype(input, dtype), device=device, requires_grad=requires_grad)


def new_empty(
    input: Any, *size: Any, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """empty of input's dtype."""
    return empty(*size, dtype=_new_dtype(input, dtype), device=device, requires_grad=requires_grad)


def new_full(
    input: Any,
    size: Any,
    fill_value: Any,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """full of input's dtype."""
    return full(size, fill_value, dtype=_new_dtype(input, dtype), device=device, requires_grad=requires_grad)


def new_tensor(
    input: Any, data: Any, *, dtype: DType | None = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """tensor of input's dtype."""
    return tensor(data, dtype=_new_dtype(input, dtype), device=device, requires_grad=requires_grad)


def _range_dtype(values: tuple[Any, ...], dtype: DType | None) -> Any:
    if dtype is not None:
        return dtype.numpy
    return np.dtype(np.int64) if all(isinstance(v, (int, np.integer)) for v in values) else _numpy_dtype(None)


def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """start, start + step, … below end. Computed in float64 for floating dtypes, as start + i·step."""
    if end is None:
        start, end = 0, start
    start, end, step = (v._data.item() if isinstance(v, TensorBase) else v for v in (start, end, step))
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    kind = _range_dtype((start, end, step), dtype)
    count = math.ceil((end - start) / step)
    if kind.kind in "iu" and all(isinstance(v, int) for v in (start, end, step)):
        values = start + step * np.arange(count, dtype=np.int64)
    else:
        values = start + step * np.arange(count, dtype=np.float64)
    return into(out, _finish(values.astype(kind), requires_grad, device))


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """steps values from start to end, both included, computed from the nearer end."""
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    kind = _numpy_dtype(dtype)
    start, end = (v._data.item() if isinstance(v, TensorBase) else v for v in (start, end))
    work = kind if kind.kind == "f" else np.dtype(np.float64)
    i = np.arange(steps)
    width = np.asarray((end - start) / max(steps - 1, 1)).astype(work)
    a, b = np.asarray(start).astype(work), np.asarray(end).astype(work)
    forward = _fused(a, width, i)
    values = np.where(i < steps // 2, forward, _fused(b, -width, steps - 1 - i)) if steps > 1 else np.full(steps, a)
    return into(out, _finish(values.astype(kind), requires_grad, device))


def _fused(start: Any, width: Any, count: Any) -> Any:
    """start + width · count, rounded once where float64 has the room."""
    if width.dtype == np.float32:
        return (start.astype(np.float64) + width.astype(np.float64) * count).astype(np.float32)
    return start + width * count


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: Any = 10.0,
    *,
    dtype: DType | None = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """base to the powers linspace(start, end, steps)."""
    exponents = linspace(start, end, steps, dtype=dtypes.float64)._data
    return _finish(np.power(_to_float(base), exponents).astype(_numpy_dtype(dtype)), requires_grad, device)


def eye(
    n: int,
    m: int | None = None,
    *,
    out: Any = None,
    dtype: DType | None = None,
    layout: layout = strided,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """1 on the diagonal, 0 elsewhere."""
    for name, value in (("n", n), ("m", m)):
        if value is not None and value < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {value}")
    return into(out, _finish(np.eye(n, m, dtype=_numpy_dtype(dtype)), requires_grad, device))


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: DType = dtypes.int64, device: Any = None) -> Any:
    """The indices of the lower triangle, as two rows."""
    return _finish(np.stack(np.tril_indices(row, offset, col)).astype(dtype.numpy), False, device)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: DType = dtypes.int64, device: Any = None) -> Any:
    """The indices of the upper triangle, as two rows."""
    return _finish(np.stack(np.triu_indices(row, offset, col)).astype(dtype.numpy), False, device)


# Copies and conversions ---------------------------------------------------------------------------------


def clone(input: Any, *, memory_format: Any = preserve_format) -> Any:
    """A copy, through which gradients pass."""
    if memory_format in (preserve_format, contiguous_format):
        return ops.clone(input, order="K" if memory_format is preserve_format else "C")
    return contiguous(ops.clone(input), memory_format)


_CHANNELS_LAST = {_channels_last: (0, 2, 3, 1), _channels_last_3d: (0, 2, 3, 4, 1)}


def contiguous_array(array: Any, form: memory_format) -> Any:
    """The array in a memory format, itself where it is so already."""
    order = _CHANNELS_LAST.get(form)
    if order is None:
        return array if array.flags.c_contiguous else np.ascontiguousarray(array).reshape(array.shape)
    if array.ndim != len(order):
        raise RuntimeError(f"required rank {len(order)} tensor to use {str(form)[6:]} format")
    back = tuple(np.argsort(order))
    return np.ascontiguousarray(array.transpose(order)).transpose(back)


def is_contiguous(input: Any, memory_format: Any = contiguous_format) -> bool:
    """Whether the elements lie in memory in the order of that format."""
    input._settle()
    order = _CHANNELS_LAST.get(memory_format)
    if order is None:
        return bool(input._data.flags.c_contiguous)
    return input._data.ndim == len(order) and bool(input._data.transpose(order).flags.c_contiguous)


def contiguous(input: Any, memory_format: Any = contiguous_format) -> Any:
    """input itself if it lies so in memory, else a copy that does."""
    if is_contiguous(input, memory_format):
        return input
    if memory_format not in _CHANNELS_LAST:
        return ops.clone(input, order="C")
    copy = ops.clone(input)
    copy._data = contiguous_array(copy._data, memory_format)
    return copy


def _target(args: tuple[Any, ...], dtype: Any, where: Any) -> tuple[Any, Any]:
    for a in args:
        if isinstance(a, DType):
            dtype = a
        elif isinstance(a, TensorBase):
            dtype = a.dtype  # type: ignore[attr-defined]
        elif isinstance(a, (str, device)):
            where = a
        elif not isinstance(a, bool) and a is not None:
            raise TypeError(f"to() received an invalid combination of arguments - got ({type(a).__name__})")
    return dtype, where


def to(
    input: Any,
    *args: Any,
    dtype: DType | None = None,
    device: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: Any = preserve_format,
) -> Any:
    """input in another dtype (or like another tensor); itself where nothing changes and no copy is asked for."""
    wanted, where = _target(args, dtype, device)
    if where is not None:
        _only_cpu(where)
    if wanted is not None and wanted.numpy != input._data.dtype:
        input, copy = ops.cast(input, dtype=wanted.numpy), False
    if copy:
        input = ops.clone(input)
    return input if memory_format is preserve_format else contiguous(input, memory_format)


def _only_cpu(where: Any) -> None:
    device(where)


def type_as(input: Any, other: Any) -> Any:
    """input in other's dtype."""
    return to(input, other.dtype)


def _conversion(target: DType, name: str) -> Any:
    def convert(input: Any, memory_format: Any = preserve_format) -> Any:
        return to(input, target)

    convert.__name__ = convert.__qualname__ = name
    convert.__doc__ = f"input as {target.name}."
    return convert


half, bfloat16 = _conversion(dtypes.float16, "half"), _conversion(dtypes.bfloat16, "bfloat16")
float, double = _conversion(dtypes.float32, "float"), _conversion(dtypes.float64, "double")
byte, char, short = (
    _conversion(d, n) for d, n in ((dtypes.uint8, "byte"), (dtypes.int8, "char"), (dtypes.int16, "short"))
)
int_, long = _conversion(dtypes.int32, "int"), _conversion(dtypes.int64, "long")
bool_ = _conversion(dtypes.bool, "bool")
cfloat, cdouble = _conversion(dtypes.complex64, "cfloat"), _conversion(dtypes.complex128, "cdouble")


def real(input: Any) -> Any:
    """The real part: a view, or input itself where it is real."""
    return ops.real(input) if input._data.dtype.kind == "c" else input


def imag(input: Any) -> Any:
    """The imaginary part. Raises RuntimeError for real tensors."""
    if input._data.dtype.kind != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return ops.imag(input)


def conj(input: Any) -> Any:
    """The complex conjugate; input itself where it is real."""
    return ops.conj(input)


def complex(real: Any, imag: Any) -> Any:
    """real + i imag."""
    return ops.complex_of(real, imag)


def view_as_real(input: Any) -> Any:
    """Real and imaginary parts along a new last dimension."""
    return ops.view_as_real(input)


def view_as_complex(input: Any) -> Any:
    """The inverse of view_as_real."""
    return ops.view_as_complex(input)


def is_tensor(obj: Any) -> bool:
    """Whether obj is a Tensor."""
    return isinstance(obj, TensorBase)


def is_floating_point(input: Any) -> bool:
    """Whether the dtype is floating."""
    return bool(input.dtype.is_floating_point)


def is_complex(input: Any) -> bool:
    """Whether the dtype is complex."""
    return bool(input.dtype.is_complex)
