"""Gathering and scattering against loops over every index."""

import itertools

import numpy as np
import pytest

from refnn.ops.gathering import gather, scatter, scatter_add, scatter_reduce

X = np.random.default_rng(0).standard_normal((3, 4, 2))
INDEX = np.random.default_rng(1).integers(0, 3, (2, 3, 2))
SRC = np.random.default_rng(2).standard_normal((4, 5, 3))


def places(index, dim):
    """(the index's own place, the place it addresses)."""
    for own in itertools.product(*map(range, index.shape)):
        yield own, (*own[:dim], int(index[own]), *own[dim + 1 :])


@pytest.mark.parametrize("dim", [0, 1])
def test_gather(dim):
    found = gather(X, INDEX, dim=dim)
    assert found.shape == INDEX.shape
    for own, there in places(INDEX, dim):
        assert found[own] == X[there]


@pytest.mark.parametrize("dim", [0, 1])
def test_scatter_and_add(dim):
    written, added = X.copy(), X.copy()
    for own, there in places(INDEX, dim):
        written[there] = SRC[own]
        added[there] += SRC[own]
    np.testing.assert_array_equal(scatter(X, INDEX, SRC, dim=dim), written)
    np.testing.assert_allclose(scatter_add(X, INDEX, SRC, dim=dim), added)
    np.testing.assert_array_equal(scatter(X, INDEX, np.array(7.0), dim=dim)[written != X], 7)


FOLD = {"sum": np.sum, "mean": np.mean, "prod": np.prod, "amax": np.max, "amin": np.min}


@pytest.mark.parametrize("own_value", [True, False])
@pytest.mark.parametrize("reduce", FOLD)
@pytest.mark.parametrize("kind", ["float64", "int64"])
def test_scatter_reduce(reduce, own_value, kind):
    x, src = (8 * X).astype(kind), (8 * SRC).astype(kind)
    met = {}
    for own, there in places(INDEX, 1):
        met.setdefault(there, []).append(src[own])
    expected = x.astype("float64")
    for there, values in met.items():
        expected[there] = FOLD[reduce](([x[there]] if own_value else []) + values)
    found = scatter_reduce(x, INDEX, src, dim=1, reduce=reduce, include_self=own_value)
    assert found.dtype == kind
    np.testing.assert_allclose(found, np.floor(expected) if kind == "int64" else expected)


def test_a_scalar_is_addressed_like_a_vector_of_one():
    x, twice = np.array(2.0), np.array([0, 0])
    np.testing.assert_array_equal(gather(x, twice, dim=0), [2, 2])
    assert scatter_add(x, twice, np.array([3.0, 4.0]), dim=0) == 9
    assert scatter(x, twice, np.array([3.0, 4.0]), dim=0) == 4
    assert scatter_add(x, np.zeros((), np.int64), np.array(5.0), dim=0) == 7


def test_bools_add_up_as_or():
    x = np.array([True, False])
    np.testing.assert_array_equal(scatter_add(x, np.array([0, 1, 1]), np.array([True, False, True]), dim=0), [1, 1])


def test_nothing_to_do():
    none = np.zeros((0, 4), np.int64)
    assert gather(X[..., 0], none, dim=1).shape == (0, 4)
    np.testing.assert_array_equal(scatter_add(X[..., 0], none, np.ones((3, 4)), dim=1), X[..., 0])


def test_nan_and_infinity_are_moved_not_multiplied():
    x = np.array([np.nan, np.inf, 1.0])
    np.testing.assert_array_equal(gather(x, np.array([2, 1, 0]), dim=0), [1, np.inf, np.nan])
    np.testing.assert_array_equal(scatter(x, np.array([0]), np.array([2.0]), dim=0), [2, np.inf, 1])
