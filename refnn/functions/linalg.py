"""Products: torch.matmul, torch.einsum, … and Tensor's methods of these names."""

from __future__ import annotations

import string
from typing import Any

from refnn.autograd.base import TensorBase
from refnn.functions._checks import broadcast_error, into, one_dim, tensor_argument
from refnn.ops import linalg as ops
from refnn.ops import shape as shape_ops


def _same_dtype(x: Any, y: Any, what: str = "expected m1 and m2 to have the same dtype, but got: {} != {}") -> None:
    if x._data.dtype != y._data.dtype:
        names = [_CPP_NAMES.get(a.dtype.name, a.dtype.name) for a in (x, y)]
        raise RuntimeError(what.format(*names))


_CPP_NAMES = {
    "float32": "float", "float64": "double", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "int64": "long",
    "int32": "int", "int16": "short", "int8": "signed char", "uint8": "unsigned char", "bool": "bool",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip


def dot(input: Any, other: Any) -> Any:
    """Σ x_i y_i of two vectors."""
    if input._data.ndim != 1 or other._data.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input._data.ndim}D and {other._data.ndim}D tensors")
    _same_dtype(input, other, "dot : expected both vectors to have same dtype, but found {0} and {1}")
    if input._data.size != other._data.size:
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{input._data.size}] and src [{other._data.size}] to have the "
            f"same number of elements, but got {input._data.size} and {other._data.size} elements respectively"
        )
    return ops.dot(input, other)


def mv(input: Any, vec: Any) -> Any:
    """A matrix times a vector."""
    x, y = input._data, vec._data
    if x.ndim != 2 or y.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {1}, {x.ndim}, {y.ndim}")
    if x.shape[1] != y.shape[0]:
        raise RuntimeError(
            f"size mismatch, got input ({x.shape[0]}), mat ({x.shape[0]}x{x.shape[1]}), vec ({y.shape[0]})"
        )
    _same_dtype(input, vec)
    return ops.mv(input, vec)


def mm(input: Any, mat2: Any, *, out: Any = None) -> Any:
    """A matrix times a matrix."""
    tensor_argument("mm", "input", 1, input)
    tensor_argument("mm", "mat2", 2, mat2)
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
    return into(out, ops.mm(input, mat2))


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
    _same_dtype(input, mat2, "expected scalar type {0} but found {1}")
    return into(out, ops.bmm(input, mat2))


def matmul(input: Any, other: Any, *, out: Any = None) -> Any:
    """x @ y: dot, matrix or batched product, by the numbers of dimensions."""
    tensor_argument("matmul", "input", 1, input)
    tensor_argument("matmul", "other", 2, other)
    return into(out, _matmul(input, other))


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
    _same_dtype(
        x,
        y,
        "expected m1 and m2 to have the same dtype, but got: {} != {}"
        if ny == 2
        else "expected scalar type {0} but found {1}",
    )
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


def outer(input: Any, vec2: Any) -> Any:
    """z_ij = x_i y_j."""
    for name, x in (("self", input), ("vec2", vec2)):
        if x._data.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {x._data.ndim}-D")
    return ops.outer(input, vec2)


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """β input + α mat1 mat2."""
    x, y = mat1._data, mat2._data
    if x.ndim != 2 or y.ndim != 2:
        raise RuntimeError(
            f"mat{1 if x.ndim != 2 else 2} must be a matrix, got {x.ndim if x.ndim != 2 else y.ndim}-D tensor"
        )
    if x.shape[1] != y.shape[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({x.shape[0]}x{x.shape[1]} and {y.shape[0]}x{y.shape[1]})"
        )
    _same_dtype(mat1, mat2)
    return ops.addmm(input, mat1, mat2, beta=beta, alpha=alpha)


def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """β input + α batch1 batch2, matrix by matrix."""
    return ops.addmm(input, batch1, batch2, beta=beta, alpha=alpha)


def einsum(equation: str, *operands: Any) -> Any:
    """Σ of products over the letters that the output lacks, e.g. 'ij,jk->ik'. An ellipsis stands for any dimensions."""
    tensors = list(operands[0]) if len(operands) == 1 and isinstance(operands[0], (tuple, list)) else list(operands)
    left, arrow, right = equation.replace(" ", "").partition("->")
    inputs = left.split(",")
    if len(inputs) != len(tensors):
        raise RuntimeError("einsum(): the number of subscripts in the equation does not match the number of operands")
    inputs, right_ = _expand_ellipsis(inputs, right if arrow else None, tensors)
    cleaned = [_take_diagonals(x, s) for x, s in zip(tensors, inputs, strict=True)]
    return ops.einsum(*[x for x, _ in cleaned], inputs=tuple(s for _, s in cleaned), output=right_)


def _expand_ellipsis(inputs: list[str], output: str | None, tensors: list[Any]) -> tuple[list[str], str]:
    spare = [c for c in string.ascii_letters if c not in "".join(inputs)]
    most = 0
    for s, x in zip(inputs, tensors, strict=True):
        if "..." in s:
            most = max(most, x._data.ndim - len(s) + 3)
    letters = "".join(spare[:most])
    whole: list[str] = []
    for s, x in zip(inputs, tensors, strict=True):
        count = x._data.ndim - len(s) + 3 if "..." in s else 0
        full = s.replace("...", letters[most - count :])
        if len(full) != x._data.ndim:
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({len(full)}) does not match the number of "
                f"dimensions ({x._data.ndim}) for operand {len(whole)} and no ellipsis was given"
            )
        whole.append(full)
    if output is None:
        every = "".join(whole)
        output = letters + "".join(sorted(c for c in set(every) if every.count(c) == 1 and c not in letters))
    return whole, output.replace("...", letters)


def _take_diagonals(x: Any, subscript: str) -> tuple[Any, str]:
    for letter in dict.fromkeys(subscript):
        while subscript.count(letter) > 1:
            first = subscript.index(letter)
            second = subscript.index(letter, first + 1)
            x = shape_ops.diagonal(x, offset=0, dim1=first, dim2=second)
            subscript = subscript[:first] + subscript[first + 1 : second] + subscript[second + 1 :] + letter
    return x, subscript


def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """Contract the last `dims` dimensions of a with the first of b, or the listed ones."""
    na, nb = a._data.ndim, b._data.ndim
    if isinstance(dims, int):
        left, right = list(range(na - dims, na)), list(range(dims))
    else:
        left, right = ([one_dim(d, n) for d in ds] for ds, n in zip(dims, (na, nb), strict=True))
    names_a = list(string.ascii_lowercase[:na])
    names_b = list(string.ascii_uppercase[:nb])
    for i, j in zip(left, right, strict=True):
        names_b[j] = names_a[i]
    kept = [n for i, n in enumerate(names_a) if i not in left] + [n for j, n in enumerate(names_b) if j not in right]
    return ops.einsum(a, b, inputs=("".join(names_a), "".join(names_b)), output="".join(kept))


def trace(input: Any) -> Any:
    """The sum of a matrix's diagonal."""
    if not isinstance(input, TensorBase) or input._data.ndim != 2:
        raise RuntimeError("trace: expected a matrix")
    from refnn.ops.reduction import sum

    return sum(shape_ops.diagonal(input, offset=0, dim1=0, dim2=1), dim=(0,), keepdim=False)
