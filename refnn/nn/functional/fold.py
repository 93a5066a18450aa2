"""fold and unfold: sliding blocks of images as columns, and back."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from refnn.autograd.modes import is_grad_enabled
from refnn.functions._checks import tensor_argument
from refnn.functions.activation import check_floating
from refnn.nn.functional._arguments import int_sequence, unpacked
from refnn.ops.fold import col2im, im2col

__all__ = ["fold", "unfold"]

Dims = tuple[int, ...]


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Each block that a window sees as a column: y[n, (c, i, j), l] = x[n, c, window l's place (i, j)].

    x (N, C, H, W) or (C, H, W) -> (N, C · kH · kW, L) or (C · kH · kW, L), with L = L_H · L_W windows,
    L_d = ⌊(S_d + 2 padding − dilation (k − 1) − 1) / stride⌋ + 1. Floating, complex and bool.

    Raises TypeError for sizes that are no ints, RuntimeError for sizes out of range, for other shapes and where
    no window fits, NotImplementedError for integers.

    Source: torch.nn.functional.unfold.
    """
    kernel, dilate, pad, step = _sizes(
        "im2col", input, kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride
    )
    if input.requires_grad and is_grad_enabled():
        for dim in (-1, -2):  # torch reads them first of all, for the derivative
            input.size(dim)
    _check_ranges(kernel, ("dilation", dilate), ("padding", pad), ("stride", step))
    shape = input.shape
    for dim in (1, 2):  # torch reads them before it counts the dimensions
        input.size(dim)
    if not (_filled(shape, 3) or (_filled(shape[1:], 3) and len(shape) == 4)):
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for "
            f"input, but got: {list(shape)}"
        )
    places = _places(tuple(shape[-2:]), kernel, dilate, pad, step)
    if min(places) < 1:
        raise RuntimeError(
            f"Given input with spatial size {_listed(shape[-2:])}, kernel_size={_listed(kernel)}, "
            f"dilation={_listed(dilate)}, padding={_listed(pad)}, calculated shape of the array of sliding blocks as "
            f"{_listed(places)}, but its components must be at least one."
        )
    check_floating("im2col_out_cpu", input, "fVcb")
    return im2col(input, kernel=kernel, stride=step, padding=_both(pad), dilation=dilate)


def fold(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """The transpose of `unfold`: columns are added where their windows lie in an image of `output_size`.

    x (N, C · kH · kW, L) or (C · kH · kW, L) -> (N, C, H, W) or (C, H, W); L must be the number of windows that
    `unfold` finds in such an image. Places that several windows see hold a sum. Floating, complex and bool.

    Raises TypeError for sizes that are no ints, RuntimeError for sizes out of range and for shapes that do not
    fit, NotImplementedError for integers.

    Source: torch.nn.functional.fold.
    """
    size, kernel, dilate, pad, step = _sizes(
        "col2im", input,
        output_size=output_size, kernel_size=kernel_size, dilation=dilation, padding=padding, stride=stride,
    )  # fmt: skip
    _check_ranges(kernel, ("stride", step), ("padding", pad), ("dilation", dilate))
    shape = input.shape
    if not (_filled(shape, 2) or (_filled(shape[1:], 2) and len(shape) == 3)):
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {list(shape)}"
        )
    rows, columns = shape[-2:]
    if rows % math.prod(kernel):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={rows} and kernel_size={_listed(kernel)}."
        )
    places = _places(size, kernel, dilate, pad, step)
    if columns != math.prod(places):
        raise RuntimeError(
            f"Given output_size={_listed(size)}, kernel_size={_listed(kernel)}, dilation={_listed(dilate)}, "
            f"padding={_listed(pad)}, stride={_listed(step)}, expected size of input's dimension 2 to match the "
            f"calculated number of sliding blocks {places[0]} * {places[1]} = {math.prod(places)}, but got "
            f"input.size(2)={columns}."
        )
    if min(places) < 1:
        raise RuntimeError(
            f"Given output_size={_listed(size)}, kernel_size={_listed(kernel)}, dilation={_listed(dilate)}, "
            f"padding={_listed(pad)}, stride={_listed(step)}, calculated shape of the array of sliding blocks as "
            f"{_listed(places)}, which is too small (non-positive)"
        )
    check_floating("col2im_out_cpu", input, "fVcb")
    return col2im(input, size=size, kernel=kernel, stride=step, padding=_both(pad), dilation=dilate)


def _sizes(function: str, input: Any, **given: Any) -> list[Dims]:
    """Each argument as two ints; one int stands for both. Raises as torch's parser does, then for other lengths."""
    found = {name: tuple(v) if isinstance(v, Iterable) else (v, v) for name, v in given.items()}
    tensor_argument(function, "input", 1, input)
    for position, (name, value) in enumerate(found.items(), 2):
        int_sequence(function, name, position, value)
    ints = {name: unpacked(function, name, value) for name, value in found.items()}
    for name, value in ints.items():
        if len(value) != 2:
            raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(value)}")
    return list(ints.values())


def _check_ranges(kernel: Dims, *others: tuple[str, Dims]) -> None:
    """A kernel, strides and dilations above 0, padding at least 0. Raises RuntimeError."""
    for name, value in (("kernel", kernel), *others):
        if name == "padding":
            if min(value) < 0:
                raise RuntimeError(
                    f"padding should be non-negative, but got pad_height: {value[0]} pad_width: {value[1]}"
                )
        elif min(value) < 1:
            shown = "kernel size" if name == "kernel" else name
            raise RuntimeError(
                f"{shown} should be greater than zero, but got {name}_height: {value[0]} {name}_width: {value[1]}"
            )


def _filled(shape: Any, ndim: int) -> bool:
    return len(shape) == ndim and 0 not in shape


def _places(size: Dims, kernel: Dims, dilation: Dims, padding: Dims, stride: Dims) -> Dims:
    """How many windows fit along each dimension; below 1 where none does."""
    return tuple(
        (s + 2 * p - d * (k - 1) - 1) // step + 1
        for s, k, d, p, step in zip(size, kernel, dilation, padding, stride, strict=True)
    )


def _both(padding: Dims) -> tuple[tuple[int, int], ...]:
    return tuple((p, p) for p in padding)


def _listed(value: Any) -> str:
    return f"({', '.join(map(str, value))})"
