"""Parts: torch.narrow, select, diagonal, diag, Tensor.unfold, and copies with a part replaced."""

from __future__ import annotations

from typing import Any

from refnn.autograd.base import TensorBase
from refnn.functions._checks import one_dim
from refnn.functions._out import exact
from refnn.functions.shape import reshape
from refnn.ops import indexing as indexing_ops
from refnn.ops import shape as ops
from refnn.ops.creation import cast


def narrow(input: Any, dim: int, start: int, length: int) -> Any:
    """length elements from start along dim. A view."""
    if input._data.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    d = one_dim(dim, input._data.ndim)
    n = input._data.shape[d]
    if isinstance(start, TensorBase) and (start._data.ndim or start._data.dtype.kind not in "iu"):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
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
    index = int(index)
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


def unfold(input: Any, dimension: int, size: int, step: int) -> Any:
    """Windows along a dimension, as a new last dimension. A view."""
    d = one_dim(dimension, input._data.ndim)
    n = input._data.shape[d] if input._data.ndim else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > n:
        raise RuntimeError(f"maximum size for tensor at dimension {d} is {n} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return ops.unfold(input, dim=d, size=size, step=step)


def diag(input: Any, diagonal: int = 0, *, out: Any = None) -> Any:
    """A vector as a diagonal matrix, or a matrix's diagonal."""
    if input._data.ndim == 1:
        n = input._data.shape[0] + abs(diagonal)
        result = ops.diag_embed(input, shape=(n, n), offset=diagonal, dim1=0, dim2=1)
    elif input._data.ndim == 2:
        result = ops.diagonal_copy(input, offset=diagonal, dim1=0, dim2=1)
    else:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input._data.ndim}D")
    return exact(out, result, input)


def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The last dimension as the diagonal of two new ones."""
    n = input._data.ndim + 1
    d1, d2 = one_dim(dim1, n), one_dim(dim2, n)
    if d1 == d2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    size = input._data.shape[-1] + abs(offset)
    shape = list(input._data.shape[:-1])
    for d in sorted((d1, d2)):
        shape.insert(d, size)
    return ops.diag_embed(input, shape=tuple(shape), offset=offset, dim1=d1, dim2=d2)


def diagflat(input: Any, offset: int = 0) -> Any:
    """The elements in order as a diagonal matrix."""
    return diag(reshape(input, -1), offset)


# With a part replaced -------------------------------------------------------------------------------------


def _source(input: Any, src: Any, shape: tuple[int, ...]) -> Any:
    """src in the tensor's dtype. Raises RuntimeError where it has not the shape of the part."""
    if src._data.shape != shape:
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src._data.shape)}, slice size "
            f"= {list(shape)}"
        )
    return src if src._data.dtype == input._data.dtype else cast(src, dtype=input._data.dtype)


def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """input with src as the slice at an index of dim."""
    part = select(input, dim, index)
    d = one_dim(dim, input._data.ndim)
    key = (*(slice(None),) * d, int(index))
    return indexing_ops.select_scatter(input, _source(input, src, part._data.shape), key=key)


def slice_scatter(
    input: Any, src: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    """input with src as the slice start:end:step of dim."""
    d = one_dim(dim, input._data.ndim)
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    key = (*(slice(None),) * d, slice(start, end, step))
    return indexing_ops.slice_scatter(input, _source(input, src, input._data[key].shape), key=key)


def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """input with src as the diagonal of two dimensions."""
    part = diagonal(input, offset, dim1, dim2)
    n = input._data.ndim
    found = _source(input, src, part._data.shape)
    return ops.diagonal_scatter(input, found, offset=offset, dim1=one_dim(dim1, n), dim2=one_dim(dim2, n))
