"""Random tensors of a size: torch.rand, randn, randint, randperm and *_like.

With the same generator state they hold the numbers that torch's CPU functions draw.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from refnn import dtypes
from refnn.autograd.base import TensorBase, wrap
from refnn.dtypes import dtype as DType
from refnn.dtypes import not_implemented
from refnn.functions._calls import wrong_call
from refnn.functions._checks import is_int, tensor_argument, type_name
from refnn.functions._factories import check_gradient, check_options, finish, like
from refnn.functions._random_arguments import (
    shape_of,
    stream_of,
    target_of,
)
from refnn.functions._random_range import name_of, random_range
from refnn.functions.random_inplace import fill_range, normal_, random_, uniform_
from refnn.ops import random as draws
from refnn.ops.permutation import permutation
from refnn.random import Generator, default_generator

__all__ = ["rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm"]


# Of a size ----------------------------------------------------------------------------------------------


def rand(
    *size: Any,
    generator: Generator | None = None,
    out: Any = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    **named: Any,
) -> Any:
    """Uniform in [0, 1).

    Raises RuntimeError for negative sizes, NotImplementedError for dtypes that are not floating or complex.
    Source: torch.rand.
    """
    size = _sizes_given("rand", size, generator, out, named)
    return _drawn(_UNIFORM, size, generator, out, dtype, (layout, device, pin_memory), requires_grad)


def randn(
    *size: Any,
    generator: Generator | None = None,
    out: Any = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    **named: Any,
) -> Any:
    """Standard normal; complex with variance ½ in each part. Raises as `rand` does. Source: torch.randn."""
    size = _sizes_given("randn", size, generator, out, named)
    return _drawn(_NORMAL, size, generator, out, dtype, (layout, device, pin_memory), requires_grad)


class _Distribution(NamedTuple):
    """How numbers are drawn: so many new ones, and into a tensor that is there."""

    name: str
    draw: Callable[..., Any]
    fill: Callable[..., Any]


_UNIFORM = _Distribution("rand", draws.uniform, uniform_)
_NORMAL = _Distribution("randn", draws.normal, normal_)


def _drawn(
    kind: _Distribution, size: Any, generator: Any, out: Any, dtype: DType | None, place: Any, requires_grad: bool
) -> Any:
    shape = shape_of(kind.name, size)
    check_options(*place)
    default = dtypes.get_default_dtype()
    chosen = default if dtype is None else dtype
    if out is None and chosen.is_floating_point:
        stream = default_generator if generator is None else generator
        return finish(kind.draw(math.prod(shape), chosen.numpy, stream).reshape(shape), requires_grad)
    target = target_of(kind.name, shape, out, dtype, default, requires_grad)
    return finish(kind.fill(target, generator=generator), requires_grad)


def _sizes_given(name: str, size: Any, generator: Any, out: Any, named: dict[str, Any]) -> Any:
    if "size" in named and not size:
        size = (named.pop("size"),)
        if not isinstance(size[0], (tuple, list)):
            raise TypeError(f"{name}(): argument 'size' must be tuple of ints, not {type_name(size[0])}")
    is_wrong = generator is not None and not isinstance(generator, Generator)
    is_wrong |= out is not None and not isinstance(out, TensorBase)
    if named or not size or is_wrong:
        named |= {key: v for key, v in (("generator", generator), ("out", out)) if v is not None}
        raise wrong_call(name, *size, **named)
    return size


def randint(
    *args: Any,
    generator: Generator | None = None,
    out: Any = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    **named: Any,
) -> Any:
    """randint(high, size) or randint(low, high, size): integers in [low, high), int64 unless asked otherwise.

    Raises RuntimeError for an empty range, or one that the dtype does not hold. Source: torch.randint.
    """
    low, high, size = _bounds_and_size(args, dict(named), generator)
    shape = shape_of("randint", (size,), 2 if low is None else 3)
    check_options(layout, device, pin_memory)
    start = 0 if low is None else int(low)
    kind = out.dtype if out is not None and dtype is None else dtype or dtypes.int64
    bounds = random_range(kind.numpy, start, int(high))
    if out is None and not requires_grad:
        return finish(
            draws.integers(math.prod(shape), kind.numpy, stream_of("randint", generator), *bounds).reshape(shape), False
        )
    target = target_of("randint", shape, out, dtype, dtypes.int64, requires_grad)
    return finish(fill_range(target, bounds, generator, "RandomBackward0"), requires_grad)


def _bounds_and_size(args: tuple[Any, ...], named: dict[str, Any], generator: Any) -> tuple[Any, Any, Any]:
    """(low or None, high, size) of a call to randint, which has two overloads."""
    if len(args) == 2 and not named and generator is None and is_int(args[0]) and isinstance(args[1], (tuple, list)):
        return None, *args  # as it is mostly called
    order = ["low", "high", "size"]
    if len(args) + len(named) == 2 and "low" not in named:
        order = order[1:]
    values = dict(zip(order, args, strict=False))
    is_clean = len(args) <= len(order) and not set(values) & set(named) and set(named) <= set(order)
    values.update(named)
    is_wrong = generator is not None and not isinstance(generator, Generator)
    if len(order) == 2 and is_clean and len(values) == 2 and not is_wrong:
        if not is_int(values["high"]):
            raise TypeError(f"randint(): argument 'high' (position 1) must be int, not {type_name(values['high'])}")
        if not isinstance(values["size"], (tuple, list)):
            raise TypeError(
                f"randint(): argument 'size' (position 2) must be tuple of ints, not {type_name(values['size'])}"
            )
        return None, values["high"], values["size"]
    fits = len(values) == 3 and all(is_int(values.get(k)) for k in ("low", "high"))
    if not is_clean or is_wrong or not fits or not isinstance(values["size"], (tuple, list)):
        if generator is not None:
            named = {**named, "generator": generator}
        raise wrong_call("randint", *args, **named)
    return values["low"], values["high"], values["size"]


def randperm(
    *args: Any,
    generator: Generator | None = None,
    out: Any = None,
    dtype: DType | None = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    **named: Any,
) -> Any:
    """randperm(n): the integers 0 … n − 1 in random order, (n,), int64 unless asked otherwise.

    Raises RuntimeError for n < 0, or where the dtype does not hold n − 1. Source: torch.randperm.
    """
    if not args and set(named) == {"n"}:
        args, named = (named["n"],), {}
    is_wrong = generator is not None and not isinstance(generator, Generator)
    if len(args) != 1 or named or is_wrong:
        if generator is not None:
            named["generator"] = generator
        raise wrong_call("randperm", *args, **named)
    if not is_int(args[0]):
        raise TypeError(f"randperm(): argument 'n' (position 1) must be int, not {type_name(args[0])}")
    n = int(args[0])
    if n < 0:
        raise RuntimeError(f"Trying to create tensor with negative dimension {n}: [{n}]")
    check_options(layout, device, pin_memory)
    target = target_of("randperm", (n,), out, dtype, dtypes.int64, requires_grad)
    _check_permutation(target._data.dtype, n)
    np.copyto(target._data, permutation(n, stream_of("randperm", generator)), casting="unsafe")
    target._bump_version()
    return finish(target, requires_grad)


_PERMUTATION_LIMIT = {
    "uint8": ("uint8_t", 255), "int8": ("int8_t", 127), "int16": ("int16_t", 32767),
    "int32": ("int", 2**31 - 1), "int64": ("int64_t", 2**63 - 1), "float16": ("at::Half", 65504),
    "bfloat16": ("at::BFloat16", math.inf), "float32": ("float", math.inf), "float64": ("double", math.inf),
}  # fmt: skip


def _check_permutation(dtype: Any, n: int) -> None:
    if name_of(dtype) not in _PERMUTATION_LIMIT:
        raise not_implemented("randperm", dtype)
    name, limit = _PERMUTATION_LIMIT[name_of(dtype)]
    if n > limit:
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")


# Like a tensor ------------------------------------------------------------------------------------------


def _empty_like(name: str, input: Any, generator: Any, options: dict[str, Any]) -> tuple[Any, bool]:
    """A tensor like `input`, to be filled, and whether it shall require grad."""
    known = {"dtype", "layout", "device", "pin_memory", "requires_grad", "memory_format"}
    if set(options) - known or (generator is not None and not isinstance(generator, Generator)):
        extra = {} if generator is None else {"generator": generator}
        raise wrong_call(name, input, **options, **extra)
    tensor_argument(name, "input", 1, input)
    check_options(options.get("layout"), options.get("device"), options.get("pin_memory", False))
    dtype: DType | None = options.get("dtype")
    requires_grad = options.get("requires_grad", False)
    if requires_grad:
        check_gradient(input.dtype if dtype is None else dtype)
    return wrap(like(np.empty_like, input, dtype, options.get("memory_format"))), requires_grad


def rand_like(input: Any, *, generator: Generator | None = None, **options: Any) -> Any:
    """rand with the shape, dtype and memory order of input, unless the options, those of rand, say else."""
    target, requires_grad = _empty_like("rand_like", input, generator, options)
    return finish(uniform_(target, generator=generator), requires_grad)


def randn_like(input: Any, *, generator: Generator | None = None, **options: Any) -> Any:
    """randn with the shape, dtype and memory order of input, unless the options say otherwise."""
    target, requires_grad = _empty_like("randn_like", input, generator, options)
    return finish(normal_(target, generator=generator), requires_grad)


def randint_like(input: Any, *bounds: Any, generator: Generator | None = None, **options: Any) -> Any:
    """randint_like(input, high) or (input, low, high): randint with the shape and dtype of input."""
    values = [*bounds, *(options.pop(k) for k in ("low", "high") if k in options)]
    if not isinstance(input, TensorBase) or not 1 <= len(values) <= 2 or not all(map(is_int, values)):
        raise wrong_call("randint_like", input, *values, **options)
    target, requires_grad = _empty_like("randint_like", input, generator, options)
    low, high = (0, *map(int, values))[-2:]
    return finish(random_(target, low, high, generator=generator), requires_grad)
