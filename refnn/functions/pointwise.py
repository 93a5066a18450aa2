"""Arithmetic: torch.add, torch.pow, torch.clamp, … and Tensor's methods of these names."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.inplace import apply_inplace
from refnn.autograd.op import Op
from refnn.dtypes import can_cast, from_numpy, not_implemented, result_dtype
from refnn.dtypes import dtype as DType
from refnn.functions._calls import check_call
from refnn.functions._checks import tensor_argument
from refnn.functions._elementwise import (
    OPERANDS,
    Function,
    binary,
    binary_,
    binary_pair,
    broadcast,
    inplace,
    shape_error,
)
from refnn.functions._out import FOUND, into
from refnn.functions._scalars import as_factor, as_number, c_name
from refnn.functions.reduction import as_dtype
from refnn.ops import pointwise as ops
from refnn.ops._half import is_half, opmath_dtype

Number = int | float | complex | bool


maximum, minimum = (binary(operation, real=True) for operation in (ops.maximum, ops.minimum))
fmax, fmin = (binary(operation, real=True) for operation in (ops.fmax, ops.fmin))
atan2, atan2_ = binary_pair(ops.atan2)
arctan2, arctan2_ = atan2, atan2_
remainder, remainder_ = binary_pair(ops.remainder, numbers=True)
fmod, fmod_ = binary_pair(ops.fmod, numbers=True)
# Sums, products and quotients: a number may stand for either operand -------------------------------------


def _operands(name: str, input: Any, other: Any, **options: Any) -> Any:
    """input as a tensor, where one of the two, or both, are numbers. Raises TypeError for anything else."""
    check_call(name, input, other, **options)
    if isinstance(input, TensorBase) or isinstance(other, TensorBase):
        return input
    return wrap(np.asarray(input, np.float32 if isinstance(input, float) else None))


def check_factor(called: str, alpha: Any, *operands: Any) -> None:
    """Raise RuntimeError for a factor of a kind that is above the operands'."""
    kinds = [o._data.dtype.kind if isinstance(o, TensorBase) else np.asarray(o).dtype.kind for o in operands]
    if isinstance(alpha, bool) and any(k != "b" for k in kinds):
        raise RuntimeError(f"Boolean {called} only supported for Boolean results.")
    if isinstance(alpha, (float, complex)) and all(k in "iub" for k in kinds):
        raise RuntimeError(f"For integral input tensors, argument {called} must not be a floating point number.")
    if isinstance(alpha, complex) and all(k != "c" for k in kinds):
        raise RuntimeError(f"For non-complex input tensors, argument {called} must not be a complex number.")


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


def _weight(name: str, input: Any, other: Any, alpha: Any) -> Any:
    """α as a Python number."""
    check_call(name, input, other, alpha=alpha)
    alpha = getattr(alpha, "_data", alpha)
    alpha = alpha.item() if isinstance(alpha, (np.ndarray, np.generic)) else alpha
    check_factor("alpha", alpha, input, other)
    return as_factor(alpha, result_dtype([getattr(v, "_data", v) for v in (input, other)]).numpy)


def add(input: Any, other: Any, *, alpha: Number = 1, out: Any = None) -> Any:
    """input + α other."""
    if not isinstance(input, TensorBase) or not isinstance(other, OPERANDS):
        input = _operands("add", input, other, alpha=alpha, out=out)
    meta = {} if type(alpha) is int and alpha == 1 else {"alpha": _weight("add", input, other, alpha)}
    try:
        result = ops.add(input, other, **meta)
    except ValueError:
        raise shape_error((input, other)) from None
    return result if out is None else into(out, result)


def add_(input: Any, other: Any, *, alpha: Number = 1) -> Any:
    """In place: input + α other."""
    if not isinstance(other, OPERANDS):
        check_call("Tensor.add_", input, other)
    if type(alpha) is int and alpha == 1:
        return inplace(ops.add, input, other)
    return inplace(ops.add, input, other, alpha=_weight("Tensor.add_", input, other, alpha))


def sub(input: Any, other: Any, *, alpha: Number = 1, out: Any = None) -> Any:
    """input − α other. Raises RuntimeError for bools."""
    if not isinstance(input, TensorBase) or not isinstance(other, OPERANDS):
        input = _operands("sub", input, other, alpha=alpha, out=out)
    _no_bool_minus(input, other)
    if type(alpha) is int and alpha == 1:
        result = broadcast(ops.sub, input, other)
    else:
        result = broadcast(ops.sub, input, other, alpha=_weight("sub", input, other, alpha))
    return result if out is None else into(out, result)


def sub_(input: Any, other: Any, *, alpha: Number = 1) -> Any:
    """In place: input − α other."""
    if not isinstance(other, OPERANDS):
        check_call("Tensor.sub_", input, other)
    _no_bool_minus(input, other)
    if type(alpha) is int and alpha == 1:
        return inplace(ops.sub, input, other)
    return inplace(ops.sub, input, other, alpha=_weight("Tensor.sub_", input, other, alpha))


def rsub(input: Any, other: Any, *, alpha: Number = 1) -> Any:
    """other − α input."""
    if not isinstance(input, TensorBase) or not isinstance(other, OPERANDS):
        check_call("rsub", input, other)
    _no_bool_minus(input, other)
    operation = ops.rsub if isinstance(other, TensorBase) else ops.rsub_number
    if not (type(alpha) is int and alpha == 1):
        alpha = _weight("rsub", input, other, alpha)
    return broadcast(operation, other, input, alpha=alpha)


def mul(input: Any, other: Any, *, out: Any = None) -> Any:
    """input · other."""
    if not isinstance(input, TensorBase) or not isinstance(other, OPERANDS):
        input = _operands("mul", input, other, out=out)
    try:
        result = ops.mul(input, other)
    except ValueError:
        raise shape_error((input, other)) from None
    return result if out is None else into(out, result)


def mul_(input: Any, other: Any) -> Any:
    """In place: input · other."""
    if not isinstance(other, OPERANDS):
        check_call("Tensor.mul_", input, other)
    return inplace(ops.mul, input, other)


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
    if not isinstance(input, TensorBase) or not isinstance(other, OPERANDS):
        input = _operands("div", input, other, rounding_mode=rounding_mode, out=out)
    result = broadcast(ops.div if rounding_mode is None else _division(rounding_mode), input, other)
    return result if out is None else into(out, result)


def div_(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """In place: input / other."""
    if not isinstance(other, OPERANDS):
        check_call("Tensor.div_", input, other, rounding_mode=rounding_mode)
    return inplace(_division(rounding_mode), input, other)


divide, divide_ = div, div_


def true_divide(input: Any, other: Any, *, out: Any = None) -> Any:
    """input / other."""
    return div(input, other, out=out)


def true_divide_(input: Any, other: Any) -> Any:
    """In place: input / other."""
    return div_(input, other)


def floor_divide(input: Any, other: Any, *, out: Any = None) -> Any:
    """⌊input / other⌋."""
    if not isinstance(input, TensorBase) or not isinstance(other, OPERANDS):
        input = _operands("floor_divide", input, other, out=out)
    return into(out, broadcast(ops.div_floor, input, other))


floor_divide_ = binary_(ops.div_floor, "floor_divide_", numbers=True)


_WIDEST = np.dtype(np.complex128)

# Powers and bounds --------------------------------------------------------------------------------------


def _check_power(input: Any, exponent: Any) -> None:
    """Raise RuntimeError for an integer tensor to a negative whole number, and for what its dtype cannot hold."""
    if isinstance(exponent, TensorBase):
        return
    if isinstance(exponent, int) and exponent < 0 and input._data.dtype.kind in "iub":
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    dtype = result_dtype([input._data, exponent]).numpy
    by_way_of_double = not (dtype.kind in "iu" or is_half(dtype))
    as_number(exponent, _WIDEST if by_way_of_double else dtype)


def pow(input: Any, exponent: Any, *, out: Any = None) -> Any:
    """inputᵉ. Raises RuntimeError for an integer tensor to a negative whole number."""
    if not isinstance(input, TensorBase) or not isinstance(exponent, OPERANDS):
        check_call("pow", input, exponent, out=out)
    if isinstance(input, TensorBase):
        _check_power(input, exponent)
    return into(out, broadcast(ops.pow, input, exponent))


def pow_(input: Any, exponent: Any) -> Any:
    """In place: inputᵉ."""
    if not isinstance(exponent, OPERANDS):
        check_call("Tensor.pow_", input, exponent)
    _check_power(input, exponent)
    return inplace(ops.pow, input, exponent)


def clamp(input: Any, min: Any = None, max: Any = None, *, out: Any = None) -> Any:
    """min(max(input, lower), upper); either bound may be None, a number or a tensor."""
    if not isinstance(input, TensorBase):
        check_call("clamp", *[a for a in (input, min, max) if a is not None])
    return into(out, _clamped(input, min, max, broadcast))


def clamp_(input: Any, min: Any = None, max: Any = None) -> Any:
    """In place: min(max(input, lower), upper)."""
    return _clamped(input, min, max, inplace)


_SMALL = 65504.0  # every floating dtype holds it


def _clamped(input: Any, min: Any, max: Any, run: Function, name: str = "clamp") -> Any:
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if isinstance(min, TensorBase) or isinstance(max, TensorBase):
        if name == "clamp" and input._data.dtype.kind == "c":
            raise NotImplementedError("clamp is not supported for complex types")
        result = input if min is None else run(ops.maximum, input, min)
        return result if max is None else run(ops.minimum, result, max)
    wanted = _clamped_dtype(input, min, max, run is inplace, name)
    kernel = "clamp_scalar_cpu" if None not in (min, max) else f"clamp_{'max' if min is None else 'min'}_scalar_cpu"
    for bound in (min, max):
        if bound is not None and not (wanted.is_floating_point and abs(bound) <= _SMALL):
            as_number(bound, wanted.numpy)
    if wanted.numpy.kind == "b" or (wanted.numpy.kind == "u" and wanted.itemsize > 1):
        raise not_implemented(kernel, wanted)
    if run is inplace:
        return apply_inplace(ops.clamp, input, min=min, max=max)
    return ops.clamp(as_dtype(input, wanted), min=min, max=max)


def _clamped_dtype(input: Any, min: Any, max: Any, in_place: bool, name: str) -> DType:
    """The dtype of the result between two numbers. Raises for complex ones, and for what fits no target in place."""
    given = from_numpy(input._data.dtype)
    if type(min) is not complex and type(max) is not complex and given.is_floating_point:
        return given
    wanted = result_dtype([a for a in (input._data, min, max) if a is not None])
    if wanted.is_complex:
        if name == "clamp" and in_place and not given.is_complex and not given.is_floating_point:
            raise _no_cast(wanted, given)
        if name == "clamp" and given.is_floating_point:
            raise RuntimeError("value cannot be converted to type double without overflow")
        raise NotImplementedError("clamp is not supported for complex types")
    if in_place and not can_cast(wanted, given):
        raise _no_cast(wanted, given)
    return wanted


def _no_cast(result: DType, target: DType) -> RuntimeError:
    return RuntimeError(f"result type {result.title} can't be cast to the desired output type {c_name(target)}")


clip, clip_ = clamp, clamp_


def clamp_min(input: Any, min: Any, *, out: Any = None) -> Any:
    """max(input, min)."""
    if not isinstance(input, TensorBase) or not isinstance(min, OPERANDS):
        check_call("clamp_min", input, min, out=out)
    return into(out, _clamped(input, min, None, broadcast, "clamp_min"))


def clamp_min_(input: Any, min: Any) -> Any:
    """In place: max(input, min)."""
    return _clamped(input, min, None, inplace, "clamp_min")


def clamp_max(input: Any, max: Any, *, out: Any = None) -> Any:
    """min(input, max)."""
    if not isinstance(input, TensorBase) or not isinstance(max, OPERANDS):
        check_call("clamp_max", input, max, out=out)
    return into(out, _clamped(input, None, max, broadcast, "clamp_max"))


def clamp_max_(input: Any, max: Any) -> Any:
    """In place: min(input, max)."""
    return _clamped(input, None, max, inplace, "clamp_max")


# Combinations of three ----------------------------------------------------------------------------------


def _check_lerp(input: Any, end: Any, weight: Any) -> None:
    """Raise RuntimeError for two dtypes, NotImplementedError for integers."""
    for name, other in (("end", end), ("weight", weight)):
        if isinstance(other, TensorBase) and other._data.dtype != input._data.dtype:
            wanted, given = c_name(input._data.dtype), c_name(other._data.dtype)
            raise RuntimeError(f"expected dtype {wanted} for `{name}` but got dtype {given}")
    if input._data.dtype.kind not in "fVc":
        kernel = "lerp_kernel_tensor" if isinstance(weight, TensorBase) else "lerp_kernel_scalar"
        raise not_implemented(kernel, input.dtype)


def _lerp(run: Function, input: Any, end: Any, weight: Any) -> Any:
    if isinstance(weight, TensorBase):
        return run(ops.lerp, input, end, weight)
    return run(ops.lerp_number, input, end, weight=as_factor(weight, opmath_dtype(input._data.dtype)))


def lerp(input: Any, end: Any, weight: Any, *, out: Any = None) -> Any:
    """input + weight (end − input)."""
    if not (isinstance(input, TensorBase) and isinstance(end, TensorBase) and isinstance(weight, OPERANDS)):
        check_call("lerp", input, end, weight, out=out)
    _check_lerp(input, end, weight)
    return into(out, _lerp(broadcast, input, end, weight), "" if isinstance(weight, TensorBase) else FOUND)


def lerp_(input: Any, end: Any, weight: Any) -> Any:
    """In place: input + weight (end − input)."""
    _check_lerp(input, end, weight)
    return _lerp(inplace, input, end, weight)


def _three_tensors(name: str, input: Any, tensor1: Any, tensor2: Any) -> None:
    tensor_argument(name, "input", 1, input)
    tensor_argument(name, "tensor1", 2, tensor1)
    tensor_argument(name, "tensor2", 3, tensor2)


def _plus(operation: Op, run: Function, input: Any, x: Any, y: Any, value: Any) -> Any:
    """An op of three tensors and a number. Raises for bools, and for a number that torch's arithmetic cannot hold."""
    dtype = result_dtype([input._data, x._data, y._data])
    if dtype.numpy.kind == "b" or (dtype.numpy.kind == "u" and dtype.itemsize > 1):
        raise not_implemented(f"{operation.name}_cpu_out", dtype)
    return run(operation, input, x, y, value=as_factor(value, opmath_dtype(dtype.numpy)))


def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Number = 1, out: Any = None) -> Any:
    """input + value · tensor1 · tensor2."""
    _three_tensors("addcmul", input, tensor1, tensor2)
    return into(out, _plus(ops.addcmul, broadcast, input, tensor1, tensor2, value))


def addcmul_(input: Any, tensor1: Any, tensor2: Any, *, value: Number = 1) -> Any:
    """In place: input + value · tensor1 · tensor2."""
    return _plus(ops.addcmul, inplace, input, tensor1, tensor2, value)


def _check_quotient(tensor1: Any, tensor2: Any) -> None:
    """Raise RuntimeError for two integer tensors: torch once divided those without a remainder."""
    if tensor1._data.dtype.kind in "iub" and tensor2._data.dtype.kind in "iub":
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a "
            "true division of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value "
            "* torch.trunc(tensor1 / tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / "
            "tensor2) for float inputs. The future addcdiv behavior is just the latter implementation: (input + value "
            "* tensor1 / tensor2), for all dtypes."
        )


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Number = 1, out: Any = None) -> Any:
    """input + value · tensor1 / tensor2. Raises RuntimeError where both are integers."""
    _three_tensors("addcdiv", input, tensor1, tensor2)
    _check_quotient(tensor1, tensor2)
    return into(out, _plus(ops.addcdiv, broadcast, input, tensor1, tensor2, value))


def addcdiv_(input: Any, tensor1: Any, tensor2: Any, *, value: Number = 1) -> Any:
    """In place: input + value · tensor1 / tensor2."""
    _check_quotient(tensor1, tensor2)
    return _plus(ops.addcdiv, inplace, input, tensor1, tensor2, value)
