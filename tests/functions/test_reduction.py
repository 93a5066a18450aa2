"""Reductions, order, quantiles, running sums: dtypes, named results, refusals, out=."""

import math

import numpy as np
import pytest

import refnn

T = refnn.tensor
X = T([[3.0, 1.0, 2.0], [6.0, 4.0, 5.0]])
NAN = math.nan


def test_integers_and_bools_are_summed_as_int64():
    for x in (T([1, 2], dtype=refnn.int32), T([True, False]), T([1], dtype=refnn.uint8)):
        for function in (refnn.sum, refnn.prod):
            assert function(x).dtype is refnn.int64
        assert refnn.cumsum(x, 0).dtype is refnn.int64
    assert refnn.sum(T([1.5, 2.5]), dtype=refnn.int32).item() == 3
    assert T([1, 2], dtype=refnn.int32).cumsum_(0).dtype is refnn.int32


@pytest.mark.parametrize(
    "pair, fields, first, second",
    [
        (X.max(1), ("values", "indices"), [3, 6], [0, 0]),
        (X.min(1), ("values", "indices"), [1, 4], [1, 1]),
        (X.sort(1), ("values", "indices"), [[1, 2, 3], [4, 5, 6]], [[1, 2, 0], [1, 2, 0]]),
        (X.topk(1), ("values", "indices"), [[3], [6]], [[0], [0]]),
        (X.kthvalue(2), ("values", "indices"), [2, 5], [2, 2]),
        (X.median(1), ("values", "indices"), [2, 5], [2, 2]),
        (X.mode(), ("values", "indices"), [1, 4], [1, 1]),
        (X.cummax(1), ("values", "indices"), [[3, 3, 3], [6, 6, 6]], [[0, 0, 0], [0, 0, 0]]),
        (X.aminmax(dim=1), ("min", "max"), [1, 4], [3, 6]),
    ],
)
def test_named_results(pair, fields, first, second):
    assert pair._fields == fields
    assert type(pair).__module__ == "torch.return_types"
    assert pair[0].tolist() == first
    assert getattr(pair, fields[1]).tolist() == second


@pytest.mark.parametrize("q", [0.0, 0.25, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("way", ["linear", "lower", "higher", "midpoint", "nearest"])
def test_quantiles(q, way):
    row = sorted(float(v) for v in X[0])
    rank = q * 2
    low, high = row[math.floor(rank)], row[math.ceil(rank)]
    expected = {
        "linear": low + (high - low) * (rank - math.floor(rank)),
        "lower": low,
        "higher": high,
        "midpoint": (low + high) / 2,
        "nearest": row[round(rank)],
    }[way]
    assert refnn.quantile(X[0], q, interpolation=way).item() == pytest.approx(expected)


def test_nan():
    x = T([1.0, NAN, 3.0, NAN])
    assert x.nansum() == 4
    assert refnn.nanmean(x) == 2
    assert refnn.nanmedian(x) == 1
    assert x.median().isnan()
    assert refnn.nanquantile(x, 0.5) == 2
    assert refnn.quantile(x, 0.5).isnan()
    assert refnn.unique(x).shape == (4,)


def test_scalars():
    x = T(2.0)
    for name in ("sum", "prod", "amax", "cumsum", "cumprod", "logsumexp", "argmax"):
        assert getattr(refnn, name)(x, 0).shape == ()
    for name in ("max", "sort", "median", "mode", "cummin"):
        assert getattr(refnn, name)(x, 0)[0] == 2
    with pytest.raises(IndexError, match="Dimension out of range"):
        x.sum(1)


def test_counting():
    assert refnn.bincount(T([0, 2, 2]), minlength=4).tolist() == [1, 0, 2, 0]
    assert refnn.bincount(T([1, 1]), T([0.5, 0.25])).tolist() == [0, 0.75]
    assert refnn.histc(T([0.0, 1.0, 1.0, 4.0, 9.0]), 4, 0, 4).tolist() == [1, 2, 0, 1]
    assert refnn.unique_consecutive(T([1, 1, 2, 1]), return_counts=True)[1].tolist() == [2, 1, 1]
    assert refnn.searchsorted(T([1.0, 3.0, 3.0]), T([3.0, NAN]), right=True).tolist() == [3, 3]
    assert refnn.bucketize(3, T([1, 3, 5])) == 1
    assert refnn.count_nonzero(X > 2, 0).tolist() == [2, 1, 1]


def test_covariance():
    rows = X.numpy()
    np.testing.assert_allclose(refnn.cov(X).numpy(), np.cov(rows), rtol=1e-6)
    weights = T([1, 3, 2])
    np.testing.assert_allclose(refnn.cov(X, fweights=weights).numpy(), np.cov(rows, fweights=[1, 3, 2]), rtol=1e-6)
    np.testing.assert_allclose(refnn.corrcoef(X).numpy(), np.corrcoef(rows), rtol=1e-6)


def test_differences_and_areas():
    assert X.diff(n=2).tolist() == [[3], [3]]
    assert X.diff(prepend=refnn.zeros(2, 1)).shape == (2, 3)
    assert (X > 2).diff().tolist() == [[True, False], [False, False]]
    assert refnn.trapezoid(X, T([0.0, 1.0, 3.0])).tolist() == [2 + 3, 5 + 9]
    assert refnn.cumulative_trapezoid(X, dx=2)[0].tolist() == [4, 7]


WRONG = [
    (lambda: refnn.ones(0).max(), RuntimeError, r"max\(\): Expected reduction dim to be specified"),
    (lambda: refnn.ones(2, 0).amax(1), IndexError, "Expected reduction dim 1 to have non-zero size"),
    (lambda: T([1]).mean(), RuntimeError, "could not infer output dtype"),
    (lambda: T([1]).var(), RuntimeError, "std and var only support floating point and complex dtypes"),
    (lambda: X.sum((0, 0)), RuntimeError, "dim 0 appears multiple times in the list of dims"),
    (lambda: X.max("a"), TypeError, "received an invalid combination of arguments"),
    (lambda: X.topk(4), RuntimeError, "selected index k out of range"),
    (lambda: X.norm("abc"), RuntimeError, "Order abc not supported"),
    (lambda: refnn.quantile(X, 2.0), RuntimeError, r"q must be in the range \[0, 1\] but got 2"),
    (lambda: T([True]).median(), NotImplementedError, "\"median_cpu\" not implemented for 'Bool'"),
    (lambda: X.diff(-1), RuntimeError, "order must be non-negative but got -1"),
    (lambda: refnn.std(X, 0, out=T([1, 2, 3])), RuntimeError, "can't be cast to the desired output type Long"),
]


@pytest.mark.parametrize("call, error, text", WRONG)
def test_wrong_calls(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_out_of_several_results():
    values, places = refnn.empty(0), refnn.empty(0, dtype=refnn.int64)
    found = refnn.sort(X, 1, out=(values, places))
    assert found.values is values
    assert values.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert places[0].tolist() == [1, 2, 0]
    with pytest.raises(RuntimeError, match="Expected out tensor to have dtype long int, but got float instead"):
        refnn.max(X, 0, out=(refnn.empty(3), refnn.empty(3)))


def test_no_degrees_of_freedom_warns():
    with pytest.warns(UserWarning, match="degrees of freedom is <= 0"):
        assert refnn.ones(1).std().isnan()
