"""Smooth L1 and Huber losses against a loop over the elements."""

import math

import numpy as np
import pytest

import refnn
from refnn.ops import loss_regression as ops

RNG = np.random.default_rng(5)
SPECIAL = np.array([0.0, -0.0, 0.5, -0.5, 0.25, 3.0, -3.0, 1e300, math.inf, -math.inf, math.nan])


def smooth_l1(d, beta):
    return 0.5 * d * d / beta if abs(d) < beta else abs(d) - 0.5 * beta


def huber(d, delta):
    return 0.5 * d * d if abs(d) < delta else delta * (abs(d) - 0.5 * delta)


CASES = [(ops.smooth_l1_loss, "beta", smooth_l1), (ops.huber_loss, "delta", huber)]


@pytest.mark.parametrize("op, name, formula", CASES)
@pytest.mark.parametrize("bound", [0.5, 1.0, 7.0])
def test_values(op, name, formula, bound):
    x = np.concatenate([RNG.normal(0, 2, 40), SPECIAL])
    each = np.array([formula(float(d), bound) for d in x])
    zeros = np.zeros_like(x)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(op(x, zeros, reduction="none", **{name: bound}), each, rtol=1e-15)
    x, each = x[:40], each[:40]
    for reduction, expected in (("sum", each.sum()), ("mean", each.mean())):
        np.testing.assert_allclose(op(x, zeros[:40], reduction=reduction, **{name: bound}), expected, rtol=1e-14)


@pytest.mark.parametrize("op, name, formula", CASES)
def test_slope_at_the_border_and_at_0(op, name, formula):
    x = refnn.tensor([0.5, -0.5, 0.0, 2.0, -2.0], requires_grad=True)
    op(x, refnn.zeros(5), reduction="sum", **{name: 0.5}).backward()
    steep = 1.0 if name == "beta" else 0.5
    assert x.grad.tolist() == [steep, -steep, 0.0, steep, -steep]


@pytest.mark.parametrize("op, name, formula", CASES)
def test_second_derivative_ends_at_the_border(op, name, formula):
    x = refnn.tensor([0.5, -0.5, 0.25, 2.0], requires_grad=True)
    (g,) = refnn.autograd.grad(op(x, refnn.zeros(4), reduction="sum", **{name: 0.5}), x, create_graph=True)
    g.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 2.0 if name == "beta" else 1.0, 0.0]


def test_empty():
    x = np.zeros((0, 3))
    with np.errstate(all="ignore"):
        assert math.isnan(ops.huber_loss(x, x, reduction="mean", delta=1.0))
    assert ops.smooth_l1_loss(x, x, reduction="sum", beta=1.0) == 0


def test_huber_in_two_dtypes_has_no_gradient():
    x = refnn.ones(2, requires_grad=True)
    loss = ops.huber_loss(x, refnn.zeros(2, dtype=refnn.float64), reduction="sum", delta=1.0)
    assert loss.dtype == refnn.float32
    with pytest.raises(RuntimeError, match="Found dtype Double but expected Float"):
        loss.backward()
