"""Products: torch.matmul, torch.tensordot, … and Tensor's methods of these names."""

from __future__ import annotations

from typing import Any

from refnn.autograd.base import TensorBase
from refnn.autograd.op import Op
from refnn.dtypes import not_implemented
from refnn.functions._broadcast import broadcast_error
from refnn.functions._checks import one_dim, tensor_argument, warn
from refnn.functions._elementwise import broadcast
from refnn.functions._out import exact, into
from refnn.functions._scalars import c_name
from refnn.functions.reduction import summed
from refnn.ops import linalg as ops
from refnn.ops import pointwise
from refnn.ops import shape as shape_ops
from refnn.ops.reduction import sum as sum_over


def _same_dtype(x: Any, y: Any) -> None:
    if x._data.dtype != y._data.dtype:
        names = " != ".join(c_name(a.dtype) for a in (x, y))
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {names}")


def _same_type(operation: Op, x: Any, y: Any) -> None:
    """The check of kernels that look at the first tensor's dtype before they compare the other's with it."""
    if operation.refused and x._data.dtype.kind in operation.refused:
        operation._refuse(x._data.dtype)
    if x._data.dtype != y._data.dtype:
        raise RuntimeError(f"expected scalar type {x.dtype.title} but found {y.dtype.title}")


_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DOT = "result dtype {out} does not match input dtype {result}"


def _check_vectors(name: str, input: Any, other: Any) -> None:
    tensor_argument(name, "input", 1, input)
    tensor_argument(name, "other" if name == "vdot" else "tensor", 2, other)
    if input._data.ndim != 1 or other._data.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input._data.ndim}D and {other._data.ndim}D tensors")
    if input._data.dtype != other._data.dtype:
        raise RuntimeError(
            f"dot : expected both vectors to have same dtype, but found {input.dtype.title} and {other.dtype.title}"
        )
    if input._data.size != other._data.size:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{input._data.size}] and src [{other._data.size}] to have the "
            f"same number of elements, but got {input._data.size} and {other._data.size} elements respectively"
        )


def dot(input: Any, tensor: Any, *, out: Any = None) -> Any:
    """Σ x_i y_i of two vectors."""
    _check_vectors("dot", input, tensor)
    return into(out, ops.dot(input, tensor), _DOT)


def mv(input: Any, vec: Any, *, out: Any = None) -> Any:
    """A matrix times a vector."""
    x, y = input._data, vec._data
    if x.ndim != 2 or y.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {1}, {x.ndim}, {y.ndim}")
    if x.shape[1] != y.shape[0]:
        raise RuntimeError(
            f"size mismatch, got input ({x.shape[0]}), mat ({x.shape[0]}x{x.shape[1]}), vec ({y.shape[0]})"
        )
    if x.dtype != y.dtype:
        first, second = input.dtype.title, vec.dtype.title
        raise RuntimeError(f"addmv input tensors must have the same dtype, but got {second}, {first}, and {second}")
    return exact(out, ops.mv(input, vec))


def mm(input: Any, mat2: Any, *, out: Any = None) -> Any:
    """A matrix times a matrix."""
    x, y = input._data, mat2._data
    if x.ndim != 2:
        raise RuntimeError("self must be a matrix")
    if y.ndim != 2:
        raise RuntimeError("mat2 must be a matrix")
    if x.shape[1] != y.shape[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({x.shape[0]}x{x.shape[1]} and {y.shape[0]}x{y.shape[1]})"
        )
    _same_dtype(input, mat2)
    return exact(out, ops.mm(input, mat2))


def bmm(input: Any, mat2: Any, *, out: Any = None) -> Any:
    """A batch of matrices times a batch of matrices."""
    x, y = input._data, mat2._data
    if x.ndim != 3:
        raise RuntimeError("batch1 must be a 3D tensor")
    if y.ndim != 3:
        raise RuntimeError("batch2 must be a 3D tensor")
    if x.shape[0] != y.shape[0] or x.shape[2] != y.shape[1]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{x.shape[0]}, {x.shape[2]}] but got: "
            f"[{y.shape[0]}, {y.shape[1]}]."
        )
    _same_type(ops.bmm, input, mat2)
    return exact(out, ops.bmm(input, mat2))


def matmul(input: Any, other: Any, *, out: Any = None) -> Any:
    """x @ y: dot, matrix or batched product, by the numbers of dimensions."""
    return exact(out, _matmul(input, other))


def _matmul(x: Any, y: Any) -> Any:
    nx, ny = x._data.ndim, y._data.ndim
    if nx == 2 and ny == 2:
        return mm(x, y)
    if nx == 0 or ny == 0:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {nx}D and {ny}D")
    if nx == 1 and ny == 1:
        return dot(x, y)
    if nx == 2 and ny == 1:
        return mv(x, y)
    if nx == 1:
        row = _matmul(shape_ops.unsqueeze(x, dim=0), y)
        return shape_ops.squeeze(row, dim=(row._data.ndim - 2,))
    if ny == 1:
        column = _matmul(x, shape_ops.unsqueeze(y, dim=1))
        return shape_ops.squeeze(column, dim=(column._data.ndim - 1,))
    if ny == 2:
        _same_dtype(x, y)
    else:
        _same_type(ops.bmm, x, y)
    _check_batches(x._data.shape, y._data.shape)
    return ops.bmm(x, y)


def _check_batches(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    if a[-1] != b[-2]:
        if len(b) == 2:
            rows = 1
            for n in a[:-1]:
                rows *= n
            raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({rows}x{a[-1]} and {b[0]}x{b[1]})")
        batch = 1
        for n in a[:-2]:
            batch *= n
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{batch}, {a[-1]}] but got: "
            f"[{batch}, {b[-2]}]."
        )
    for k in range(1, min(len(a), len(b)) - 1):
        if a[-2 - k] != b[-2 - k] and 1 not in (a[-2 - k], b[-2 - k]):
            raise broadcast_error([a[:-2], b[:-2]])


def outer(input: Any, vec2: Any, *, out: Any = None) -> Any:
    """z_ij = x_i y_j."""
    for name, x in (("self", input), ("vec2", vec2)):
        if x._data.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x._data.ndim}-D")
    if input._data.dtype != vec2._data.dtype:
        return into(out, pointwise.mul(shape_ops.unsqueeze(input, dim=1), vec2))
    return into(out, ops.outer(input, vec2))


ger = outer


def vdot(input: Any, other: Any, *, out: Any = None) -> Any:
    """Σ x̄_i y_i of two vectors."""
    _check_vectors("vdot", input, other)
    return into(out, ops.vdot(input, other), _DOT)


def inner(input: Any, other: Any, *, out: Any = None) -> Any:
    """The sum of products along the last dimensions: z_ij = Σ_k x_ik y_jk. A 0-dim tensor multiplies."""
    x, y = input._data, other._data
    if not x.ndim or not y.ndim:
        return into(out, pointwise.mul(input, other))
    if x.shape[-1] != y.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(x.shape)} and {list(y.shape)}"
        )
    if x.ndim == 1 and y.ndim == 1 and x.dtype == y.dtype:
        return into(out, ops.dot(input, other))
    return into(out, tensordot(input, other, ([-1], [-1])))


def kron(input: Any, other: Any, *, out: Any = None) -> Any:
    """The Kronecker product: every element of input, times other."""
    n = max(input._data.ndim, other._data.ndim)
    x, y = (_with_ones(a, n - a._data.ndim) for a in (input, other))
    shape = tuple(i * j for i, j in zip(x._data.shape, y._data.shape, strict=True))
    for d in range(n):
        x, y = shape_ops.unsqueeze(x, dim=2 * d + 1), shape_ops.unsqueeze(y, dim=2 * d)
    return into(out, shape_ops.view(pointwise.mul(x, y), shape=shape))


def _with_ones(x: Any, count: int) -> Any:
    for _ in range(count):
        x = shape_ops.unsqueeze(x, dim=0)
    return x


def cross(input: Any, other: Any, dim: int | None = None, *, out: Any = None) -> Any:
    """The cross product along a dimension of length 3: by default, with a warning, the first such one."""
    x, y = input._data, other._data
    if dim is None:
        warn(
            "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or "
            "simply use torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross "
            "in a future release.",
        )
        if 3 not in x.shape:
            raise RuntimeError("no dimension of size 3 in input")
        dim = x.shape.index(3)
    if x.ndim != y.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    d = one_dim(dim, x.ndim)
    if x.shape[d] != 3 or y.shape[d] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {x.shape[d]} and {y.shape[d]}"
        )
    _same_type(ops.cross, input, other)
    return exact(out, broadcast(ops.cross, input, other, dim=d))


_TENSORDOT = "tensordot: Expected the output tensor to have dtype {result}, but got an output tensor with dtype {out}"


def tensordot(a: Any, b: Any, dims: Any = 2, out: Any = None) -> Any:
    """Contract the last `dims` dimensions of a with the first of b, or the listed ones.

    A dimension of length 1 is contracted with any. Raises RuntimeError for lengths that differ.
    """
    left, right = _contracted(a._data.ndim, b._data.ndim, dims)
    if a._data.dtype != b._data.dtype:
        raise RuntimeError("both inputs should have same dtype")
    for i, j in zip(left, right, strict=True):
        m, n = a._data.shape[i], b._data.shape[j]
        if m != n and 1 not in (m, n):
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {m} in dim {_given(dims, 0, i, left)} and "
                f"second has size {n} in dim {_given(dims, 1, j, right)}"
            )
        if m != n and m == 1:
            b = sum_over(b, dim=(j,), keepdim=True)
        elif m != n:
            a = sum_over(a, dim=(i,), keepdim=True)
    names_a = list(_LETTERS[: a._data.ndim])
    names_b = list(_LETTERS[26 : 26 + b._data.ndim])
    for i, j in zip(left, right, strict=True):
        names_b[j] = names_a[i]
    kept = [n for i, n in enumerate(names_a) if i not in left] + [n for j, n in enumerate(names_b) if j not in right]
    return into(out, ops.einsum(a, b, inputs=("".join(names_a), "".join(names_b)), output="".join(kept)), _TENSORDOT)


def _contracted(na: int, nb: int, dims: Any) -> tuple[list[int], list[int]]:
    """The dimensions of a and of b that are summed over."""
    if isinstance(dims, TensorBase):
        dims = dims.tolist() if dims._data.ndim else int(dims._data)  # type: ignore[attr-defined]
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(na, nb):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        return list(range(na - dims, na)), list(range(dims))
    first, second = ([ds] if isinstance(ds, int) else list(ds) for ds in dims)
    if len(first) != len(second):
        raise RuntimeError("both dimension lists should have same length")
    return [one_dim(d, na) for d in first], [one_dim(d, nb) for d in second]


def _given(dims: Any, which: int, dim: int, chosen: list[int]) -> int:
    """A dimension as the caller wrote it; counted ones are written from the end of a, from the start of b."""
    if isinstance(dims, int):
        return dim if which else chosen.index(dim) - len(chosen)
    listed = dims[which]
    return int(listed if isinstance(listed, int) else list(listed)[chosen.index(dim)])


def trace(input: Any) -> Any:
    """The sum of a matrix's diagonal. Raises RuntimeError for another number of dimensions."""
    if input._data.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input._data.ndim}")
    kind = input._data.dtype
    if kind.kind == "b" or (kind.kind == "u" and kind.itemsize > 1):
        raise not_implemented("trace", input.dtype)
    return sum_over(shape_ops.diagonal(summed(input, None), offset=0, dim1=0, dim2=1), dim=(0,), keepdim=False)
