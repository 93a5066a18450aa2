"""A tensor plus a product: torch.addmm, torch.baddbmm, torch.addmv, … : β input + α x y."""

from __future__ import annotations

from typing import Any

from refnn.autograd.inplace import apply_inplace
from refnn.autograd.op import Op
from refnn.dtypes import not_implemented
from refnn.functions._broadcast import expanded_shape
from refnn.functions._checks import one_dim, tensor_argument
from refnn.functions._out import exact, into
from refnn.functions._scalars import as_factor, c_name
from refnn.functions.pointwise import check_factor
from refnn.ops import linalg as ops
from refnn.ops._half import opmath_dtype


def _tensors(name: str, input: Any, x: Any, y: Any, names: tuple[str, str]) -> None:
    tensor_argument(name, "input", 1, input)
    tensor_argument(name, names[0], 2, x)
    tensor_argument(name, names[1], 3, y)


def _check_addmm(name: str, input: Any, mat1: Any, mat2: Any) -> None:
    _tensors(name, input, mat1, mat2, ("mat1", "mat2"))
    x, y = mat1._data, mat2._data
    for which, matrix in (("mat1", x), ("mat2", y)):
        if matrix.ndim != 2:
            raise RuntimeError(f"{which} must be a matrix, got {matrix.ndim}-D tensor")
    if x.shape[1] != y.shape[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({x.shape[0]}x{x.shape[1]} and {y.shape[0]}x{y.shape[1]})"
        )
    expanded_shape(input._data.dtype, input._data.shape, (x.shape[0], y.shape[1]))
    for which, other in (("self", input), ("mat1", mat1)):
        if other._data.dtype != y.dtype:
            raise RuntimeError(
                f"{which} and mat2 must have the same dtype, but got {other.dtype.title} and {mat2.dtype.title}"
            )


def _check_batches(name: str, input: Any, batch1: Any, batch2: Any) -> None:
    _tensors(name, input, batch1, batch2, ("batch1", "batch2"))
    x, y = batch1._data, batch2._data
    for batch in (x, y):
        if batch.ndim != 3:
            one_dim(2, batch.ndim)
            raise RuntimeError(f"batch{1 if batch is x else 2} must be a 3D tensor")
    if name.startswith("addbmm"):
        if x.shape[0] != y.shape[0]:
            raise RuntimeError(f"batch1 and batch2 must have same number of batches, got {x.shape[0]} and {y.shape[0]}")
        if x.shape[2] != y.shape[1]:
            raise RuntimeError(
                f"Incompatible matrix sizes for bmm ({x.shape[1]}x{x.shape[2]} and {y.shape[1]}x{y.shape[2]})"
            )
        expanded_shape(input._data.dtype, input._data.shape, (x.shape[1], y.shape[2]))
        return
    expanded_shape(input._data.dtype, input._data.shape, (x.shape[0], x.shape[1], y.shape[2]))
    if x.shape[0] != y.shape[0] or x.shape[2] != y.shape[1]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{x.shape[0]}, {x.shape[2]}] but got: "
            f"[{y.shape[0]}, {y.shape[1]}]."
        )
    kinds = [c_name(a.dtype) for a in (input, batch1, batch2)]
    if len(set(kinds)) > 1:
        raise RuntimeError("Input dtypes must be the same, got: input {}, batch1: {}, batch2: {}".format(*kinds))


def _check_addmv(name: str, input: Any, mat: Any, vec: Any) -> None:
    _tensors(name, input, mat, vec, ("mat", "vec"))
    b, x, y = input._data, mat._data, vec._data
    if x.ndim != 2 or y.ndim != 1 or b.ndim > 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got {b.ndim}, {x.ndim}, {y.ndim}")
    if x.shape[1] != y.shape[0] or (b.size != 1 and b.size != x.shape[0]):
        raise RuntimeError(
            f"size mismatch, got input ({b.shape[0] if b.ndim else 1}), mat ({x.shape[0]}x{x.shape[1]}), "
            f"vec ({y.shape[0]})"
        )


def _check_addr(name: str, input: Any, vec1: Any, vec2: Any) -> None:
    _tensors(name, input, vec1, vec2, ("vec1", "vec2"))
    for which, vector in (("vec1", vec1), ("vec2", vec2)):
        if vector._data.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {which}, but got {vector._data.ndim}-D")
    expanded_shape(input._data.dtype, input._data.shape, (vec1._data.size, vec2._data.size))


_KERNELS = {
    "addmm": "addmm_impl_cpu_",
    "addbmm": "addmm_impl_cpu_",
    "baddbmm": "baddbmm",
    "addmv": "addmv_impl_cpu",
    "addr": "addr_cpu",
}


def _factors(name: str, input: Any, x: Any, y: Any, beta: Any, alpha: Any) -> dict[str, Any]:
    """β and α as numbers. Raises for a dtype that torch has no product of, and for what it cannot hold."""
    dtype = x._data.dtype
    if name == "addr" and dtype.kind in "iub":
        for called, factor in (("beta", beta), ("alpha", alpha)):
            check_factor(called, factor, input, x, y)
    if not (x._data.size and y._data.size):
        return {"beta": beta, "alpha": alpha}
    if (dtype.kind == "b" and name != "addr") or (dtype.kind == "u" and dtype.itemsize > 1):
        raise not_implemented(_KERNELS[name], x.dtype)
    held = dtype if name in ("addmv", "addr") else opmath_dtype(dtype)
    return {"beta": as_factor(beta, held, rounded=True), "alpha": as_factor(alpha, held, rounded=True)}


def _run(operation: Op, name: str, out: Any, input: Any, x: Any, y: Any, beta: Any, alpha: Any) -> Any:
    return exact(out, operation(input, x, y, **_factors(name, input, x, y, beta, alpha)))


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """β input + α mat1 mat2. A β of 0 ignores input, NaN included."""
    _check_addmm("addmm", input, mat1, mat2)
    return _run(ops.addmm, "addmm", out, input, mat1, mat2, beta, alpha)


def addmm_(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """In place: β input + α mat1 mat2."""
    _check_addmm("addmm_", input, mat1, mat2)
    return apply_inplace(ops.addmm, input, mat1, mat2, **_factors("addmm", input, mat1, mat2, beta, alpha))


def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """β input + α batch1 batch2, matrix by matrix."""
    _check_batches("baddbmm", input, batch1, batch2)
    return _run(ops.baddbmm, "baddbmm", out, input, batch1, batch2, beta, alpha)


def baddbmm_(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """In place: β input + α batch1 batch2, matrix by matrix."""
    _check_batches("baddbmm_", input, batch1, batch2)
    return apply_inplace(ops.baddbmm, input, batch1, batch2, **_factors("baddbmm", input, batch1, batch2, beta, alpha))


def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """β input + α times the sum of the products of two batches of matrices."""
    _check_batches("addbmm", input, batch1, batch2)
    return _run(ops.addbmm, "addbmm", out, input, batch1, batch2, beta, alpha)


def addbmm_(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """In place: β input + α times the sum of the products of two batches of matrices."""
    _check_batches("addbmm_", input, batch1, batch2)
    return apply_inplace(ops.addbmm, input, batch1, batch2, **_factors("addbmm", input, batch1, batch2, beta, alpha))


def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """β input + α mat vec, of a matrix and a vector."""
    _check_addmv("addmv", input, mat, vec)
    return _run(ops.addmv, "addmv", out, input, mat, vec, beta, alpha)


def addmv_(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """In place: β input + α mat vec."""
    _check_addmv("addmv_", input, mat, vec)
    return apply_inplace(ops.addmv, input, mat, vec, **_factors("addmv", input, mat, vec, beta, alpha))


def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """β input + α vec1 vec2ᵀ."""
    _check_addr("addr", input, vec1, vec2)
    return into(out, ops.addr(input, vec1, vec2, **_factors("addr", input, vec1, vec2, beta, alpha)))


def addr_(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """In place: β input + α vec1 vec2ᵀ."""
    _check_addr("addr_", input, vec1, vec2)
    return apply_inplace(ops.addr, input, vec1, vec2, **_factors("addr", input, vec1, vec2, beta, alpha))
