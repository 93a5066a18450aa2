"""Pooling: the maximum or the average of every window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from refnn.nn.functional import _pool_checks as check
from refnn.nn.functional._arguments import by_flag, parsed
from refnn.ops import pooling as ops

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

# Maximum ------------------------------------------------------------------------------------------------


def _max_pool(rank: int, with_indices: bool) -> Callable[..., Any]:
    """max_pool of a rank: the form that returns (y, i), or the one that returns y."""
    name = f"max_pool{rank}d"
    function = f"{name}_with_indices" if with_indices else name
    op = ops.max_pool_with_indices if with_indices else ops.max_pool

    def pool(
        input: Tensor,
        kernel_size: Ints,
        stride: Ints | None = None,
        padding: Ints = 0,
        dilation: Ints = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        given = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "dilation": dilation}
        sizes = check.arguments(function, input, given, {"ceil_mode": ceil_mode})
        return op(input, pool=check.max_pool(rank, with_indices, input, ceil_mode, *sizes))

    pool.__name__ = pool.__qualname__ = function if with_indices else f"_{name}"
    pool.__doc__ = f"""{name}, and where each maximum stands: (y, i), i int64 and of y's shape.

    i counts along the pooled dimensions, row by row. Of equal maxima the first is taken, of several NaNs the
    last. Arguments, shapes, dtypes and errors: as of {name}.

    Source: torch.nn.functional.{name}_with_indices.
    """
    return pool


def _max_pool_by_flag(
    rank: int, doc: str, shape: str, dtype: str = "floating point, or integers"
) -> Callable[..., Any]:
    """max_pool of a rank: the form that return_indices asks for."""
    name = f"max_pool{rank}d"
    doc = f"""{doc}: padding never is the maximum.

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
    return by_flag(name, 6, doc, _max_pool(rank, True), _max_pool(rank, False))


max_pool1d_with_indices = _max_pool(1, True)
max_pool2d_with_indices = _max_pool(2, True)
max_pool3d_with_indices = _max_pool(3, True)

max_pool1d = _max_pool_by_flag(
    1,
    "y[l] = max_j x[l·stride − padding + j·dilation]",
    "(N, C, S) -> (N, C, L)",
    "floating point; integers with return_indices only",
)
max_pool2d = _max_pool_by_flag(2, "The maximum of every window of H × W", "(N, C, H, W) -> (N, C, L_h, L_w)")
max_pool3d = _max_pool_by_flag(
    3, "The maximum of every window of T × H × W", "(N, C, T, H, W) -> (N, C, L_t, L_h, L_w)"
)

# Average ------------------------------------------------------------------------------------------------


_DIVISOR = ", int divisor_override = None"


def _average(rank: int, more: str = "") -> str:
    sizes = f"tuple of ints[{rank}] kernel_size, tuple of ints[{rank}] stride = None, tuple of ints[{rank}] padding = 0"
    return f"Tensor input, {sizes}, bool ceil_mode = False, bool count_include_pad = True{more}"


@parsed(_average(1))
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
    return _avg_pool(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


@parsed(_average(2, _DIVISOR))
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
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


@parsed(_average(3, _DIVISOR))
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
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def _avg_pool(
    rank: int,
    input: Tensor,
    kernel_size: Ints,
    stride: Ints | None,
    padding: Ints,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None = None,
) -> Tensor:
    given = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    flags = {"ceil_mode": ceil_mode, "count_include_pad": count_include_pad}
    sizes = check.arguments(f"avg_pool{rank}d", input, given, flags)
    pool = check.avg_pool(rank, input, ceil_mode, divisor_override, *sizes)
    return ops.avg_pool(input, pool=pool, count_include_pad=count_include_pad, divisor_override=divisor_override)
