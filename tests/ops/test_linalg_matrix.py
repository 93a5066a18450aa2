"""Equations, the exponential, reflectors: against their definitions."""

import numpy as np
import pytest

from refnn.ops import linalg_matrix as ops

rs = np.random.RandomState(3)


def series(x, terms=60):
    """Σ Xᵏ / k!, added up by hand."""
    total, power = np.eye(x.shape[-1]), np.eye(x.shape[-1])
    for k in range(1, terms):
        power = power @ x / k
        total = total + power
    return total


@pytest.mark.parametrize("size", [0.01, 1.0, 4.0, 9.0])
def test_exponential_is_its_series(size):
    x = rs.randn(3, 4, 4) * size / 4
    np.testing.assert_allclose(ops.matrix_exp(x), [series(m) for m in x], rtol=1e-10, atol=1e-10)


def test_exponential_of_a_rotation():
    angle = 100.0
    y = ops.matrix_exp(np.array([[0.0, -angle], [angle, 0.0]]))
    np.testing.assert_allclose(y, [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], atol=1e-12)


def test_exponential_of_special_matrices():
    assert (ops.matrix_exp(np.zeros((3, 3), np.float32)) == np.eye(3)).all()
    assert np.isnan(ops.matrix_exp(np.array([[1.0, np.inf], [0.0, 1.0]]))).all()
    mixed = ops.matrix_exp(np.array([[[np.nan]], [[1.0]]]))
    assert np.isnan(mixed[0]).all()
    np.testing.assert_allclose(mixed[1], np.e)
    assert ops.matrix_exp(np.zeros((2, 0, 0))).shape == (2, 0, 0)


def test_matrices_of_different_sizes_are_scaled_apart():
    x = np.array([[[0.5]], [[40.0]], [[-700.0]]])
    np.testing.assert_allclose(ops.matrix_exp(x)[:, 0, 0], np.exp(x[:, 0, 0]), rtol=1e-11)


@pytest.mark.parametrize("shape", [(4, 4), (5, 3), (2, 4, 3)])
def test_reflectors_of_geqrf_give_q(shape):
    x = rs.randn(*shape)
    a, tau = ops.geqrf(x)
    q = ops.householder_product(a, tau)
    n = shape[-1]
    np.testing.assert_allclose(q @ np.triu(a[..., :n, :]), x, atol=1e-12)
    np.testing.assert_allclose(np.swapaxes(q, -1, -2) @ q, np.broadcast_to(np.eye(n), (*shape[:-2], n, n)), atol=1e-12)


@pytest.mark.parametrize("k", [0, 1, 3])
def test_product_is_that_of_the_reflectors(k):
    a, tau = rs.randn(5, 3), rs.randn(k)
    product = np.eye(5)
    for i in range(k):
        v = np.concatenate([np.zeros(i), [1.0], a[i + 1 :, i]])
        product = product @ (np.eye(5) - tau[i] * np.outer(v, v))
    np.testing.assert_allclose(ops.householder_product(a, tau), product[:, :3], atol=1e-13)


@pytest.mark.parametrize("left", [True, False])
def test_solutions_solve(left):
    a, b = rs.randn(2, 1, 3, 3) + 3 * np.eye(3), rs.randn(4, 3, 3)
    x = ops.solve(a, b, vector=False, left=left)
    np.testing.assert_allclose(a @ x if left else x @ a, np.broadcast_to(b, x.shape), atol=1e-12)


def test_vectors():
    a, b = rs.randn(2, 3, 3) + 3 * np.eye(3), rs.randn(2, 3)
    np.testing.assert_allclose(np.einsum("nij,nj->ni", a, ops.solve(a, b, vector=True, left=True)), b, atol=1e-12)


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)])
def test_pseudoinverse_by_its_four_equations(shape):
    x = rs.randn(*shape)
    p = ops.pinverse(x, rcond=1e-15)
    np.testing.assert_allclose(x @ p @ x, x, atol=1e-12)
    np.testing.assert_allclose(p @ x @ p, p, atol=1e-12)
    np.testing.assert_allclose((x @ p).T, x @ p, atol=1e-12)
    np.testing.assert_allclose((p @ x).T, p @ x, atol=1e-12)


def test_float32_is_kept():
    x = rs.randn(3, 3).astype(np.float32)
    a, tau = ops.geqrf(x)
    results = [a, tau, ops.householder_product(a, tau), ops.matrix_exp(x), ops.pinverse(x, rcond=1e-15)]
    assert all(r.dtype == np.float32 for r in [*results, ops.solve(x, x, vector=False, left=True)])
