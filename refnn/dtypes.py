"""Data types, and how they promote.

A `dtype` names an element type as torch does and knows its NumPy counterpart. Promotion follows torch
(`torch.result_type`), which differs from NumPy's in three ways: a category (bool < integer < floating <
complex) decides before a width does, so int64 with float16 is float16; an operand with dimensions
outranks a 0-dim tensor of the same category, which outranks a Python number; and a Python number that
raises the category takes the default dtype.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = [
    "bfloat16",
    "bool",
    "can_cast",
    "complex64",
    "complex128",
    "dtype",
    "finfo",
    "float16",
    "float32",
    "float64",
    "from_numpy",
    "get_default_dtype",
    "iinfo",
    "int8",
    "int16",
    "int32",
    "int64",
    "promote_types",
    "result_type",
    "set_default_dtype",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]

_py_bool = bool
BOOL, INTEGRAL, FLOATING, COMPLEX = range(4)


class dtype:
    """An element type. `str(refnn.float32)` is `torch.float32`: the text that torch prints."""

    __module__ = "refnn"  # where torch has it, and its error messages say it is
    __slots__ = ("_numpy", "category", "is_signed", "itemsize", "name", "title")

    def __init__(self, name: str, category: int, itemsize: int, is_signed: _py_bool, title: str) -> None:
        self.name = name
        self.category = category
        self.itemsize = itemsize
        self.is_signed = is_signed
        self.title = title  # the word in torch's error messages: Float, Long, …
        self._numpy: np.dtype[Any] | None = None if name == "bfloat16" else np.dtype(name)

    @property
    def numpy(self) -> np.dtype[Any]:
        """The NumPy dtype. For bfloat16 it comes from the package ml_dtypes.

        Raises ImportError, naming the extra to install, where ml_dtypes is missing.
        """
        if self._numpy is None:
            try:
                from ml_dtypes import bfloat16 as ml_bfloat16
            except ImportError as error:
                raise ImportError("bfloat16 needs the package ml_dtypes: pip install 'refnn[bfloat16]'") from error
            self._numpy = np.dtype(ml_bfloat16)
            _FROM_NUMPY[self._numpy] = self
        return self._numpy

    @property
    def is_floating_point(self) -> _py_bool:
        return self.category == FLOATING

    @property
    def is_complex(self) -> _py_bool:
        return self.category == COMPLEX

    def to_complex(self) -> dtype:
        return complex128 if self is float64 else self if self.is_complex else complex64

    def to_real(self) -> dtype:
        return _REAL.get(self, self)

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


float16 = dtype("float16", FLOATING, 2, True, "Half")
bfloat16 = dtype("bfloat16", FLOATING, 2, True, "BFloat16")
float32 = dtype("float32", FLOATING, 4, True, "Float")
float64 = dtype("float64", FLOATING, 8, True, "Double")
complex64 = dtype("complex64", COMPLEX, 8, True, "ComplexFloat")
complex128 = dtype("complex128", COMPLEX, 16, True, "ComplexDouble")
uint8 = dtype("uint8", INTEGRAL, 1, False, "Byte")
int8 = dtype("int8", INTEGRAL, 1, True, "Char")
int16 = dtype("int16", INTEGRAL, 2, True, "Short")
int32 = dtype("int32", INTEGRAL, 4, True, "Int")
int64 = dtype("int64", INTEGRAL, 8, True, "Long")
uint16 = dtype("uint16", INTEGRAL, 2, False, "UInt16")
uint32 = dtype("uint32", INTEGRAL, 4, False, "UInt32")
uint64 = dtype("uint64", INTEGRAL, 8, False, "UInt64")
bool = dtype("bool", BOOL, 1, False, "Bool")

ALL = (
    float16, bfloat16, float32, float64, complex64, complex128,
    uint8, int8, int16, int32, int64, uint16, uint32, uint64, bool,
)  # fmt: skip
_FROM_NUMPY: dict[np.dtype[Any], dtype] = {d.numpy: d for d in ALL if d is not bfloat16}
_REAL = {complex64: float32, complex128: float64}
_LIMITED = frozenset((uint16, uint32, uint64))  # torch promotes these with almost nothing
_default = float32


def not_implemented(kernel: str, kind: np.dtype[Any] | dtype) -> NotImplementedError:
    """torch's error for a dtype that its kernel of that name lacks."""
    return NotImplementedError(
        f"\"{kernel}\" not implemented for '{(kind if isinstance(kind, dtype) else from_numpy(kind)).title}'"
    )


def from_numpy(numpy_dtype: np.dtype[Any]) -> dtype:
    """The dtype that stands for a NumPy dtype. Raises TypeError for one that torch lacks."""
    found = _FROM_NUMPY.get(numpy_dtype)
    if found is None:
        if numpy_dtype.name == "bfloat16" and bfloat16.numpy == numpy_dtype:
            return bfloat16
        native = _FROM_NUMPY.get(numpy_dtype.newbyteorder("="))
        if native is not None:
            return native
        raise TypeError(
            f"can't convert np.ndarray of type {numpy_dtype.type.__module__}.{numpy_dtype.type.__name__}. "
            "The only supported types are: float64, float32, float16, complex64, complex128, int64, int32, "
            "int16, int8, uint64, uint32, uint16, uint8, and bool."
        )
    return found


def is_inexact(numpy_dtype: np.dtype[Any]) -> _py_bool:
    """Whether numbers of a NumPy dtype are floating or complex, and so may require gradients."""
    return numpy_dtype.kind in "fcV"


def of_python(kind: type) -> Any:
    """The dtype that Python's bool, int, float or complex stands for; another type as it is."""
    return {_py_bool: bool, int: int64, float: float64, complex: complex128}.get(kind, kind)


def get_default_dtype() -> dtype:
    """The floating dtype that Python floats and factories take: float32 unless it was set."""
    return _default


def set_default_dtype(d: dtype, /) -> None:
    """Set the default floating dtype. Raises TypeError for a dtype that is not floating."""
    global _default
    if not isinstance(d, dtype):
        raise TypeError("invalid dtype object: only floating-point types are supported as the default type")
    if not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    _default = d


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype to which both convert, by torch's lattice.

    Raises RuntimeError for the unsigned types above uint8, which torch promotes only with themselves
    and with floating types.
    """
    if type1 is type2:
        return type1
    low, high = (type1, type2) if type1.category <= type2.category else (type2, type1)
    if (low in _LIMITED or high in _LIMITED) and high.category != FLOATING:
        raise RuntimeError(
            "Promotion for uint16, uint32, uint64 types is not supported, attempted to promote "
            f"{type1.title} and {type2.title}"
        )
    if low.category < FLOATING and low.category != high.category:
        return high
    if high is bfloat16 or low is bfloat16:
        other = low if high is bfloat16 else high
        return float32 if other is float16 else other
    return from_numpy(np.promote_types(low.numpy, high.numpy))


def _scalar_dtype(value: Any) -> dtype:
    if isinstance(value, _py_bool):
        return bool
    if isinstance(value, int):
        return int64
    if isinstance(value, float):
        return _default
    if isinstance(value, complex):
        return _default.to_complex()
    return from_numpy(np.asarray(value).dtype)


def result_dtype(operands: Any) -> dtype:
    """The dtype of an operation on arrays and Python numbers."""
    ranks: list[dtype | None] = [None, None, None]  # with dimensions, 0-dim, Python numbers
    for x in operands:
        if isinstance(x, np.ndarray):
            rank, d = (0 if x.ndim else 1), from_numpy(x.dtype)
        else:
            rank, d = 2, _scalar_dtype(x)
        held = ranks[rank]
        ranks[rank] = d if held is None else promote_types(held, d)
    result: dtype | None = None
    for d2 in ranks:
        if d2 is None or (result is not None and d2.category <= result.category):
            continue
        if result is None:
            result = d2
        elif d2.is_complex:
            result = result.to_complex() if result.is_floating_point else d2
        else:
            result = promote_types(result, d2)
    if result is None:
        raise ValueError("result_dtype needs an operand")
    return result


def result_type(tensor: Any, other: Any) -> dtype:
    """The dtype of an arithmetic operation on the two, each a tensor or a Python number."""
    return result_dtype([getattr(t, "_data", t) for t in (tensor, other)])


def can_cast(from_: dtype, to: dtype) -> _py_bool:
    """Whether a result of dtype `from_` may be written into `to`: no category may be lost."""
    if from_.category > to.category:
        return False
    return not (to is bool and from_ is not bool)


class finfo:
    """Limits of a floating dtype: bits, eps, max, min, tiny, smallest_normal, resolution."""

    def __init__(self, type: dtype | None = None) -> None:
        chosen = (_default if type is None else type).to_real()
        if not chosen.is_floating_point:
            raise TypeError(
                "torch.finfo() requires a floating point input type. Use torch.iinfo to handle 'torch.finfo'"
            )
        kind = chosen.numpy
        if chosen is bfloat16:
            from ml_dtypes import finfo as ml_finfo

            info: Any = ml_finfo(kind)
        else:
            info = np.finfo(kind)
        self.dtype = chosen.name
        self.bits = chosen.itemsize * 8
        self.eps, self.max, self.min = float(info.eps), float(info.max), float(info.min)
        self.tiny = self.smallest_normal = float(info.smallest_normal)
        self.resolution = 0.01 if chosen is bfloat16 else float(info.resolution)

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
            f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})"
        )


class iinfo:
    """Limits of an integer dtype: bits, max, min."""

    def __init__(self, type: dtype) -> None:
        if type.category != INTEGRAL:
            if type.category < INTEGRAL:
                raise TypeError(f"{type} is not supported by torch.iinfo")
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        info = np.iinfo(type.numpy)
        self.dtype = type.name
        self.bits, self.min, self.max = int(info.bits), int(info.min), int(info.max)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"
