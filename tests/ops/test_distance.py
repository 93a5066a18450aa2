"""Distances: against loops over pairs of rows, finite differences, and each other."""

import itertools
import math

import numpy as np
import pytest

import refnn
from refnn.nn import functional as F

INF, NAN = math.inf, math.nan
ORDERS = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, INF]
MATRIX, DIFFERENCES = "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist"


def distance(a, b, p):
    gaps = [abs(u - v) for u, v in zip(a, b, strict=True)]
    if p == 0:
        return float(sum(gap != 0 for gap in gaps))
    if p == INF:
        return max(gaps)
    return math.fsum(gap**p for gap in gaps) ** (1 / p)


def rows(n, m, seed=0):
    return np.random.default_rng(seed).standard_normal((n, m))


@pytest.mark.parametrize("p", ORDERS)
@pytest.mark.parametrize("n, m", [(2, 1), (7, 3), (300, 5)])
def test_pdist(n, m, p):
    x = rows(n, m)
    expected = [distance(a, b, p) for a, b in itertools.combinations(x.tolist(), 2)]
    np.testing.assert_allclose(F.pdist(refnn.tensor(x), p).numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("p", ORDERS)
@pytest.mark.parametrize("n, r, m", [(1, 1, 1), (4, 3, 2), (200, 100, 6)])
def test_cdist(n, r, m, p):
    x, y = rows(n, m), rows(r, m, 1)
    expected = [[distance(a, b, p) for b in y.tolist()] for a in x.tolist()]
    found = refnn.cdist(refnn.tensor(x), refnn.tensor(y), p, DIFFERENCES)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("p", ORDERS)
def test_first_derivatives(p):
    x, y = (refnn.tensor(rows(n, 3, n), requires_grad=True) for n in (4, 5))
    assert refnn.autograd.gradcheck(lambda a: F.pdist(a, p), (x,))
    assert refnn.autograd.gradcheck(lambda a, b: refnn.cdist(a, b, p, DIFFERENCES), (x, y))


def test_by_a_product():
    x, y = (refnn.tensor(rows(n, 3, n), requires_grad=True) for n in (4, 5))
    apart = refnn.cdist(x, y, compute_mode=DIFFERENCES)
    np.testing.assert_allclose(refnn.cdist(x, y, compute_mode=MATRIX).detach(), apart.detach(), rtol=1e-12)
    assert refnn.autograd.gradcheck(lambda a, b: refnn.cdist(a, b, compute_mode=MATRIX), (x, y))
    assert refnn.autograd.gradgradcheck(lambda a, b: refnn.cdist(a, b, compute_mode=MATRIX), (x, y))


def test_many_rows_are_a_product():
    x, y = refnn.randn(26, 2, requires_grad=True), refnn.randn(3, 2)
    assert refnn.cdist(x, y).grad_fn.next_functions[0][0].name() == "EuclideanDistBackward0"
    assert refnn.cdist(x[:25], y).grad_fn.name() == "CdistBackward0"
    assert refnn.cdist(x, y, 1.0).grad_fn.name() == "CdistBackward0"


@pytest.mark.parametrize("p", ORDERS)
def test_equal_rows_have_no_gradient(p):
    x = refnn.ones(3, 2, requires_grad=True)
    F.pdist(x, p).sum().backward()
    assert x.grad.tolist() == [[0, 0]] * 3


def test_ties_of_the_largest_count_in_full():
    x = refnn.tensor([[0.0, 0.0], [3.0, -3.0]], requires_grad=True)
    F.pdist(x, INF).sum().backward()
    assert x.grad.tolist() == [[-1, 1], [1, -1]]


def test_batches_broadcast():
    x, y = refnn.randn(2, 1, 4, 3), refnn.randn(5, 6, 3)
    found = refnn.cdist(x, y)
    assert found.shape == (2, 5, 4, 6)
    for i, j in itertools.product(range(2), range(5)):
        np.testing.assert_allclose(found[i, j], refnn.cdist(x[i, 0], y[j]), rtol=1e-5)


@pytest.mark.parametrize("function", [F.pdist, lambda x: refnn.cdist(x, x.detach())])
def test_no_second_derivative(function):
    x = refnn.randn(4, 3, requires_grad=True)
    (g,) = refnn.autograd.grad(function(x).sum(), x, create_graph=True)
    with pytest.raises(NotImplementedError, match=r"the derivative for '_.dist_backward' is not implemented\."):
        g.sum().backward()


def cosine(a, b, eps=1e-8):
    lengths = [max(math.sqrt(math.fsum(v * v for v in vector)), eps) for vector in (a, b)]
    return math.fsum(u * v for u, v in zip(a, b, strict=True)) / (lengths[0] * lengths[1])


@pytest.mark.parametrize("eps", [1e-8, 1.0])
def test_cosine_similarity(eps):
    x, y = rows(6, 3), rows(6, 3, 1)
    expected = [cosine(a, b, eps) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    tensors = [refnn.tensor(v, requires_grad=True) for v in (x, y)]
    np.testing.assert_allclose(F.cosine_similarity(*tensors, eps=eps).detach(), expected, rtol=1e-12)
    assert refnn.autograd.gradcheck(F.cosine_similarity, tensors)
    assert refnn.autograd.gradgradcheck(F.cosine_similarity, tensors)


def test_the_bound_of_cosine_similarity_is_a_constant():
    x = refnn.tensor([[0.0, 0.0]], requires_grad=True)
    F.cosine_similarity(x, refnn.tensor([[3.0, 4.0]]), eps=0.5).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [[1.2, 1.6]], rtol=1e-6)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0, INF])
def test_pairwise_distance_and_normalize(p):
    x, y = rows(6, 3), rows(6, 3, 1)
    expected = [distance([v + 1e-6 for v in a], b, p) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    tensors = [refnn.tensor(v, requires_grad=True) for v in (x, y)]
    np.testing.assert_allclose(F.pairwise_distance(*tensors, p).detach(), expected, rtol=1e-12)
    assert refnn.autograd.gradcheck(lambda a, b: F.pairwise_distance(a, b, p), tensors)
    unit = F.normalize(tensors[0], p)
    np.testing.assert_allclose(unit.norm(p, 1).detach(), 1, rtol=1e-12)
    assert refnn.autograd.gradcheck(lambda a: F.normalize(a, p), tensors[:1])


def test_pairwise_distance_of_equal_rows_is_not_zero():
    assert F.pairwise_distance(refnn.zeros(3), refnn.zeros(3)).item() > 0


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda: F.pdist(refnn.ones(3)), RuntimeError, "pdist only supports 2D tensors, got: 1D"),
        (lambda: F.pdist(refnn.ones(2, 2), -1), RuntimeError, "pdist only supports non-negative p values"),
        (
            lambda: refnn.cdist(refnn.ones(3), refnn.ones(3)),
            RuntimeError,
            "cdist only supports at least 2D tensors, X1",
        ),
        (lambda: refnn.cdist(refnn.ones(2, 3), refnn.ones(2, 2)), RuntimeError, "X1: 3 X2: 2"),
        (lambda: refnn.cdist(refnn.ones(2, 3), refnn.ones(2, 3), compute_mode="x"), ValueError, "x is not a valid"),
        (lambda: F.cosine_similarity(refnn.ones(2, 3), refnn.ones(2, 3), 1, -1.0), RuntimeError, "eps must be non-neg"),
        (lambda: F.pairwise_distance(refnn.ones(2, 3), refnn.ones(2, 2)), RuntimeError, "The size of tensor a"),
    ],
)
def test_wrong_calls(call, error, text):
    with pytest.raises(error, match=text):
        call()
