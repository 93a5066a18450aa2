"""What torch checks before it pools to a size, or unpools, in its order and with its words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from refnn.dtypes import not_implemented
from refnn.functions._checks import tensor_argument
from refnn.nn.functional._arguments import int_sequence, is_size, unpacked
from refnn.ops._memory_format import is_channels_last

Dims = tuple[int, ...]

_AXES = ("time", "height", "width")

# Sizes --------------------------------------------------------------------------------------------------


def several(rank: int, value: Any) -> Any:
    """A tuple of an iterable, `rank` copies of anything else."""
    return tuple(value) if isinstance(value, Iterable) else (value,) * rank


def with_default(size: Any, defaults: Sequence[int]) -> Any:
    """The sizes, with None replaced by the default at its place, counted from the end.

    Raises ValueError unless there are more defaults than sizes.
    """
    if isinstance(size, int):
        return size
    if len(defaults) <= len(size):
        raise ValueError(f"Input dimension should be at least {len(size) + 1}")
    last = defaults[len(defaults) - len(size) :]
    return [d if n is None else n for n, d in zip(size, last, strict=True)]


def _ints(function: str, name: str, position: int, value: Any, rank: int) -> Dims:
    """The sizes as a tuple, one int for all. Raises TypeError as torch's parser does."""
    if not is_size(value):
        int_sequence(function, name, position, value)
    return unpacked(function, name, value, rank)


def members(rank: int, kernel_size: Any) -> int:
    """How many places a kernel has. Raises ValueError unless it has one size or `rank` of them."""
    if rank == 2:
        height, width = several(2, kernel_size)  # Python's own ValueError for another number
        return height * width
    time, height, width = several(3, kernel_size)
    return time * height * width


def _dtype(kernel: str, data: Any, rank: int = -1) -> None:
    """Raise NotImplementedError unless the dtype is floating; `rank` is that of a kernel with a channels-last form."""
    if data.dtype.kind not in "fV":
        if data.ndim == rank + 2 and is_channels_last(data):
            kernel += "_channels_last"
        raise not_implemented(kernel, data.dtype)


def _not_empty(function: str, shape: Dims, first: int = 1, got: str = "input has sizes ", stop: str = "") -> None:
    """Raise RuntimeError where a size from dimension `first` on is 0."""
    for dim in range(first, len(shape)):
        if shape[dim] == 0:
            raise RuntimeError(
                f"{function}: Expected input to have non-zero size for non-batch dimensions, but {got}{list(shape)} "
                f"with dimension {dim} being empty{stop}"
            )


# Adaptive -----------------------------------------------------------------------------------------------


def adaptive_avg_size(rank: int, input: Any, size: Any) -> Dims:
    """The sizes, once they, and the dimensions of a one-dimensional input, are right."""
    count = _adaptive_size(rank, "avg", input, size)
    if min(count, default=0) < 0:
        shown = {1: "{{1, {}}}", 2: "{{{}, {}}}", 3: "{{{}, {},{}}}"}[rank].format(*count)
        raise RuntimeError(
            f"adaptive_avg_pool{max(rank, 2)}d: elements of output_size must be greater than or equal to 0 but "
            f"received {shown}"
        )
    return count


def _adaptive_size(rank: int, kind: str, input: Any, size: Any) -> Dims:
    name = f"adaptive_{kind}_pool{rank}d"
    tensor_argument(name, "input", 1, input)
    count = _ints(name, "output_size", 2, size, rank)
    if rank == 1 and input.ndim not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {input.ndim}-dimensional tensor for argument #1 'self' "
            f"(while checking arguments for {name})"
        )
    if rank == 1 and len(count) != 1:
        raise RuntimeError(f"{name}() argument 'output_size' should contain one int (got {len(count)})")
    if kind == "avg" and len(count) != rank:
        raise RuntimeError(f"{name}: output_size must be {rank}")
    return count


def _dimensions(rank: int, name: str, input: Any, colon: str) -> None:
    if rank > 1 and input.ndim not in (rank + 1, rank + 2):
        raise RuntimeError(f"{name}: Expected {rank + 1}D or {rank + 2}D tensor, but got{colon} {list(input.shape)}")


def adaptive_avg(rank: int, input: Any, count: Dims) -> None:
    """Dimensions, empty sizes and dtype of an input that is averaged."""
    name = f"adaptive_avg_pool{max(rank, 2)}d"
    _dimensions(rank, f"{name}()", input, "")
    shape = tuple(input.shape)
    if rank == 1:
        shape = (*shape[:-1], 1, shape[-1])  # torch sees an image of height 1
    _not_empty(f"{name}()", shape, 1 if rank == 3 else len(shape) - 2)
    if rank == 3:
        _dtype("adaptive_avg_pool3d_cpu", input._data)
    elif 0 not in (*count, *input.shape[:-rank]):  # torch returns what is empty
        _dtype(name, input._data, rank)


def adaptive_max(rank: int, input: Any, size: Any) -> Dims:
    """The sizes, once everything is right."""
    count = _adaptive_size(rank, "max", input, size)
    name = f"adaptive_max_pool{rank}d"
    _dimensions(rank, f"{name}()", input, ":")
    shape = tuple(input.shape)
    _not_empty(f"{name}()", shape)
    if len(count) != rank:
        raise RuntimeError(f"{name}(): internal error: output_size.size() must be {rank}")
    for n in count:
        if n < 0:
            made = [*shape[:-rank], *((1,) if rank == 1 else ()), *count]
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {made}")
    if rank == 3:
        _dtype("adaptive_max_pool3d_cpu", input._data)
    else:
        _dtype("adaptive_max_pool2d", input._data, rank)
    return count


# Fractional ---------------------------------------------------------------------------------------------


def by_ratio(rank: int, input: Any, ratio: Any) -> list[int]:
    """⌊S · ratio⌋ for each dimension."""
    ratios = ratio if rank == 2 else several(rank, ratio)
    if rank == 2 and len(ratios) > 2:
        raise ValueError("fractional_max_pool2d requires output_ratio to either be a single Int or tuple of Ints.")
    return [int(input.size(k - rank) * ratios[k]) for k in range(rank)]


def fractional(rank: int, input: Any, kernel_size: Any, output_size: Any, samples: Any) -> tuple[Dims, Dims]:
    """The kernel and the sizes, once everything is right."""
    name = f"fractional_max_pool{rank}d"
    tensor_argument(name, "input", 1, input)
    kernel = _ints(name, "kernel_size", 2, kernel_size, rank)
    count = _ints(name, "output_size", 3, output_size, rank)
    tensor_argument(name, "random_samples", 4, samples)
    three = "three " if rank == 3 else ""
    for what, sizes in (("kernel_size", kernel), ("output_size", count)):
        if len(sizes) != rank:
            raise RuntimeError(f"{name}: {what} must either be a single Int or tuple of {three}Ints")
    function = f"{name}_out()" if rank == 3 else f"{name}()"
    shape = tuple(input.shape)
    _dimensions(rank, function, input, ":")
    _not_empty(function, shape, got="got", stop=".")
    for axis, n, k, s in zip(_AXES[-rank:], count, kernel, shape[-rank:], strict=True):
        if n + k - 1 > s - (rank == 3):
            raise RuntimeError(f"{function}: pool {axis} {k} too large relative to input {axis} {s}")
    for n in count:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {[*shape[:-rank], *count]}")
    _samples(rank, input, samples)
    if 0 not in (*count, *shape[:-rank]):  # torch returns what is empty
        _dtype(f"{name}_out_frame", input._data)
    return kernel, count


def _samples(rank: int, input: Any, samples: Any) -> None:
    data, shape = samples._data, tuple(input.shape)
    if data.dtype != input._data.dtype:
        raise RuntimeError("Expect _random_samples to have the same dtype as input")
    if data.ndim != 3:
        raise RuntimeError(f"Expect _random_samples to have 3 dimensions, got {data.ndim}")
    images = 1 if len(shape) == rank + 1 else shape[0]
    if data.shape[0] < images:
        raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
    if data.shape[1] != shape[-rank - 1]:
        raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
    if data.shape[2] != rank:
        raise RuntimeError(f"Expect _random_samples.size(2) equals to {rank}; got {data.shape[2]}.")


# Unpooling ----------------------------------------------------------------------------------------------


def unpooled_size(input: Any, kernel: Any, stride: Any, padding: Any, output_size: Any) -> Any:
    """The size asked for, or (L − 1) stride − 2 padding + kernel. Raises ValueError where it is too far from that."""
    rank = len(kernel)
    lengths = input.size()[-rank:]
    default = [(lengths[d] - 1) * stride[d] + kernel[d] - 2 * padding[d] for d in range(rank)]
    if output_size is None:
        return default
    if len(output_size) == rank + 2:
        output_size = output_size[2:]
    if len(output_size) != rank:
        raise ValueError(
            f"output_size should be a sequence containing {rank} or {rank + 2} elements, but it has a length of "
            f"'{len(output_size)}'"
        )
    for dim in range(rank):
        low, high = default[dim] - stride[dim], default[dim] + stride[dim]
        if not low < output_size[dim] < high:
            raise ValueError(f'invalid output_size "{output_size}" (dim {dim} must be between {low} and {high})')
    return output_size


def max_unpool(rank: int, input: Any, indices: Any, wanted: Any, stride: Any) -> Dims:
    """The size, once everything is right."""
    if rank == 1:  # torch unpools one dimension as two, the second of length 1
        return max_unpool(2, input.unsqueeze(-1), indices.unsqueeze(-1), [*wanted, 1], stride)[:1]
    name = f"max_unpool{rank}d"
    tensor_argument(name, "indices", 2, indices)
    size = _ints(name, "output_size", 3, wanted, rank)
    _check_unpool(rank, tuple(input.shape), indices, size, stride)
    volume = math.prod(size)
    if volume and input._data.size:  # torch returns what is empty
        _dtype(name, input._data, 2 if rank == 2 else -1)
        outside = indices._data[(indices._data < 0) | (indices._data >= volume)]
        if outside.size:
            raise RuntimeError(
                f"Found an invalid max index: {outside[-1]} (output volumes are of size {'x'.join(map(str, size))})"
            )
    return size


def _check_unpool(rank: int, shape: Dims, indices: Any, size: Dims, stride: Any) -> None:
    if indices._data.dtype != np.int64:
        got = f" but got: {indices.dtype.title}" if rank == 2 else ""
        raise RuntimeError(f"elements in indices should be type int64{got}")
    words = {2: "two elements (height, width)", 3: "three elements (depth, height, width)"}
    lengths = len(size) != rank
    dimensions = len(shape) not in (rank + 1, rank + 2)
    if not lengths:
        for dim, n in enumerate(size):
            if n < 0:
                raise ValueError(
                    f"max_unpooling: output_size must contain non-negative spatial dimensions, but got "
                    f"output_size[{dim}]={n}"
                )
    if lengths and not (rank == 3 and dimensions):
        raise RuntimeError(f"There should be exactly {words[rank]} in output_size, but got {len(size)} elements.")
    if dimensions:
        raise RuntimeError(
            f"Input to max_unpooling{rank}d should be a {rank + 1}d or {rank + 2}d Tensor, but got a tensor with "
            f"{len(shape)} dimensions."
        )
    if shape != tuple(indices.shape):
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(shape)}) but got indices "
            f"tensor with shape: {list(indices.shape)}"
        )
    _not_empty(f"max_unpooling{rank}d_forward_out_cpu()", shape, got="got ", stop=".")
    if rank == 3 and min(stride) <= 0:
        raise RuntimeError(f"strides should be greater than zero, but got stride: {list(stride)}")
