"""Losses against loops over the elements, and their derivatives against finite differences."""

import math

import numpy as np
import pytest

import refnn
from refnn.autograd import gradcheck, gradgradcheck
from refnn.ops import loss as ops
from refnn.ops._log1p import log1p_unit

RNG = np.random.default_rng(3)
REDUCTIONS = ("none", "sum", "mean")


def squared(x, y, w, p):
    return (x - y) ** 2


def bce(x, t, w, p):
    log = lambda v: max(math.log(v), -100.0) if v else -100.0  # noqa: E731
    return -w * (t * log(x) + (1 - t) * log(1 - x))


def bce_of_logits(x, t, w, p):
    log_sigmoid = lambda v: -math.log1p(math.exp(-v)) if v > 0 else v - math.log1p(math.exp(v))  # noqa: E731
    return -w * (p * t * log_sigmoid(x) + (1 - t) * log_sigmoid(-x))


def by_loop(formula, x, t, weight, pos_weight, reduction):
    shape = x.shape
    w, p = (np.broadcast_to(1.0 if a is None else a, shape) for a in (weight, pos_weight))
    each = np.zeros(shape)
    for i in np.ndindex(shape):
        each[i] = formula(x[i], t[i], w[i], p[i])
    total = math.fsum(each.ravel().tolist())
    return {"none": each, "sum": total, "mean": total / x.size if x.size else math.nan}[reduction]


SHAPES = [(), (5,), (3, 4), (2, 1, 3)]
WEIGHTS = {"none": None, "each": "shape", "last dimension": "last"}


def arrays(op, shape, weights, dtype=np.float64):
    x = RNG.uniform(0.05, 0.95, shape) if op is ops.binary_cross_entropy else RNG.normal(0, 3, shape)
    t = RNG.uniform(0, 1, shape)
    if weights is None:
        extra = None
    else:
        extra = RNG.uniform(0.5, 2, shape if weights == "shape" else shape[-1:])
    return [a if a is None else np.asarray(a).astype(dtype) for a in (x, t, extra)]


CASES = [
    (op, formula, shape, weights, reduction)
    for op, formula, takes in (
        (ops.mse_loss, squared, 0),
        (ops.binary_cross_entropy, bce, 1),
        (ops.binary_cross_entropy_with_logits, bce_of_logits, 2),
    )
    for shape in SHAPES
    for weights in (WEIGHTS.values() if takes else [None])
    for reduction in REDUCTIONS
]


def arguments(op, x, t, extra):
    if op is ops.mse_loss:
        return x, t
    if op is ops.binary_cross_entropy:
        return x, t, extra
    return x, t, extra, None if extra is None else extra[..., ::-1] if extra.ndim else extra


@pytest.mark.parametrize("op, formula, shape, weights, reduction", CASES)
def test_value(op, formula, shape, weights, reduction):
    args = arguments(op, *arrays(op, shape, weights))
    w, p = (*args[2:], None, None)[:2]
    expected = by_loop(formula, args[0], args[1], w, p, reduction)
    np.testing.assert_allclose(op(*args, reduction=reduction), expected, rtol=1e-12)


@pytest.mark.parametrize("op, formula, shape, weights, reduction", CASES)
def test_derivatives(op, formula, shape, weights, reduction):
    args = [a if a is None else refnn.from_numpy(np.array(a)) for a in arguments(op, *arrays(op, shape, weights))]
    inputs = [a.requires_grad_() for a in args[:2]]

    def loss(x, t):
        return op(x, t, *args[2:], reduction=reduction)

    assert gradcheck(loss, inputs)
    assert gradgradcheck(loss, inputs)


@pytest.mark.parametrize("op, formula, shape, weights, reduction", CASES)
def test_float32_stays_float32(op, formula, shape, weights, reduction):
    plain = arguments(op, *arrays(op, shape, weights, np.float32))
    args = [a if a is None else refnn.from_numpy(np.array(a)) for a in plain]
    x = args[0].requires_grad_()
    loss = op(*args, reduction=reduction)
    assert loss.dtype is refnn.float32
    (g,) = refnn.autograd.grad(loss.sum(), x)
    assert g.dtype is refnn.float32


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bce_at_the_ends(dtype):
    """The logarithm is at least −100, and x (1 − x) at least 1e−12 in the gradient."""
    x = refnn.from_numpy(np.array([0, 1, 0, 1], dtype)).requires_grad_()
    t = refnn.from_numpy(np.array([1, 0, 0, 1], dtype))
    loss = ops.binary_cross_entropy(x, t, None, reduction="none")
    assert loss.tolist() == [100, 100, 0, 0]
    (g,) = refnn.autograd.grad(loss.sum(), x)
    np.testing.assert_allclose(g.numpy(), [-1e12, 1e12, 0, 0], rtol=1e-6)


@pytest.mark.parametrize("reduction, expected", [("none", []), ("sum", 0.0), ("mean", math.nan)])
@pytest.mark.parametrize("op", [ops.mse_loss, ops.binary_cross_entropy, ops.binary_cross_entropy_with_logits])
def test_empty(op, reduction, expected):
    empty = refnn.zeros(0)
    args = arguments(op, empty, empty, None)
    np.testing.assert_equal(op(*args, reduction=reduction).tolist(), expected)


def test_logits_far_out():
    x = np.array([1e4, -1e4, 1e4, -1e4, 0.0])
    t = np.array([1.0, 0.0, 0.0, 1.0, 0.5])
    got = ops.binary_cross_entropy_with_logits(x, t, None, None, reduction="none")
    np.testing.assert_allclose(got, [0, 0, 1e4, 1e4, math.log(2)])


def test_log1p_unit_is_as_good_as_float32_allows():
    x = np.concatenate([np.linspace(0, 1, 5000), np.exp(-RNG.exponential(8, 5000)), [0.0, 1.0]]).astype(np.float32)
    exact = np.log1p(x.astype(np.float64))
    got = log1p_unit(x)
    assert got.dtype == np.float32
    ulp = np.spacing(exact.astype(np.float32)).astype(np.float64)
    assert np.max(np.abs(got - exact) / ulp) < 1.4
    assert np.isnan(log1p_unit(np.full(2000, np.nan, np.float32))).all()
