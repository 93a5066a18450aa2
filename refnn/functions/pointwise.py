"""Elementwise functions: torch.exp, torch.add, torch.where, … and Tensor's methods of these names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.inplace import apply_inplace
from refnn.autograd.op import Op
from refnn.functions._checks import broadcast_error, into, tensor_argument, type_name
from refnn.ops import activation
from refnn.ops import pointwise as ops

Number = int | float | complex | bool
Function = Callable[..., Any]
_NUMBERS = (int, float, complex, np.generic)


def _unary(operation: Op, doc_name: str | None = None) -> Function:
    name = doc_name or operation.name

    def function(input: Any, *, out: Any = None) -> Any:
        if not isinstance(input, TensorBase):
            tensor_argument(name, "input", 1, input)
        result = operation(input)
        return result if out is None else into(out, result)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = operation.__doc__
    return function


def _unary_(operation: Op, name: str) -> Function:
    def function(input: Any) -> Any:
        tensor_argument(name, "input", 1, input)
        return apply_inplace(operation, input)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"In place: {operation.__doc__}"
    return function


def _number_or_tensor(name: str, other: Any) -> None:
    if not isinstance(other, (TensorBase, *_NUMBERS)):
        raise TypeError(f"{name}(): argument 'other' (position 2) must be Tensor, not {type_name(other)}")


def broadcast(operation: Op, x: Any, y: Any, **meta: Any) -> Any:
    """operation(x, y), with torch's error for shapes that do not broadcast."""
    try:
        return operation(x, y, **meta)
    except ValueError:
        shapes = [np.shape(getattr(a, "_data", a)) for a in (x, y)]
        raise broadcast_error(shapes) from None


def _binary(operation: Op, doc_name: str | None = None) -> Function:
    name = doc_name or operation.name

    def function(input: Any, other: Any, *, out: Any = None) -> Any:
        if not isinstance(input, TensorBase):
            tensor_argument(name, "input", 1, input)
        if not isinstance(other, TensorBase):
            _number_or_tensor(name, other)
        result = broadcast(operation, input, other)
        return result if out is None else into(out, result)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = operation.__doc__
    return function


def _binary_(operation: Op, name: str) -> Function:
    def function(input: Any, other: Any) -> Any:
        _number_or_tensor(name, other)
        try:
            return apply_inplace(operation, input, other)
        except ValueError:
            raise broadcast_error([input._data.shape, np.shape(getattr(other, "_data", other))]) from None

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"In place: {operation.__doc__}"
    return function


exp, exp_ = _unary(ops.exp), _unary_(ops.exp, "exp_")
exp2, exp2_ = _unary(ops.exp2), _unary_(ops.exp2, "exp2_")
expm1, expm1_ = _unary(ops.expm1), _unary_(ops.expm1, "expm1_")
log, log_ = _unary(ops.log), _unary_(ops.log, "log_")
log2, log2_ = _unary(ops.log2), _unary_(ops.log2, "log2_")
log10, log10_ = _unary(ops.log10), _unary_(ops.log10, "log10_")
log1p, log1p_ = _unary(ops.log1p), _unary_(ops.log1p, "log1p_")
sqrt, sqrt_ = _unary(ops.sqrt), _unary_(ops.sqrt, "sqrt_")
rsqrt, rsqrt_ = _unary(ops.rsqrt), _unary_(ops.rsqrt, "rsqrt_")
reciprocal, reciprocal_ = _unary(ops.reciprocal), _unary_(ops.reciprocal, "reciprocal_")
square, square_ = _unary(ops.square), _unary_(ops.square, "square_")
sin, sin_ = _unary(ops.sin), _unary_(ops.sin, "sin_")
cos, cos_ = _unary(ops.cos), _unary_(ops.cos, "cos_")
tan, tan_ = _unary(ops.tan), _unary_(ops.tan, "tan_")
asin, asin_ = _unary(ops.asin), _unary_(ops.asin, "asin_")
acos, acos_ = _unary(ops.acos), _unary_(ops.acos, "acos_")
atan, atan_ = _unary(ops.atan), _unary_(ops.atan, "atan_")
sinh, sinh_ = _unary(ops.sinh), _unary_(ops.sinh, "sinh_")
cosh, cosh_ = _unary(ops.cosh), _unary_(ops.cosh, "cosh_")
asinh, asinh_ = _unary(ops.asinh), _unary_(ops.asinh, "asinh_")
acosh, acosh_ = _unary(ops.acosh), _unary_(ops.acosh, "acosh_")
atanh, atanh_ = _unary(ops.atanh), _unary_(ops.atanh, "atanh_")
tanh, tanh_ = _unary(activation.tanh), _unary_(activation.tanh, "tanh_")
sigmoid, sigmoid_ = _unary(activation.sigmoid), _unary_(activation.sigmoid, "sigmoid_")
relu, relu_ = _unary(activation.relu), _unary_(activation.relu, "relu_")
abs, abs_ = _unary(ops.abs), _unary_(ops.abs, "abs_")
absolute = abs
sign, sign_ = _unary(ops.sign), _unary_(ops.sign, "sign_")
sgn = _unary(ops.sgn)
floor, floor_ = _unary(ops.floor), _unary_(ops.floor, "floor_")
ceil, ceil_ = _unary(ops.ceil), _unary_(ops.ceil, "ceil_")
trunc, trunc_ = _unary(ops.trunc), _unary_(ops.trunc, "trunc_")
fix = trunc
frac, frac_ = _unary(ops.frac), _unary_(ops.frac, "frac_")
isnan, isinf, isfinite = _unary(ops.isnan), _unary(ops.isinf), _unary(ops.isfinite)
logical_not = _unary(ops.logical_not)

maximum, minimum = _binary(ops.maximum), _binary(ops.minimum)
fmax, fmin = _binary(ops.fmax), _binary(ops.fmin)
atan2, atan2_ = _binary(ops.atan2), _binary_(ops.atan2, "atan2_")
arctan2 = atan2
remainder, remainder_ = _binary(ops.remainder), _binary_(ops.remainder, "remainder_")
fmod, fmod_ = _binary(ops.fmod), _binary_(ops.fmod, "fmod_")
floor_divide, floor_divide_ = _binary(ops.div_floor, "floor_divide"), _binary_(ops.div_floor, "floor_divide_")
eq, eq_ = _binary(ops.equal, "eq"), _binary_(ops.equal, "eq_")
ne, ne_ = _binary(ops.not_equal, "ne"), _binary_(ops.not_equal, "ne_")
lt, lt_ = _binary(ops.less, "lt"), _binary_(ops.less, "lt_")
le, le_ = _binary(ops.less_equal, "le"), _binary_(ops.less_equal, "le_")
gt, gt_ = _binary(ops.greater, "gt"), _binary_(ops.greater, "gt_")
ge, ge_ = _binary(ops.greater_equal, "ge"), _binary_(ops.greater_equal, "ge_")
not_equal, less, less_equal, greater, greater_equal = ne, lt, le, gt, ge
logical_and, logical_or, logical_xor = (
    _binary(ops.logical_and),
    _binary(ops.logical_or),
    _binary(ops.logical_xor),
)
logical_and_ = _binary_(ops.logical_and, "logical_and_")
logical_or_ = _binary_(ops.logical_or, "logical_or_")
bitwise_and, bitwise_and_ = _binary(ops.bitwise_and), _binary_(ops.bitwise_and, "bitwise_and_")
bitwise_or, bitwise_or_ = _binary(ops.bitwise_or), _binary_(ops.bitwise_or, "bitwise_or_")
bitwise_xor, bitwise_xor_ = _binary(ops.bitwise_xor), _binary_(ops.bitwise_xor, "bitwise_xor_")
bitwise_left_shift, bitwise_right_shift = (
    _binary(ops.left_shift, "bitwise_left_shift"),
    _binary(ops.right_shift, "bitwise_right_shift"),
)


def _check_alpha(alpha: Any, *operands: Any) -> None:
    kinds = [o._data.dtype.kind if isinstance(o, TensorBase) else np.asarray(o).dtype.kind for o in operands]
    if isinstance(alpha, bool) and any(k != "b" for k in kinds):
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if isinstance(alpha, float) and all(k in "iub" for k in kinds):
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")


def _no_bool_minus(*operands: Any) -> None:
    kinds = [isinstance(o, bool) or (isinstance(o, TensorBase) and o._data.dtype == np.bool_) for o in operands]
    if all(kinds):
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. "
            "Use the `^` or `logical_xor()` operator instead."
        )
    if any(kinds):
        raise RuntimeError(
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, "
            "use the `~` or `logical_not()` operator instead."
        )


def _arithmetic(name: str, input: Any, other: Any, alpha: Any) -> None:
    tensor_argument(name, "input", 1, input)
    _number_or_tensor(name, other)
    if alpha != 1 or isinstance(alpha, bool):
        _check_alpha(alpha, input, other)


def add(input: Any, other: Any, *, alpha: Number = 1, out: Any = None) -> Any:
    """input + α other."""
    _arithmetic("add", input, other, alpha)
    return into(out, broadcast(ops.add, input, other, alpha=alpha))


def add_(input: Any, other: Any, *, alpha: Number = 1) -> Any:
    """In place: input + α other."""
    _arithmetic("add_", input, other, alpha)
    return _inplace(ops.add, input, other, alpha=alpha)


def sub(input: Any, other: Any, *, alpha: Number = 1, out: Any = None) -> Any:
    """input − α other. Raises RuntimeError for bools."""
    _arithmetic("sub", input, other, alpha)
    _no_bool_minus(input, other)
    return into(out, broadcast(ops.sub, input, other, alpha=alpha))


def sub_(input: Any, other: Any, *, alpha: Number = 1) -> Any:
    """In place: input − α other."""
    _arithmetic("sub_", input, other, alpha)
    _no_bool_minus(input, other)
    return _inplace(ops.sub, input, other, alpha=alpha)


def rsub(input: Any, other: Any, *, alpha: Number = 1) -> Any:
    """other − α input."""
    _no_bool_minus(input, other)
    return broadcast(ops.sub, other, input, alpha=alpha)


def _inplace(operation: Op, input: Any, other: Any, **meta: Any) -> Any:
    try:
        return apply_inplace(operation, input, other, **meta)
    except ValueError:
        raise broadcast_error([input._data.shape, np.shape(getattr(other, "_data", other))]) from None


mul, mul_ = _binary(ops.mul), _binary_(ops.mul, "mul_")
multiply, multiply_ = mul, mul_
subtract, subtract_ = sub, sub_


def _division(rounding_mode: str | None) -> Op:
    chosen = {None: ops.div, "floor": ops.div_floor, "trunc": ops.div_trunc}.get(rounding_mode)
    if chosen is None:
        raise RuntimeError(
            "div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '" + str(rounding_mode) + "'"
        )
    return chosen


def div(input: Any, other: Any, *, rounding_mode: str | None = None, out: Any = None) -> Any:
    """input / other, rounded down ("floor") or toward 0 ("trunc") where asked for."""
    tensor_argument("div", "input", 1, input)
    _number_or_tensor("div", other)
    return into(out, broadcast(_division(rounding_mode), input, other))


def div_(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """In place: input / other."""
    _number_or_tensor("div_", other)
    return _inplace(_division(rounding_mode), input, other)


divide, divide_, true_divide = div, div_, div


def neg(input: Any, *, out: Any = None) -> Any:
    """−input. Raises RuntimeError for bools."""
    tensor_argument("neg", "input", 1, input)
    if input._data.dtype == np.bool_:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, "
            "use the `~` or `logical_not()` operator instead."
        )
    return into(out, ops.neg(input))


def neg_(input: Any) -> Any:
    """In place: −input."""
    return apply_inplace(ops.neg, input)


negative = neg


def pow(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """inputᵉ. Raises RuntimeError for an integer tensor to a negative whole number."""
    if not isinstance(input, TensorBase) and not isinstance(exponent, TensorBase):
        tensor_argument("pow", "input", 1, input)
    if isinstance(exponent, int) and exponent < 0 and isinstance(input, TensorBase) and input._data.dtype.kind in "iu":
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return into(out, broadcast(ops.pow, input, exponent))


def pow_(input: Any, exponent: Any) -> Any:
    """In place: inputᵉ."""
    return _inplace(ops.pow, input, exponent)


def round(input: Any, *, decimals: int = 0, out: Any = None) -> Any:
    """To the nearest, halves to even."""
    tensor_argument("round", "input", 1, input)
    return into(out, ops.round(input, decimals=decimals))


def round_(input: Any, *, decimals: int = 0) -> Any:
    """In place: to the nearest, halves to even."""
    return apply_inplace(ops.round, input, decimals=decimals)


def bitwise_not(input: Any, *, out: Any = None) -> Any:
    """~input. Raises TypeError for floating tensors."""
    if input._data.dtype.kind not in "iub":
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return into(out, ops.bitwise_not(input))


def clamp(input: Any, min: Any = None, max: Any = None, *, out: Any = None) -> Any:
    """min(max(input, lower), upper); either bound may be None, a number or a tensor."""
    tensor_argument("clamp", "input", 1, input)
    return into(out, _clamped(input, min, max, broadcast))


def clamp_(input: Any, min: Any = None, max: Any = None) -> Any:
    """In place: min(max(input, lower), upper)."""
    return _clamped(input, min, max, _inplace)


def _clamped(input: Any, min: Any, max: Any, run: Function) -> Any:
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if isinstance(min, TensorBase) or isinstance(max, TensorBase):
        result = input if min is None else run(ops.maximum, input, min)
        return result if max is None else run(ops.minimum, result, max)
    if run is _inplace:
        return apply_inplace(ops.clamp, input, min=min, max=max)
    if input._data.dtype.kind in "iub" and (isinstance(min, float) or isinstance(max, float)):
        input = ops.mul(input, 1.0)
    return ops.clamp(input, min=min, max=max)


clip, clip_ = clamp, clamp_


def clamp_min(input: Any, min: Any) -> Any:
    """max(input, min)."""
    return clamp(input, min=min)


def clamp_max(input: Any, max: Any) -> Any:
    """min(input, max)."""
    return clamp(input, max=max)


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """input where the condition is true, other elsewhere; with the condition alone, the indices where it holds."""
    if input is None and other is None:
        return tuple(wrap(i.astype(np.int64)) for i in np.nonzero(np.atleast_1d(condition._data)))
    tensor_argument("where", "condition", 1, condition)
    if condition._data.dtype not in (np.bool_, np.uint8):
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype " + condition.dtype.title
        )
    x, y = ops_operands(input, other)
    try:
        return ops.where(condition._data.astype(bool, copy=False), x, y)
    except ValueError:
        shapes = [np.shape(getattr(a, "_data", a)) for a in (condition, x, y)]
        pair = next(p for p in (shapes[1:], [shapes[0], shapes[1]], [shapes[0], shapes[2]]) if not _fits(*p))
        raise broadcast_error(pair) from None


def _fits(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        return False
    return True


def ops_operands(x: Any, y: Any) -> tuple[Any, Any]:
    """Two operands in their result dtype."""
    from refnn.autograd.op import _cast_all

    x, y = _cast_all((x, y), False)
    return x, y


def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight (end − input)."""
    return ops.lerp(input, end, weight)


def lerp_(input: Any, end: Any, weight: Any) -> Any:
    """In place: input + weight (end − input)."""
    return apply_inplace(ops.lerp, input, end, weight)


def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Number = 1) -> Any:
    """input + value · tensor1 · tensor2."""
    return add(input, mul(tensor1, tensor2), alpha=value)


def addcmul_(input: Any, tensor1: Any, tensor2: Any, *, value: Number = 1) -> Any:
    """In place: input + value · tensor1 · tensor2."""
    return add_(input, mul(tensor1, tensor2), alpha=value)


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Number = 1) -> Any:
    """input + value · tensor1 / tensor2."""
    return add(input, div(tensor1, tensor2), alpha=value)


def addcdiv_(input: Any, tensor1: Any, tensor2: Any, *, value: Number = 1) -> Any:
    """In place: input + value · tensor1 / tensor2."""
    return add_(input, div(tensor1, tensor2), alpha=value)


def nan_to_num(input: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """input with NaN and the infinities replaced."""
    return ops.nan_to_num(input, nan=nan if nan is not None else 0.0, posinf=posinf, neginf=neginf)


def isclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """|input − other| ≤ atol + rtol |other|, element by element."""
    return wrap(np.isclose(input._data, other._data, rtol=rtol, atol=atol, equal_nan=equal_nan))


def allclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether every element is close."""
    if input._data.dtype != other._data.dtype:
        raise RuntimeError(f"{input.dtype.title} did not match {other.dtype.title}")
    return bool(isclose(input, other, rtol, atol, equal_nan)._data.all())


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and values."""
    return bool(input._data.shape == other._data.shape and np.all(input._data == other._data))
