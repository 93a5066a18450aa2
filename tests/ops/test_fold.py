"""im2col and col2im against loops over windows, and against each other."""

import itertools

import numpy as np
import pytest

import refnn
from refnn.autograd import gradcheck, gradgradcheck
from refnn.ops.fold import col2im, im2col

ROWS = [  # size, kernel, stride, padding (before, after), dilation
    ((5,), (2,), (1,), ((0, 0),), (1,)),
    ((5, 6), (2, 3), (1, 1), ((0, 0), (0, 0)), (1, 1)),
    ((5, 6), (2, 3), (2, 1), ((1, 1), (2, 2)), (1, 2)),
    ((4, 4), (4, 4), (3, 3), ((0, 0), (0, 0)), (1, 1)),
    ((3, 7), (1, 1), (2, 3), ((0, 1), (1, 0)), (1, 1)),
    ((3, 4, 3), (2, 2, 1), (1, 2, 1), ((1, 0), (0, 0), (0, 0)), (1, 1, 2)),
]


def naive(x, kernel, stride, padding, dilation):
    """One number at a time.  x (N, C, *S) -> (N, C · ∏K, ∏L)"""
    size = x.shape[2:]
    axes = list(zip(size, kernel, stride, padding, dilation, strict=True))
    places = [len(range(0, s + lo + hi - d * (k - 1), step)) for s, k, step, (lo, hi), d in axes]
    out = np.zeros((*x.shape[:2], *kernel, *places))
    for tap in itertools.product(*map(range, kernel)):
        for place in itertools.product(*map(range, places)):
            spot = [p * step + t * d - lo for p, t, (_, _, step, (lo, _), d) in zip(place, tap, axes, strict=True)]
            if all(0 <= i < s for i, s in zip(spot, size, strict=True)):
                out[(slice(None), slice(None), *tap, *place)] = x[(slice(None), slice(None), *spot)]
    return out.reshape(x.shape[0], -1, int(np.prod(places)))


def of(row):
    return dict(zip(("kernel", "stride", "padding", "dilation"), row[1:], strict=True))


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.parametrize("order", ["C", "F"])
def test_columns(row, order):
    x = np.asarray(np.random.default_rng(0).standard_normal((2, 3, *row[0])), order=order)
    np.testing.assert_array_equal(im2col(x, **of(row)), naive(x, *row[1:]))
    np.testing.assert_array_equal(im2col(x[0], **of(row)), naive(x[:1], *row[1:])[0])
    np.testing.assert_array_equal(im2col(x[::-1], **of(row)), naive(x[::-1], *row[1:]))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_sum_is_the_transpose(row):
    """⟨im2col x, c⟩ = ⟨x, col2im c⟩."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((2, 3, *row[0]))
    columns = naive(x, *row[1:])
    c = rng.standard_normal(columns.shape)
    image = col2im(c, size=row[0], **of(row))
    assert image.shape == x.shape
    assert image.flags.c_contiguous
    np.testing.assert_allclose((columns * c).sum(), (x * image).sum(), rtol=1e-12)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_gradients(row):
    x = refnn.randn(2, 2, *row[0], dtype=refnn.float64, requires_grad=True)
    c = im2col(x, **of(row)).detach().requires_grad_()
    for check in (gradcheck, gradgradcheck):
        assert check(lambda x: im2col(x, **of(row)), (x,))
        assert check(lambda c: col2im(c, size=row[0], **of(row)), (c,))


def test_a_sum_of_bools_is_their_or():
    ones = np.ones((1, 4, 4), bool)
    image = col2im(ones, size=(3, 3), kernel=(2, 2), stride=(1, 1), padding=((0, 0),) * 2, dilation=(1, 1))
    assert image.dtype == bool
    assert image.all()
