"""Spread, log-sum-exp and norms against their definitions in exact arithmetic."""

import math

import numpy as np
import pytest

import refnn
from refnn.ops import statistics as ops
from refnn.ops.nuclear_norm import lyapunov, nuclear_norm, orthogonal_factor

X = np.random.default_rng(0).standard_normal((3, 4))
ALL = {"dim": (0, 1), "keepdim": False}


def test_spread_of_values_far_from_zero():
    x = 1e6 + np.array([1.0, 2.0, 3.0, 4.0], np.float32)
    assert ops.var(x, dim=(0,), correction=1, keepdim=False) == pytest.approx(5 / 3, rel=1e-6)
    assert ops.std(x, dim=(0,), correction=0, keepdim=False) == pytest.approx(math.sqrt(1.25), rel=1e-6)


def test_without_degrees_of_freedom():
    with np.errstate(all="ignore"):
        assert np.isnan(ops.var(np.ones(1), dim=(0,), correction=1, keepdim=False))
        assert np.isposinf(ops.var(np.array([1.0, 2.0]), dim=(0,), correction=5, keepdim=False))


def test_the_gradient_of_std_at_0_is_0():
    x = refnn.ones(3, requires_grad=True)
    x.std().backward()
    assert x.grad.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "x, y",
    [
        ([1000.0, 1000.0], 1000 + math.log(2)),
        ([-1000.0, -1000.0], -1000 + math.log(2)),
        ([-math.inf, 0.0], 0),
        ([-math.inf, -math.inf], -math.inf),
        ([math.inf, 0.0], math.inf),
        ([], -math.inf),
    ],
)
def test_logsumexp(x, y):
    with np.errstate(divide="ignore"):
        assert ops.logsumexp(np.array(x), dim=(0,), keepdim=False) == pytest.approx(y)


@pytest.mark.parametrize("p", [0, 0.5, 1, 2, 3, -1, math.inf, -math.inf])
def test_norms(p):
    flat = [abs(float(v)) for v in X.ravel()]
    expected = {
        0: sum(v != 0 for v in flat),
        math.inf: max(flat),
        -math.inf: min(flat),
    }.get(p) or math.fsum(v**p for v in flat) ** (1 / p)
    assert ops.norm(X, p=p, **ALL) == pytest.approx(expected)
    assert ops.norm(X.astype(np.complex128) * 1j, p=p, **ALL) == pytest.approx(expected)


@pytest.mark.parametrize("p", [1, 2, 3])
def test_renorm_shrinks_what_is_longer_only(p):
    x = np.array([[3.0, 4.0], [0.1, 0.1]])
    y = ops.renorm(x, p=p, dim=0, maxnorm=1.0)
    np.testing.assert_array_equal(y[1], x[1])
    assert np.sum(y[0] ** p) ** (1 / p) == pytest.approx(1, rel=1e-6)


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)])
def test_nuclear_norm(shape):
    x = np.random.default_rng(1).standard_normal(shape)
    gram = x @ x.T if shape[0] < shape[1] else x.T @ x
    total = np.sqrt(np.linalg.eigvalsh(gram)).sum()
    assert nuclear_norm(x, dim=(0, 1), keepdim=False) == pytest.approx(total)
    w = orthogonal_factor(x)
    small = w @ w.T if shape[0] < shape[1] else w.T @ w
    np.testing.assert_allclose(small, np.eye(min(shape)), atol=1e-12)
    assert np.sum(w * x) == pytest.approx(total)


def test_lyapunov_solves_its_equation():
    rng = np.random.default_rng(2)
    c, a = rng.standard_normal((2, 3, 3))
    p = a @ a.T + np.eye(3)
    x = lyapunov(c, p)
    np.testing.assert_allclose(x @ p + p @ x, c)
