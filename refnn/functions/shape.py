"""Shape and place: torch.cat, torch.transpose, torch.gather, … and Tensor's methods of these names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.inplace import apply_inplace
from refnn.functions._checks import broadcast_error, dims, int_argument, into, one_dim, sizes, tensor_argument
from refnn.ops import indexing as indexing_ops
from refnn.ops import shape as ops
from refnn.ops.creation import cast
from refnn.types import Size


def _whole_shape(shape: tuple[int, ...], numel: int) -> tuple[int, ...]:
    """The shape with its −1 worked out. Raises RuntimeError where it cannot be."""
    if shape.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    for n in shape:
        if n < -1:
            raise RuntimeError(f"invalid shape dimension {n}")
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


def reshape(input: Any, *shape: Any) -> Any:
    """The same elements in another shape: a view where the memory allows one, else a copy."""
    return ops.reshape(input, shape=_whole_shape(sizes(shape), input._data.size))


def view(input: Any, *shape: Any) -> Any:
    """The same memory in another shape, or (with a dtype) in another dtype.

    Raises RuntimeError where that would need a copy.
    """
    from refnn.dtypes import dtype as DType

    if len(shape) == 1 and isinstance(shape[0], DType):
        return wrap(input._data.view(shape[0].numpy))
    whole = _whole_shape(sizes(shape), input._data.size)
    input._settle()
    if not ops.can_view(input._data, whole):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return ops.view(input, shape=whole)


def view_as(input: Any, other: Any) -> Any:
    """view in the shape of `other`."""
    return view(input, other._data.shape)


def reshape_as(input: Any, other: Any) -> Any:
    """reshape to the shape of `other`."""
    return reshape(input, other._data.shape)


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Dimensions start_dim … end_dim as one."""
    tensor_argument("flatten", "input", 1, input)
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


def permute(input: Any, *dims_: Any) -> Any:
    """The dimensions in another order."""
    order = sizes(dims_)
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
    tensor_argument("transpose", "input", 1, input)
    n = input._data.ndim
    d0, d1 = one_dim(dim0, n), one_dim(dim1, n)
    return ops.transpose(input, dim0=d0, dim1=d1) if n else ops.view(input, shape=())


swapaxes = swapdims = transpose


def t(input: Any) -> Any:
    """A matrix transposed; a vector as it is."""
    if input._data.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input._data.ndim}D")
    return ops.t(input)


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Some dimensions moved to other places, the rest in their order."""
    n = input._data.ndim
    src, dst = dims(source, n, False), dims(destination, n, False)
    order = [d for d in range(n) if d not in src]
    for d, s in sorted(zip(dst, src, strict=True)):
        order.insert(d, s)
    return ops.permute(input, dims=tuple(order))


moveaxis = movedim


def squeeze(input: Any, dim: Any = None) -> Any:
    """Without dimensions of length 1: all of them, or those named that are."""
    shape = input._data.shape
    chosen = dims(dim, len(shape), False)
    return ops.squeeze(input, dim=tuple(d for d in chosen if shape[d] == 1))


def unsqueeze(input: Any, dim: int) -> Any:
    """With a new dimension of length 1 at dim."""
    return ops.unsqueeze(input, dim=one_dim(dim, input._data.ndim + 1))


def expand(input: Any, *shape: Any, implicit: bool = False) -> Any:
    """Broadcast to a shape without copying; −1 keeps a length."""
    wanted = sizes(shape)
    have = input._data.shape
    if len(wanted) < len(have):
        raise RuntimeError(
            f"expand({input.type()}{{{list(have)}}}, size={list(wanted)}): the number of sizes provided "
            f"({len(wanted)}) must be greater or equal to the number of dimensions in the tensor ({len(have)})"
        )
    lead = len(wanted) - len(have)
    whole = []
    for d, n in enumerate(wanted):
        own = have[d - lead] if d >= lead else None
        if n == -1 and own is None:
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) isn't allowed in a leading, non-existing dimension {d}"
            )
        if own is not None and n not in (-1, own) and own != 1:
            raise RuntimeError(
                f"The expanded size of the tensor ({n}) must match the existing size ({own}) at non-singleton "
                f"dimension {d}.  Target sizes: {list(wanted)}.  Tensor sizes: {list(have)}"
            )
        whole.append(own if n == -1 and own is not None else n)
    return ops.expand(input, shape=tuple(whole))


def expand_as(input: Any, other: Any) -> Any:
    """expand to the shape of `other`."""
    return expand(input, other._data.shape)


def broadcast_to(input: Any, size: Any) -> Any:
    """expand to a shape."""
    return expand(input, *size)


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
                    f"{which} had {Size(shape)}; but expected shape should be broadcastable to {common}"
                )
            common[d] = shape[d]
    return Size(common)


def broadcast_tensors(*tensors: Any) -> list[Any]:
    """The tensors expanded to their common shape."""
    shapes = [x._data.shape for x in tensors]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise broadcast_error(shapes) from None
    return [ops.expand(x, shape=shape) for x in tensors]


def repeat(input: Any, *repeats: Any) -> Any:
    """Laid side by side so many times along each dimension."""
    times = sizes(repeats)
    if len(times) < input._data.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    return ops.repeat(input, times=times)


def tile(input: Any, *dims_: Any) -> Any:
    """Laid side by side so many times along the last dimensions."""
    times = sizes(dims_)
    return ops.repeat(input, times=(1,) * (input._data.ndim - len(times)) + times)


def repeat_interleave(input: Any, repeats: Any, dim: int | None = None) -> Any:
    """Each element so many times in a row."""
    x = reshape(input, -1) if dim is None else input
    d = 0 if dim is None else one_dim(dim, input._data.ndim)
    counts = repeats._data if isinstance(repeats, TensorBase) else np.asarray(repeats)
    index = np.repeat(np.arange(x._data.shape[d]), counts)
    return indexing_ops.index(x, key=(slice(None),) * d + (index,))


def _sequence(name: str, tensors: Any) -> list[Any]:
    if isinstance(tensors, TensorBase):
        raise TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor")
    given = list(tensors)
    for k, x in enumerate(given):
        if not isinstance(x, TensorBase):
            raise TypeError(f"expected Tensor as element {k} in argument 0, but got {type(x).__name__}")
    return given


def _same_dtype(tensors: list[Any]) -> list[Any]:
    from refnn.dtypes import from_numpy, promote_types

    kinds = {x._data.dtype for x in tensors}
    if len(kinds) <= 1:
        return tensors
    target = from_numpy(tensors[0]._data.dtype)
    for x in tensors:
        target = promote_types(target, from_numpy(x._data.dtype))
    return [x if x._data.dtype == target.numpy else cast(x, dtype=target.numpy) for x in tensors]


def cat(tensors: Sequence[Any], dim: int = 0, *, out: Any = None) -> Any:
    """Tensors one after another along dim. One-dimensional empty tensors are passed over."""
    given = _sequence("cat", tensors)
    if not given:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for k, x in enumerate(given):
        if x._data.ndim == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {k}) cannot be concatenated")
    kept = [x for x in given if x._data.shape != (0,)] or given
    d = one_dim(dim, kept[0]._data.ndim)
    first = kept[0]._data.shape
    for k, x in enumerate(kept):
        shape = x._data.shape
        if len(shape) != len(first):
            raise RuntimeError(f"Tensors must have same number of dimensions: got {len(first)} and {len(shape)}")
        for axis, (n, m) in enumerate(zip(first, shape, strict=True)):
            if axis != d and n != m:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {d}. Expected size {n} but got size {m} for "
                    f"tensor number {k} in the list."
                )
    return into(out, ops.cat(*_same_dtype(kept), dim=d))


concat = concatenate = cat


def stack(tensors: Sequence[Any], dim: int = 0, *, out: Any = None) -> Any:
    """Tensors of one shape side by side along a new dimension."""
    given = _sequence("stack", tensors)
    if not given:
        raise RuntimeError("stack expects a non-empty TensorList")
    first = given[0]._data.shape
    for k, x in enumerate(given):
        if x._data.shape != first:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and "
                f"{list(x._data.shape)} at entry {k}"
            )
    return into(out, ops.stack(*_same_dtype(given), dim=one_dim(dim, len(first) + 1)))


def hstack(tensors: Sequence[Any]) -> Any:
    """cat along dimension 1; along 0 for vectors."""
    given = [x.reshape(1) if x._data.ndim == 0 else x for x in tensors]
    return cat(given, 0 if given[0]._data.ndim == 1 else 1)


def vstack(tensors: Sequence[Any]) -> Any:
    """cat along dimension 0, vectors as rows."""
    return cat([x.reshape(1, -1) if x._data.ndim < 2 else x for x in tensors], 0)


def split(input: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Pieces along dim: of one size (the last may be smaller), or of the given sizes. Views."""
    d = one_dim(dim, input._data.ndim)
    n = input._data.shape[d]
    if isinstance(split_size_or_sections, int):
        size = split_size_or_sections
        if size < 0:
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
        if size == 0:
            if n:
                raise RuntimeError(
                    "split_size can only be 0 if dimension size is 0, but got dimension size of " + str(n)
                )
            pieces = [0]
        else:
            pieces = [min(size, n - start) for start in range(0, n, size)] or [0]
    else:
        pieces = list(split_size_or_sections)
        if sum(pieces) != n:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at dimension {d}), "
                f"but got split_sizes={pieces}"
            )
    return tuple(ops.split(input, sizes=pieces, dim=d))


def split_with_sizes(input: Any, split_sizes: Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Pieces of the given sizes along dim."""
    return split(input, list(split_sizes), dim)


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most so many pieces of equal size along dim."""
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = input._data.shape[one_dim(dim, input._data.ndim)]
    if n == 0:
        return split(input, [0] * chunks, dim)
    return split(input, -(-n // chunks), dim)


def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along dim. Views."""
    if input._data.ndim == 0:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    return tuple(ops.unbind(input, dim=one_dim(dim, input._data.ndim)))


def narrow(input: Any, dim: int, start: int, length: int) -> Any:
    """length elements from start along dim. A view."""
    if input._data.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    d = one_dim(dim, input._data.ndim)
    n = input._data.shape[d]
    begin = int(start)
    if not -n <= begin <= n:
        raise IndexError(f"start out of range (expected to be in range of [{-n}, {n}], but got {begin})")
    begin += n if begin < 0 else 0
    if begin + length > n:
        raise RuntimeError(f"start ({begin}) + length ({length}) exceeds dimension size ({n}).")
    return ops.slice(input, dim=d, start=begin, stop=begin + length, step=1)


def select(input: Any, dim: int, index: int) -> Any:
    """The slice at an index of dim. A view."""
    if input._data.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    d = one_dim(dim, input._data.ndim)
    n = input._data.shape[d]
    if not -n <= index < n:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input._data.shape)} at dimension {d}"
        )
    return ops.select(input, dim=d, index=index + n if index < 0 else index)


def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The diagonal of two dimensions, as the last dimension. A view."""
    n = input._data.ndim
    d1, d2 = one_dim(dim1, n), one_dim(dim2, n)
    if d1 == d2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return ops.diagonal(input, offset=offset, dim1=d1, dim2=d2)


def diag(input: Any, diagonal: int = 0) -> Any:
    """A vector as a diagonal matrix, or a matrix's diagonal."""
    if input._data.ndim == 1:
        n = input._data.shape[0] + abs(diagonal)
        return ops.diagonal_backward(input, shape=(n, n), offset=diagonal, dim1=0, dim2=1)
    if input._data.ndim != 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input._data.ndim}D")
    return ops.diagonal(input, offset=diagonal, dim1=0, dim2=1).clone()


def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The last dimension as the diagonal of two new ones."""
    n = input._data.ndim + 1
    d1, d2 = one_dim(dim1, n), one_dim(dim2, n)
    size = input._data.shape[-1] + abs(offset)
    shape = list(input._data.shape[:-1])
    for d in sorted((d1, d2)):
        shape.insert(d, size)
    return ops.diagonal_backward(input, shape=tuple(shape), offset=offset, dim1=d1, dim2=d2)


def flip(input: Any, *dims_: Any) -> Any:
    """The order along dims reversed. A copy."""
    return ops.flip(input, dims=dims(sizes(dims_), input._data.ndim, False))


def fliplr(input: Any) -> Any:
    """Left and right exchanged."""
    return flip(input, 1)


def flipud(input: Any) -> Any:
    """Top and bottom exchanged."""
    return flip(input, 0)


def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """Shifted around along dims; what leaves at one end enters at the other."""
    moves = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    axes = () if dims is None else ((dims,) if isinstance(dims, int) else tuple(dims))
    if not axes:
        if len(moves) != 1:
            raise RuntimeError(f"shifts and dimensions must align. shifts: {len(moves)}, dims:0")
        return reshape(ops.roll(reshape(input, -1), shifts=moves, dims=(0,)), *input._data.shape)
    if len(moves) != len(axes):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(moves)}, dims:{len(axes)}")
    return ops.roll(input, shifts=moves, dims=tuple(one_dim(d, input._data.ndim) for d in axes))


def tril(input: Any, diagonal: int = 0) -> Any:
    """The lower triangle, zeros above."""
    if input._data.ndim < 2:
        raise RuntimeError("tril: input tensor must have at least 2 dimensions")
    return ops.tril(input, diagonal=diagonal)


def triu(input: Any, diagonal: int = 0) -> Any:
    """The upper triangle, zeros below."""
    if input._data.ndim < 2:
        raise RuntimeError("triu: input tensor must have at least 2 dimensions")
    return ops.triu(input, diagonal=diagonal)


def unfold(input: Any, dimension: int, size: int, step: int) -> Any:
    """Windows along a dimension, as a new last dimension. A view."""
    d = one_dim(dimension, input._data.ndim)
    n = input._data.shape[d]
    if size > n:
        raise RuntimeError(f"maximum size for tensor at dimension {d} is {n} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return ops.unfold(input, dim=d, size=size, step=step)


# Gathering ----------------------------------------------------------------------------------------------


def _check_index(name: str, input: Any, dim: int, index: Any) -> int:
    if index._data.dtype not in (np.int64, np.int32) or (name != "gather" and index._data.dtype != np.int64):
        raise RuntimeError(f"{name}(): Expected dtype int64 for index")
    d = one_dim(dim, input._data.ndim)
    if index._data.size and index._data.ndim != max(input._data.ndim, 1) and input._data.ndim != index._data.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    n = input._data.shape[d] if input._data.ndim else 1
    bad = index._data[(index._data < 0) | (index._data >= n)]
    if bad.size:
        raise RuntimeError(f"index {bad.reshape(-1)[0]} is out of bounds for dimension {d} with size {n}")
    return d


def _check_gather_shape(input: Any, d: int, index: Any) -> None:
    for axis, (n, m) in enumerate(zip(index._data.shape, input._data.shape, strict=False)):
        if axis != d and n > m:
            raise RuntimeError(
                f"Size does not match at dimension {axis} expected index {list(index._data.shape)} to be no "
                "larger than "
                f"self {list(input._data.shape)} apart from dimension {d}"
            )


def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """y[i][j] = input[index[i][j]][j] for dim 0."""
    d = _check_index("gather", input, dim, index)
    _check_gather_shape(input, d, index)
    return ops.gather(input, index, dim=d)


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """gather with broadcasting."""
    if dim is None:
        return gather(input.reshape(-1), 0, indices.reshape(-1))
    d = one_dim(dim, input._data.ndim)
    shape = list(np.broadcast_shapes(
        *[(*x._data.shape[:d], 1, *x._data.shape[d + 1 :]) for x in (input, indices)]
    ))  # fmt: skip
    wide = [expand(x, *shape[:d], x._data.shape[d], *shape[d + 1 :]) for x in (input, indices)]
    return gather(wide[0], d, wide[1])


def _scatter_src(input: Any, src: Any) -> Any:
    if isinstance(src, TensorBase):
        if src._data.dtype != input._data.dtype:
            raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
        return src
    return np.asarray(src, input._data.dtype)


def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Any:
    """input with src (a tensor or a number) written at index along dim."""
    d = _check_index("scatter", input, dim, index)
    given = value if src is None else src
    if reduce is not None:
        if reduce not in ("add", "multiply"):
            raise RuntimeError("reduce argument must be either add or multiply.")
        whole = given if isinstance(given, TensorBase) else wrap(np.full(index._data.shape, given, input._data.dtype))
        if reduce == "add":
            return ops.scatter_add(input, index, whole, dim=d)
        return wrap(_scatter_multiply(input._data, index._data, whole._data, d))
    return ops.scatter(input, index, _scatter_src(input, given), dim=d)


def _scatter_multiply(x: Any, index: Any, src: Any, dim: int) -> Any:
    y = np.array(x)
    np.multiply.at(y, ops._along(index, dim), src[tuple(slice(0, n) for n in index.shape)])
    return y


def scatter_(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None) -> Any:
    """In place: src written at index along dim."""
    d = _check_index("scatter", input, dim, index)
    return apply_inplace(ops.scatter, input, index, _scatter_src(input, value if src is None else src), dim=d)


def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """input with src added at index along dim."""
    d = _check_index("scatter", input, dim, index)
    return ops.scatter_add(input, index, _scatter_src(input, src), dim=d)


def scatter_add_(input: Any, dim: int, index: Any, src: Any) -> Any:
    """In place: src added at index along dim."""
    d = _check_index("scatter", input, dim, index)
    return apply_inplace(ops.scatter_add, input, index, _scatter_src(input, src), dim=d)


def _index_key(input: Any, dim: int, index: Any, name: str = "index_select") -> tuple[Any, ...]:
    d = one_dim(dim, input._data.ndim)
    if index._data.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector")
    if index._data.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32 or int64 for index")
    n = input._data.shape[d] if input._data.ndim else 1
    if index._data.size and (index._data.min() < 0 or index._data.max() >= n):
        raise IndexError("index out of range in self")
    return (slice(None),) * d + (np.atleast_1d(index._data),)


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices at the given indices of dim."""
    key = _index_key(input, dim, index)
    return indexing_ops.index(input, key=key) if input._data.ndim else reshape(input, ())


def _index_write(input: Any, dim: int, index: Any, source: Any, accumulate: bool, run: Any, alpha: Any = 1) -> Any:
    key = _index_key(input, dim, index, "index_add" if accumulate else "index_copy")
    return run(input, source * alpha if alpha != 1 else source, key=key, accumulate=accumulate)


def _put_inplace(input: Any, values: Any, **meta: Any) -> Any:
    return apply_inplace(indexing_ops.index_put, input, values, **meta)


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """input with α source added to the slices at the given indices."""
    return _index_write(input, dim, index, source, True, indexing_ops.index_put, alpha)


def index_add_(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """In place: index_add."""
    return _index_write(input, dim, index, source, True, _put_inplace, alpha)


def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """input with the slices at the given indices replaced."""
    return _index_write(input, dim, index, source, False, indexing_ops.index_put)


def index_copy_(input: Any, dim: int, index: Any, source: Any) -> Any:
    """In place: index_copy."""
    return _index_write(input, dim, index, source, False, _put_inplace)


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """input with the slices at the given indices filled with a number."""
    key = _index_key(input, dim, index, "index_fill")
    fill = value if isinstance(value, TensorBase) else np.asarray(value, input._data.dtype)
    return indexing_ops.index_put(input, fill, key=key, accumulate=False)


def index_fill_(input: Any, dim: int, index: Any, value: Any) -> Any:
    """In place: index_fill."""
    key = _index_key(input, dim, index, "index_fill_")
    fill = value if isinstance(value, TensorBase) else np.asarray(value, input._data.dtype)
    return _put_inplace(input, fill, key=key, accumulate=False)


def _mask(name: str, mask: Any) -> Any:
    if mask._data.dtype != np.bool_:
        raise RuntimeError(f"{name} only supports boolean masks, but got mask with dtype {mask.dtype.title}")
    return mask._data


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """value where the mask is true, input elsewhere."""
    from refnn.ops.comparison import where

    held = _mask("masked_fill", mask)
    fill = value if isinstance(value, TensorBase) else np.asarray(value).astype(input._data.dtype)
    if isinstance(fill, TensorBase) and fill._data.ndim:
        raise RuntimeError(
            "masked_fill only supports a 0-dimensional value tensor, but got tensor with "
            f"{fill._data.ndim} dimension(s)."
        )
    if isinstance(fill, TensorBase) and fill._data.dtype != input._data.dtype:
        fill = cast(fill, dtype=input._data.dtype)
    return where(held, fill, input)


def masked_fill_(input: Any, mask: Any, value: Any) -> Any:
    """In place: value where the mask is true."""
    held = np.broadcast_to(_mask("masked_fill_", mask), input._data.shape)
    fill = value if isinstance(value, TensorBase) else np.asarray(value).astype(input._data.dtype)
    return _put_inplace(input, fill, key=(held,), accumulate=False)


def masked_select(input: Any, mask: Any) -> Any:
    """The elements where the mask is true, in order."""
    shape = np.broadcast_shapes(input._data.shape, mask._data.shape)
    held = np.broadcast_to(_mask("masked_select", mask), shape)
    return indexing_ops.index(ops.expand(input, shape=shape), key=(held,))


def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """input with elements of source, in order, where the mask is true."""
    held = np.broadcast_to(_mask("masked_scatter", mask), input._data.shape)
    n = int(held.sum())
    if source._data.size < n:
        raise RuntimeError(
            f"masked_scatter: expected self and source to have same number of elements, but mask has {n} and "
            f"source {source._data.size}"
        )
    return indexing_ops.index_put(input, reshape(source, -1)[:n], key=(held,), accumulate=False)


def take(input: Any, index: Any) -> Any:
    """The elements at the given places of the flattened tensor."""
    return indexing_ops.index(reshape(input, -1), key=(index._data,))


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The indices of the nonzero elements: a matrix with a row for each, or a tuple."""
    found = np.nonzero(np.atleast_1d(input._data))
    if as_tuple:
        return tuple(wrap(i.astype(np.int64)) for i in found)
    rows = np.stack(found, 1).astype(np.int64)
    return wrap(rows if input._data.ndim else rows[:, :0])


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Any, ...]:
    """Coordinate tensors from coordinate vectors."""
    given = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else list(tensors)
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    n = len(given)
    swap = indexing == "xy" and n >= 2
    order = [1, 0, *range(2, n)] if swap else list(range(n))
    shape = tuple(given[k]._data.size for k in order)
    results = []
    for k, x in enumerate(given):
        place = order.index(k)
        own = [1] * n
        own[place] = x._data.size
        results.append(ops.expand(reshape(x, own), shape=shape))
    return tuple(results)


def atleast_1d(input: Any) -> Any:
    """A 0-dim tensor as a vector; others as they are."""
    return input if input._data.ndim else reshape(input, 1)


def ravel(input: Any) -> Any:
    """flatten."""
    return reshape(input, -1)
