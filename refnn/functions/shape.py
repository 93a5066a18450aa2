"""Views: torch.reshape, transpose, expand, narrow, … and Tensor's methods of these names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.dtypes import dtype as DType
from refnn.functions._broadcast import common_shape, expanded_shape
from refnn.functions._checks import dims, int_argument, one_dim, sizes
from refnn.functions._overloads import invalid_combination
from refnn.ops import shape as ops
from refnn.ops.creation import cast
from refnn.types import Size


def _whole_shape(shape: tuple[int, ...], numel: int) -> tuple[int, ...]:
    """The shape with its −1 worked out. Raises RuntimeError where it cannot be."""
    if shape.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    for k, n in enumerate(shape):
        if n < -1:
            raise RuntimeError(f"invalid shape dimension {n} at index {k} of shape {list(shape)}")
    known = math.prod(n for n in shape if n != -1)
    if -1 in shape:
        if known == 0:
            if numel == 0:
                raise RuntimeError(
                    f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension "
                    "size -1 can be any value and is ambiguous"
                )
        elif numel % known == 0:
            return tuple(numel // known if n == -1 else n for n in shape)
    elif known == numel:
        return shape
    raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {numel}")


def _sizes(function: str, name: str, given: tuple[Any, ...], named: Any) -> tuple[int, ...]:
    """view(2, 3), view((2, 3)) and view(size=(2, 3)) mean the same. Raises TypeError where nothing is given."""
    if named is not None:
        return sizes((named,))
    if not given:
        raise TypeError(f'{function}() missing 1 required positional arguments: "{name}"')
    return sizes(given)


def reshape(input: Any, *args: Any, shape: Any = None) -> Any:
    """The same elements in another shape: a view where the memory allows one, else a copy."""
    return ops.reshape(input, shape=_whole_shape(_sizes("reshape", "shape", args, shape), input._data.size))


def view(input: Any, *args: Any, size: Any = None, dtype: Any = None) -> Any:
    """The same memory in another shape, or (with a dtype) in another dtype.

    Raises RuntimeError where that would need a copy.
    """
    if dtype is not None and args:
        raise invalid_combination("view", args, {"dtype": dtype}, "torch.dtype dtype", "tuple of ints size")
    if dtype is not None or (len(args) == 1 and isinstance(args[0], DType)):
        return _view_as(input, dtype or args[0])
    whole = _whole_shape(_sizes("view", "size", args, size), input._data.size)
    input._settle()
    if not ops.can_view(input._data, whole):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return ops.view(input, shape=whole)


def _view_as(input: Any, dtype: DType) -> Any:
    """The same bytes as another dtype."""
    data, target = input._data, np.dtype(dtype.numpy)
    was, now = data.itemsize, target.itemsize
    if was != now and not data.ndim:
        raise RuntimeError(
            f"self.dim() cannot be 0 to view {input.dtype.title} as {dtype.title} (different element sizes)"
        )
    if was < now and data.shape[-1] % (now // was):
        raise RuntimeError(
            f"self.size(-1) must be divisible by {now // was} to view {input.dtype.title} as {dtype.title} (different "
            f"element sizes), but got {data.shape[-1]}"
        )
    if was != now and data.shape[-1] > 1 and data.strides[-1] != was:
        raise RuntimeError(
            f"self.stride(-1) must be 1 to view {input.dtype.title} as {dtype.title} (different element sizes), "
            f"but got {data.strides[-1] // was}"
        )
    return wrap(data.view(target))


def view_as(input: Any, other: Any) -> Any:
    """view in the shape of `other`."""
    return view(input, other._data.shape)


def reshape_as(input: Any, other: Any) -> Any:
    """reshape to the shape of `other`."""
    return reshape(input, other._data.shape)


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Dimensions start_dim … end_dim as one."""
    int_argument("flatten", "start_dim", 2, start_dim)
    int_argument("flatten", "end_dim", 3, end_dim)
    shape = input._data.shape
    start, end = one_dim(start_dim, len(shape)), one_dim(end_dim, len(shape))
    if not shape:
        return reshape(input, 1)
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if start == end:
        return input
    return ops.reshape(input, shape=(*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def unflatten(input: Any, dim: int, sizes: Any) -> Any:
    """One dimension as several; one size may be −1."""
    int_argument("unflatten", "dim", 1, dim)
    d = one_dim(dim, input._data.ndim)
    if not input._data.ndim:
        raise RuntimeError("unflatten got an unexpected error:\nDimension specified as 0 but tensor has no dimensions")
    n = input._data.shape[d]
    wanted = tuple(sizes)
    if not wanted:
        raise RuntimeError("unflatten: sizes must be non-empty")
    if wanted.count(-1) > 1:
        raise RuntimeError("unflatten got an unexpected error:\nonly one dimension can be inferred")
    known = math.prod(s for s in wanted if s != -1)
    if (-1 not in wanted and known != n) or (-1 in wanted and (known == 0 or n % known)):
        raise RuntimeError(
            f"unflatten: Provided sizes {list(wanted)} don't multiply up to the size of dim {d} ({n}) in the "
            "input tensor"
        )
    whole = tuple(n // known if s == -1 else s for s in wanted)
    return ops.reshape(input, shape=(*input._data.shape[:d], *whole, *input._data.shape[d + 1 :]))


def permute(input: Any, *args: Any, dims: Any = None) -> Any:
    """The dimensions in another order."""
    order = _sizes("permute", "dims", args, dims)
    if len(order) != input._data.ndim:
        raise RuntimeError(
            f"permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {input._data.ndim} is not equal to len(dims) = {len(order)}"
        )
    found = tuple(one_dim(d, input._data.ndim) for d in order)
    if len(set(found)) != len(found):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return ops.permute(input, dims=found)


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Two dimensions exchanged."""
    n = input._data.ndim
    d0, d1 = one_dim(dim0, n), one_dim(dim1, n)
    return ops.transpose(input, dim0=d0, dim1=d1) if n else ops.view(input, shape=())


swapdims = transpose


def swapaxes(input: Any, axis0: int, axis1: int) -> Any:
    """transpose, by NumPy's name."""
    return transpose(input, axis0, axis1)


def t(input: Any) -> Any:
    """A matrix transposed; a vector as it is."""
    if input._data.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input._data.ndim}D")
    return ops.t(input)


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Some dimensions moved to other places, the rest in their order."""
    n = input._data.ndim
    src, dst = ((d,) if isinstance(d, int) else tuple(d) for d in (source, destination))
    if len(src) != len(dst):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(src)} dims) should contain the same number of "
            f"dims as destination ({list(dst)} dims)"
        )
    found = [tuple(one_dim(d, n) for d in given) for given in (src, dst)]
    for name, given, places in (("source", src, found[0]), ("destination", dst, found[1])):
        if len(set(places)) != len(places):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({list(given)})")
    if not n:
        return ops.view(input, shape=())
    order = [d for d in range(n) if d not in found[0]]
    for d, s in sorted(zip(found[1], found[0], strict=True)):
        order.insert(d, s)
    return ops.permute(input, dims=tuple(order))


moveaxis = movedim


def squeeze(input: Any, dim: Any = None) -> Any:
    """Without dimensions of length 1: all of them, or those named that are."""
    shape = input._data.shape
    chosen = dims(dim, len(shape), False)
    several = ops.squeeze if dim is None else ops.squeeze_several if isinstance(dim, (tuple, list)) else ops.squeeze_one
    return several(input, dim=tuple(d for d in chosen if shape[d] == 1))


def unsqueeze(input: Any, dim: int) -> Any:
    """With a new dimension of length 1 at dim."""
    return ops.unsqueeze(input, dim=one_dim(dim, input._data.ndim + 1))


def expand(input: Any, *args: Any, size: Any = None, implicit: bool = False) -> Any:
    """Broadcast to a shape without copying; −1 keeps a length."""
    wanted = sizes((size,)) if size is not None else sizes(args)
    return ops.expand(input, shape=expanded_shape(input._data.dtype, input._data.shape, wanted))


def expand_as(input: Any, other: Any) -> Any:
    """expand to the shape of `other`."""
    return expand(input, other._data.shape)


def broadcast_to(input: Any, size: Any) -> Any:
    """expand to a shape."""
    return expand(input, size=size)


def broadcast_shapes(*shapes: Any) -> Size:
    """The common shape of some shapes; an int stands for one dimension.

    Raises RuntimeError where two lengths differ and neither is 1.
    """
    given = [(s,) if isinstance(s, int) else tuple(s) for s in shapes]
    common = [1] * max((len(s) for s in given), default=0)
    for which, shape in enumerate(given):
        for d in range(-1, -1 - len(shape), -1):
            if shape[d] == common[d] or shape[d] == 1:
                continue
            if shape[d] < 0:
                raise ValueError("Attempting to broadcast a dimension with negative length!")
            if common[d] != 1:
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {shape[d]} at {d}! Mismatching argument at index "
                    f"{which} had {shapes[which]}; but expected shape should be broadcastable to {common}"
                )
            common[d] = shape[d]
    return Size(common)


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """The tensors expanded to their common shape."""
    for k, x in enumerate(tensors):
        if not isinstance(x, TensorBase):
            raise TypeError(f"expected Tensor as element {k} in argument 0, but got {type(x).__name__}")
    shape = common_shape(*[x._data.shape for x in tensors])
    return tuple(ops.expand(x, shape=shape) for x in tensors)


def sum_to_size(input: Any, *size: Any) -> Any:
    """The sum over the dimensions in which `size` would be broadcast to the tensor's shape."""
    from refnn.ops.reduction import sum_to

    wanted = sizes(size)
    have = input._data.shape
    lead = len(have) - len(wanted)
    if lead < 0 or any(n not in (1, m) for n, m in zip(wanted, have[lead:], strict=False)):
        raise RuntimeError(f"size {{{list(wanted)}}} is not expandable to size {{{list(have)}}}.")
    if wanted == have and have:
        return input
    return sum_to(cast(input, dtype=np.int64) if input._data.dtype.kind in "iub" else input, shape=wanted)


# At least so many dimensions --------------------------------------------------------------------------------


def _each(function: Any, name: str, tensors: tuple[Any, ...]) -> Any:
    """A function of one tensor: for one, its result; for several, or a sequence of them, a tuple."""
    if len(tensors) == 1 and isinstance(tensors[0], TensorBase):
        return function(tensors[0])
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    for x in given:
        if not isinstance(x, TensorBase):
            signatures = ("Tensor input", "tuple of Tensors tensors")
            raise invalid_combination(name, tensors, {}, *signatures)
    return tuple(function(x) for x in given)


def atleast_1d(*tensors: Any) -> Any:
    """0-dim tensors as vectors, others as they are; one tensor, or a tuple of several."""
    return _each(lambda x: x if x._data.ndim else reshape(x, 1), "atleast_1d", tensors)


def atleast_2d(*tensors: Any) -> Any:
    """0-dim tensors and vectors as matrices of one row, others as they are."""

    def raised(x: Any) -> Any:
        return x if x._data.ndim > 1 else unsqueeze(x, 0) if x._data.ndim else reshape(x, 1, 1)

    return _each(raised, "atleast_2d", tensors)


def atleast_3d(*tensors: Any) -> Any:
    """With three dimensions: a vector's are (1, N, 1), a matrix's (M, N, 1)."""

    def raised(x: Any) -> Any:
        if not x._data.ndim:
            return reshape(x, 1, 1, 1)
        x = unsqueeze(x, 0) if x._data.ndim == 1 else x
        return unsqueeze(x, -1) if x._data.ndim == 2 else x

    return _each(raised, "atleast_3d", tensors)


def ravel(input: Any) -> Any:
    """flatten, of a copy unless the memory is in C order."""
    return reshape(input.contiguous(), -1)
