"""Pooling: the maximum or the average of every window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from refnn.functions._checks import type_name
from refnn.nn.functional import _pool_checks as check
from refnn.ops import pooling as ops
from refnn.ops.pooling import Pool

__all__ = [
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_with_indices",
]

Tensor = Any
Ints = int | Sequence[int]

_FLOATS = "float16 bfloat16 float32 float64"
_NUMBERS = f"{_FLOATS} uint8 int8 int16 int32 int64"

# Maximum ------------------------------------------------------------------------------------------------


def _max_arguments(function: str, args: tuple[Any, ...]) -> list[tuple[int, ...]]:
    input, kernel_size, stride, padding, dilation, ceil_mode = args
    sizes = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
    return check.arguments(function, input, sizes, {"ceil_mode": ceil_mode})


def _last(pool: Pool) -> Pool:
    """The windows along the last dimension alone."""
    return Pool(pool.kernel[-1:], pool.stride[-1:], pool.padding[-1:], pool.dilation[-1:], pool.ceil_mode)


def max_pool1d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> tuple[Tensor, Tensor]:
    """max_pool1d, and where along L each maximum stands: (y, i), i int64.

    Of equal maxima the first is taken, of several NaNs the last.
    """
    sizes = _max_arguments("max_pool1d_with_indices", (input, kernel_size, stride, padding, dilation, ceil_mode))
    check.dimensions("max_pool1d", input)
    pool = check.one_sizes("max_pool1d", ceil_mode, *sizes)
    check.lengths(pool)
    check.shape2d(pool, (*input.shape[:-1], 1, input.shape[-1]))
    pool = _last(pool)
    check.kernel_dtype("max_pool2d", pool, input, _NUMBERS)
    result: tuple[Tensor, Tensor] = ops.max_pool_with_indices(input, pool=pool)
    return result


def _max_pool1d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    sizes = _max_arguments("max_pool1d", (input, kernel_size, stride, padding, dilation, ceil_mode))
    pool = check.max_pool1d(input, ceil_mode, *sizes)
    check.kernel_dtype("max_pool1d_impl", pool, input, _FLOATS)
    return ops.max_pool(input, pool=pool)


def max_pool2d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> tuple[Tensor, Tensor]:
    """max_pool2d, and where in its plane H × W, counted row by row, each maximum stands: (y, i), i int64.

    Of equal maxima the first is taken, of several NaNs the last.
    """
    args = (input, kernel_size, stride, padding, dilation, ceil_mode)
    pool = _checked_max(2, "max_pool2d_with_indices", args)
    result: tuple[Tensor, Tensor] = ops.max_pool_with_indices(input, pool=pool)
    return result


def _max_pool2d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    args = (input, kernel_size, stride, padding, dilation, ceil_mode)
    return ops.max_pool(input, pool=_checked_max(2, "max_pool2d", args))


def max_pool3d_with_indices(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> tuple[Tensor, Tensor]:
    """max_pool3d, and where in its volume T × H × W each maximum stands: (y, i), i int64.

    Of equal maxima the first is taken, of several NaNs the last.
    """
    args = (input, kernel_size, stride, padding, dilation, ceil_mode)
    pool = _checked_max(3, "max_pool3d_with_indices", args)
    result: tuple[Tensor, Tensor] = ops.max_pool_with_indices(input, pool=pool)
    return result


def _max_pool3d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    dilation: Ints = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor:
    args = (input, kernel_size, stride, padding, dilation, ceil_mode)
    return ops.max_pool(input, pool=_checked_max(3, "max_pool3d", args))


def _checked_max(rank: int, function: str, args: tuple[Any, ...]) -> Pool:
    """What max_pool2d and max_pool3d check, in torch's order."""
    sizes = _max_arguments(function, args)
    input, ceil_mode = args[0], args[-1]
    pool = check.max_sizes(rank, ceil_mode, *sizes)
    if input.ndim not in (rank + 1, rank + 2):
        raise RuntimeError(f"non-empty {rank + 1}D or {rank + 2}D (batch mode) tensor expected for input")
    if rank == 3:
        check.volume_format(input)
    check.lengths(pool)
    if rank == 2:
        check.shape2d(pool, tuple(input.shape))
    else:
        check.shape3d(pool, tuple(input.shape), "max_pool3d_with_indices_out_cpu_template", fits=False)
    check.kernel_dtype(f"max_pool{rank}d", pool, input, _NUMBERS)
    return pool


def _dispatch(name: str, doc: str, with_indices: Callable[..., Any], without: Callable[..., Any]) -> Callable[..., Any]:
    """One function that calls another where return_indices, its seventh argument, is true."""

    def fn(*args: Any, **kwargs: Any) -> Any:
        flag = kwargs["return_indices"] if "return_indices" in kwargs else args[6] if len(args) > 6 else False
        return (with_indices if flag else without)(*args, **kwargs)

    fn.__name__ = fn.__qualname__ = name
    fn.__doc__ = doc
    return fn


_SHARED = """

    Signature: (input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False,
    return_indices=False). The stride is the kernel's size if not given; an int stands for all dimensions.
    With return_indices the result is a pair: the maxima, and where each stands.

    Shape: {shape}; the batch dimension N may be missing, or 0.
        L = ⌊(S + 2 padding − dilation (kernel_size − 1) − 1) / stride⌋ + 1, with ceil_mode ⌈…⌉, less a
        window that would start in the padding on the right.
    Dtype: {dtype}.
    Raises: RuntimeError for a wrong number of dimensions or sizes, a padding of more than half the kernel,
        sizes that leave no window; TypeError for what are no ints; NotImplementedError for other dtypes.
    Source: torch.nn.functional.{name}.
    """
_DTYPE = "floating point, or integers"

max_pool1d = _dispatch(
    "max_pool1d",
    "y[l] = max_j x[l·stride − padding + j·dilation]: padding never is the maximum."
    + _SHARED.format(
        shape="(N, C, S) -> (N, C, L)", dtype="floating point; integers with return_indices only", name="max_pool1d"
    ),
    max_pool1d_with_indices,
    _max_pool1d,
)
max_pool2d = _dispatch(
    "max_pool2d",
    "The maximum of every window of H × W; padding never is the maximum."
    + _SHARED.format(shape="(N, C, H, W) -> (N, C, L_h, L_w)", dtype=_DTYPE, name="max_pool2d"),
    max_pool2d_with_indices,
    _max_pool2d,
)
max_pool3d = _dispatch(
    "max_pool3d",
    "The maximum of every window of T × H × W; padding never is the maximum."
    + _SHARED.format(shape="(N, C, T, H, W) -> (N, C, L_t, L_h, L_w)", dtype=_DTYPE, name="max_pool3d"),
    max_pool3d_with_indices,
    _max_pool3d,
)

# Average ------------------------------------------------------------------------------------------------


def _avg_arguments(function: str, args: tuple[Any, ...]) -> list[tuple[int, ...]]:
    input, kernel_size, stride, padding, ceil_mode, count_include_pad = args
    sizes = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    flags = {"ceil_mode": ceil_mode, "count_include_pad": count_include_pad}
    return check.arguments(function, input, sizes, flags)


def avg_pool1d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """y[l] = Σ_j x[l·stride − padding + j] / n[l].

    n is the number of positions of the window in x and its padding, or in x alone if not count_include_pad;
    what hangs over beyond the padding on the right under ceil_mode never counts.

    Shape: (N, C, S) -> (N, C, L), N optional; L as for max_pool1d.
    Dtype: floating point, or int64 (rounded toward 0).
    Raises: as max_pool1d.
    Source: torch.nn.functional.avg_pool1d.
    """
    kernel, strides, paddings = _avg_arguments(
        "avg_pool1d", (input, kernel_size, stride, padding, ceil_mode, count_include_pad)
    )
    check.dimensions("avg_pool1d", input)
    pool = check.one_sizes("avg_pool1d", ceil_mode, kernel, strides, paddings, (1,))
    check.lengths(pool)
    check.shape2d(pool, (*input.shape[:-1], 1, input.shape[-1]))
    pool = _last(pool)
    check.kernel_dtype("avg_pool2d", pool, input, f"{_FLOATS} int64")
    return ops.avg_pool(input, pool=pool, count_include_pad=count_include_pad, divisor_override=None)


def _override(function: str, divisor_override: Any) -> None:
    if divisor_override is not None and (
        isinstance(divisor_override, bool) or not hasattr(divisor_override, "__index__")
    ):
        raise TypeError(f"{function}(): argument 'divisor_override' must be int, not {type_name(divisor_override)}")


def avg_pool2d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The average of every window of H × W: its sum over the number of its positions, see avg_pool1d.

    divisor_override takes that number's place.

    Shape: (N, C, H, W) -> (N, C, L_h, L_w), N optional.
    Dtype: floating point, or int64 (rounded toward 0).
    Raises: as max_pool2d; RuntimeError where the divisor is 0.
    Source: torch.nn.functional.avg_pool2d.
    """
    args = (input, kernel_size, stride, padding, ceil_mode, count_include_pad)
    pool = _checked_avg(2, args, divisor_override)
    check.kernel_dtype("avg_pool2d", pool, input, f"{_FLOATS} int64")
    return ops.avg_pool(input, pool=pool, count_include_pad=count_include_pad, divisor_override=divisor_override)


def avg_pool3d(
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None = None,
    padding: Ints = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The average of every window of T × H × W: its sum over the number of its positions, see avg_pool1d.

    divisor_override takes that number's place.

    Shape: (N, C, T, H, W) -> (N, C, L_t, L_h, L_w), N optional.
    Dtype: float32, float64, or int64 (rounded toward 0).
    Raises: as max_pool3d; RuntimeError where the divisor is 0 or the kernel larger than the volume.
    Source: torch.nn.functional.avg_pool3d.
    """
    args = (input, kernel_size, stride, padding, ceil_mode, count_include_pad)
    pool = _checked_avg(3, args, divisor_override)
    check.kernel_dtype("avg_pool3d_out_frame", pool, input, "float32 float64 int64")
    return ops.avg_pool(input, pool=pool, count_include_pad=count_include_pad, divisor_override=divisor_override)


def _checked_avg(rank: int, args: tuple[Any, ...], divisor_override: int | None) -> Pool:
    """What avg_pool2d and avg_pool3d check, in torch's order."""
    function = f"avg_pool{rank}d"
    sizes = _avg_arguments(function, args)
    _override(function, divisor_override)
    input, ceil_mode = args[0], args[4]
    pool = check.avg_sizes(rank, ceil_mode, *sizes)
    if rank == 3 and input.ndim not in (4, 5):
        raise RuntimeError("non-empty 4D or 5D (batch mode) tensor expected for input")
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    if rank == 2:
        input.size(-3)  # raises IndexError, as torch's first look at the channels does
    check.lengths(pool)
    if rank == 2:
        check.shape2d(pool, tuple(input.shape))
    else:
        check.shape3d(pool, tuple(input.shape), function, fits=True)
    return pool
