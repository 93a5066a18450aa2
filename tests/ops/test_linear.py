"""Linear and bilinear maps against loops, their derivatives against finite differences."""

import itertools

import numpy as np
import pytest

import refnn
from refnn.nn import functional as F
from refnn.ops import _products, _threads
from refnn.ops import linear as ops
from refnn.tensor import wrap


def naive_linear(x, w, b):
    y = np.zeros((*x.shape[:-1], len(w)))
    for place in np.ndindex(x.shape[:-1]):
        for k in range(len(w)):
            y[(*place, k)] = sum(x[place][j] * w[k, j] for j in range(w.shape[1]))
    return y if b is None else y + b


SHAPES = [  # x, weight, bias
    ((2, 3), (4, 3), (4,)),
    ((2, 3), (4, 3), None),
    ((3,), (4, 3), (4,)),
    ((3,), (4, 3), None),
    ((2, 5, 3), (4, 3), (4,)),
    ((2, 5, 3), (4, 3), None),
    ((2, 1, 2, 3), (4, 3), (1, 4)),
    ((2, 3), (4, 3), (1,)),
    ((2, 3), (4, 3), ()),
    ((2, 3), (4, 3), (2, 4)),
    ((5, 2, 3), (4, 3), (2, 4)),
    ((0, 3), (4, 3), (4,)),
    ((2, 0), (4, 0), (4,)),
    ((2, 3), (0, 3), (0,)),
]


def tensors(shapes, seed=0):
    rng = np.random.default_rng(seed)
    return [None if s is None else refnn.from_numpy(np.array(rng.standard_normal(s))) for s in shapes]


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_values(shapes):
    x, w, b = tensors(shapes)
    expected = naive_linear(x.numpy(), w.numpy(), None if b is None else b.numpy())
    found = F.linear(x, w, b)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-14)


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_derivatives(shapes):
    given = [t.requires_grad_() for t in tensors(shapes) if t is not None]
    if any(t.numel() == 0 for t in given):
        F.linear(*given).sum().backward()
        assert [t.grad.shape for t in given] == [t.shape for t in given]
        assert all((t.grad == 0).all() for t in given[:2])
    else:
        assert refnn.autograd.gradcheck(F.linear, given)
        assert refnn.autograd.gradgradcheck(F.linear, given)


@pytest.mark.parametrize("needed", list(itertools.product([False, True], repeat=3)))
def test_only_what_is_asked_for(needed):
    given = tensors(SHAPES[0])
    for t, is_needed in zip(given, needed, strict=True):
        t.requires_grad_(is_needed)
    y = F.linear(*given)
    assert y.requires_grad == any(needed)
    if any(needed):
        y.sum().backward()
    assert [t.grad is not None for t in given] == list(needed)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rows", [1, 31, 64, 127, 128, 129, 200])
@pytest.mark.parametrize("outputs", [1, 63, 64, 65, 512])
def test_fast_and_plain_path_agree(rows, outputs, dtype):
    rng = np.random.default_rng(rows * outputs)
    x, w, b = (rng.standard_normal(s).astype(dtype) for s in ((rows, 40), (outputs, 40), (outputs,)))
    plain = x.astype(float) @ w.astype(float).T + b
    found = ops.linear(x, w, b)
    assert found.flags.c_contiguous
    assert found.dtype == dtype
    np.testing.assert_allclose(found, plain, rtol=0, atol=40 * 40 * np.finfo(dtype).eps)
    g = rng.standard_normal((rows, outputs)).astype(dtype)
    np.testing.assert_allclose(ops.bias_gradient(g), g.astype(float).sum(0), atol=400 * np.finfo(dtype).eps)


@pytest.mark.parametrize("layout", ["transposed", "reversed", "strided"])
def test_not_contiguous(layout):
    base = np.random.default_rng(0).standard_normal((6, 6)).astype("f")
    x = {"transposed": base.T, "reversed": base[::-1], "strided": base[::2]}[layout]
    w = np.random.default_rng(1).standard_normal((4, 6)).astype("f")
    t = wrap(x).requires_grad_()  # from_numpy refuses negative strides, as torch does
    y = F.linear(t, refnn.from_numpy(w), refnn.ones(4))
    np.testing.assert_allclose(y.detach().numpy(), x @ w.T + 1, rtol=1e-5)
    y.sum().backward()
    np.testing.assert_allclose(t.grad.numpy(), np.tile(w.sum(0), (len(x), 1)), rtol=1e-5)


def test_half_precision_is_summed_in_float32():
    x = refnn.full((1, 4096), 1.0, dtype=refnn.float16)
    w = refnn.full((1, 4096), 1.0, dtype=refnn.float16)
    assert F.linear(x, w).item() == 4096  # by ones in half precision the sum would stop at 2048


ERRORS = [
    ((2, 5), (4, 3), (4,), r"mat1 and mat2 shapes cannot be multiplied \(2x5 and 3x4\)"),
    ((2, 2, 5), (4, 3), None, r"mat1 and mat2 shapes cannot be multiplied \(4x5 and 3x4\)"),
    ((5,), (4, 3), (4,), r"mat1 and mat2 shapes cannot be multiplied \(1x5 and 3x4\)"),
    ((2, 3), (4, 3), (5,), r"The expanded size of the tensor \(4\) must match the existing size \(5\)"),
    ((2, 3), (3,), (1,), "mat2 must be a matrix, got 1-D tensor"),
    ((2, 3), (4, 3, 1), (4,), "expects a tensor with <= 2 dimensions, but self is 3D"),
]


@pytest.mark.parametrize("x, w, b, text", ERRORS)
def test_errors(x, w, b, text):
    with pytest.raises(RuntimeError, match=text):
        F.linear(*tensors((x, w, b)))


def test_dtypes_must_agree():
    x, w, b = tensors(SHAPES[0])
    with pytest.raises(RuntimeError, match="mat1 and mat2 must have the same dtype, but got Float and Double"):
        F.linear(x.float(), w, b)
    with pytest.raises(RuntimeError, match="self and mat2 must have the same dtype, but got Float and Double"):
        F.linear(x, w, b.float())
    with pytest.raises(RuntimeError, match="expected m1 and m2 to have the same dtype, but got: float != double"):
        F.linear(x.float(), w)


@pytest.mark.parametrize("batch", [(), (4,), (2, 3), (0,)], ids=str)
@pytest.mark.parametrize("has_bias", [True, False])
def test_bilinear(batch, has_bias):
    x1, x2, w, b = tensors(((*batch, 2), (*batch, 3), (4, 2, 3), (4,) if has_bias else None))
    expected = np.zeros((*batch, 4))
    for place in np.ndindex(*batch):
        for k in range(4):
            expected[(*place, k)] = x1.numpy()[place] @ w.numpy()[k] @ x2.numpy()[place]
    expected = expected if b is None else expected + b.numpy()
    np.testing.assert_allclose(F.bilinear(x1, x2, w, b).numpy(), expected, atol=1e-14)
    given = [t.requires_grad_() for t in (x1, x2, w, b) if t is not None]
    if x1.numel():
        assert refnn.autograd.gradcheck(F.bilinear, given)
        assert refnn.autograd.gradgradcheck(F.bilinear, given)
    else:
        F.bilinear(*given).sum().backward()
        assert x1.grad.shape == x1.shape
        assert (w.grad == 0).all()


@pytest.mark.parametrize("dtype", [np.float32, np.complex128])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(5, 3, 4), (3, 4, 7), (1, 6, 2), (6, 0, 5)], ids=str)
def test_threads_share_a_product(shape, order, dtype, monkeypatch, one_threaded_blas):
    n, k, m = shape
    rng = np.random.default_rng(3)
    a, b = (np.asarray(rng.integers(-4, 5, size), dtype, order=order) for size in ((n, k), (k, m)))
    if dtype == np.complex128:
        a, b = a * (1 + 2j), b * (2 - 1j)
    for count in (1, 3):
        monkeypatch.setattr(_threads, "_count", count)
        monkeypatch.setattr(_products, "_MANY_PRODUCTS", 0)
        monkeypatch.setattr(_products, "_FEW_PRODUCTS", 0)
        found = _products.product(a, b)
        expected = [[sum(a[i, q] * b[q, j] for q in range(k)) for j in range(m)] for i in range(n)]
        assert found.dtype == dtype
        np.testing.assert_array_equal(found, expected)
