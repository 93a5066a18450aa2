"""Normalisation against plain formulas, in every form and order of memory; precision, blocks, threads."""

import math

import numpy as np
import pytest

from refnn.ops import _cells, _normalize, _threads
from refnn.ops import normalization as ops
from refnn.ops.normalization import Form

BATCH = Form(1, 2, None, True, "", constant=True, ordered=True)
CHANNEL = Form(1, 2, None, False, "", constant=True, ordered=True)
GROUPS = Form(1, 2, 2, False, "", ordered=True)
ONE_GROUP = Form(1, 2, 1, False, "", ordered=True)
LAST = Form(1, 4, 1, False, "")
EXAMPLES = Form(1, 2, 1, False, "")
RMS = Form(1, 4, 1, False, "", centred=False)
CASES = [
    (BATCH, (5, 4)),
    (BATCH, (5, 4, 7)),
    (BATCH, (3, 4, 5, 6)),
    (CHANNEL, (3, 4, 5, 6)),
    (GROUPS, (3, 4, 5, 6)),
    (GROUPS, (3, 4)),
    (ONE_GROUP, (3, 4, 5, 6)),
    (LAST, (3, 4, 5, 6)),
    (EXAMPLES, (9, 8)),
    (RMS, (3, 4, 5, 6)),
]
EPS = 1e-3


def drawn(form, shape, seed=0, offset=0.0):
    """x, its gradient, weight and bias."""
    rng = np.random.default_rng(seed)
    channels = math.prod(shape[form.start : form.stop])
    x, g = rng.standard_normal(shape) + offset, rng.standard_normal(shape)
    return x, g, rng.standard_normal(channels), rng.standard_normal(channels)


def naive(x, weight, bias, form, eps=EPS):
    """(y, h, r, a function that averages over cells), with x as (N, G, D, S)."""
    shape = form.sizes(x.shape)
    axes = (0, 2, 3) if form.batch else (2, 3)
    v = x.reshape(shape)
    v = v - v.mean(axes, keepdims=True) if form.centred else v
    r = 1 / np.sqrt((v * v).mean(axes, keepdims=True) + eps)
    of_channels = (1, *shape[1:3], 1)
    y = v * r * weight.reshape(of_channels) + bias.reshape(of_channels)
    return y.reshape(x.shape), v * r, r, lambda u: u.mean(axes, keepdims=True)


def naive_backward(g, x, weight, form):
    _, h, r, mean = naive(x, weight, weight, form)
    dy = g.reshape(h.shape)
    a = dy * weight.reshape(1, *h.shape[1:3], 1)
    dx = r * (a - h * mean(a * h) - (mean(a) if form.centred else 0))
    return dx.reshape(x.shape), (dy * h).sum((0, 3)).reshape(-1), dy.sum((0, 3)).reshape(-1)


ORDERS = {
    "as it is": lambda a: a,
    "channels last": lambda a: np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 1, -1)), -1, 1),
    "columns first": lambda a: np.asfortranarray(a),
    "reversed": lambda a: np.flip(np.flip(a).copy()),
}


def all_of(x, g, weight, bias, form):
    y, mean, var = ops.normalize(x, weight, bias, form=form, eps=EPS)
    gradients = ops.normalize_backward(g, x, weight, mean, var, form=form, eps=EPS, fixed=False, wanted=(True,) * 3)
    return [y, *gradients]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("form, shape", CASES)
def test_against_the_formulas(form, shape, order):
    x, g, weight, bias = drawn(form, shape)
    expected = [naive(x, weight, bias, form)[0], *naive_backward(g, x, weight, form)]
    found = all_of(ORDERS[order](x), g, weight, bias, form)
    for value, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("form, shape", [case for case in CASES if case != (GROUPS, (3, 4))])  # cells of two values
@pytest.mark.parametrize("offset", [0.0, 3.0, 1e3])
def test_a_large_mean_costs_few_digits(form, shape, offset):
    """Both ways to sum. What remains is the rounding of the mean to float32."""
    x, g, weight, bias = drawn(form, shape, offset=offset)
    x = x.astype(np.float32).astype(np.float64)
    expected = [naive(x, weight, bias, form)[0], *naive_backward(g, x, weight, form)]
    narrow = [a.astype(np.float32) for a in (x, g, weight, bias)]
    found = all_of(*narrow, form)
    for value, wanted in zip(found, expected, strict=True):
        assert value.dtype == np.float32
        np.testing.assert_allclose(value, wanted, rtol=0, atol=2e-6 * max(offset / 20, 1) * np.abs(wanted).max())


@pytest.mark.parametrize("form, shape", CASES)
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_blocks_and_threads_change_nothing(form, shape, threads, monkeypatch, one_threaded_blas):
    x, g, weight, bias = drawn(form, shape, seed=1)
    expected = [naive(x, weight, bias, form)[0], *naive_backward(g, x, weight, form)]
    monkeypatch.setattr(_threads, "_count", threads)
    monkeypatch.setattr(_cells, "_BLOCK", 16)
    monkeypatch.setattr(_cells, "_PIECE", 3)
    for order in ORDERS.values():
        for value, wanted in zip(all_of(order(x), g, weight, bias, form), expected, strict=True):
            np.testing.assert_allclose(value, wanted, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("form", [BATCH, GROUPS])
def test_channels_last_memory_stays(form):
    x, g, weight, bias = drawn(form, (3, 4, 5, 6))
    last = ORDERS["channels last"](x)
    y, dx, *_ = all_of(last, g, weight, bias, form)
    assert y.strides == dx.strides == last.strides
    plain, *_ = all_of(x, g, weight, bias, form)
    assert plain.flags.c_contiguous


def test_statistics_are_the_mean_and_the_biased_variance():
    x, *_ = drawn(BATCH, (5, 4, 7), offset=2.0)
    _, mean, var = ops.normalize(x, None, None, form=BATCH, eps=EPS)
    np.testing.assert_allclose(mean[0], x.mean((0, 2)), rtol=1e-12)
    np.testing.assert_allclose(var[0], x.var((0, 2)), rtol=1e-12)


def test_given_statistics():
    x, g, weight, bias = drawn(BATCH, (5, 4, 7))
    mean, var = np.arange(4.0), np.arange(1.0, 5.0)
    r = 1 / np.sqrt(var + EPS)
    h = (x - mean[:, None]) * r[:, None]
    y = ops.normalize_by(x, weight, bias, mean, var, form=BATCH, eps=EPS)
    np.testing.assert_allclose(y, h * weight[:, None] + bias[:, None], rtol=1e-12, atol=1e-12)
    meta = {"form": BATCH, "eps": EPS, "fixed": True}
    dx, dw, db = ops.normalize_backward(g, x, weight, mean, var, wanted=(True, True, True), **meta)
    np.testing.assert_allclose(dx, g * (r * weight)[:, None], rtol=1e-12)
    np.testing.assert_allclose(dw, (g * h).sum((0, 2)), rtol=1e-10)
    np.testing.assert_allclose(db, g.sum((0, 2)), rtol=1e-12)


@pytest.mark.parametrize(
    "wanted", [(True, False, False), (False, True, False), (False, False, True), (True, False, True)]
)
@pytest.mark.parametrize("form, shape", [(BATCH, (5, 4, 7)), (EXAMPLES, (9, 8))])
def test_only_what_is_wanted(form, shape, wanted):
    x, g, weight, _ = drawn(form, shape)
    _, mean, var = ops.normalize(x, weight, None, form=form, eps=EPS)
    found = ops.normalize_backward(g, x, weight, mean, var, form=form, eps=EPS, fixed=False, wanted=wanted)
    expected = [d for d, want in zip(naive_backward(g, x, weight, form), wanted, strict=True) if want]
    assert len(found) == len(expected)
    for value, right in zip(found, expected, strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-10, atol=1e-11)


def test_no_variance_and_no_eps():
    var = np.zeros((1, 2))
    with np.errstate(divide="ignore"):
        assert _normalize.inverse_deviation(var, 0.0, BATCH).tolist() == [[0.0, 0.0]]
        assert np.isinf(_normalize.inverse_deviation(var, 0.0, GROUPS)).all()


def test_nan_stays_in_its_channel():
    x, _, weight, bias = drawn(BATCH, (5, 4, 7))
    x[2, 1, 3] = np.nan
    y, *_ = ops.normalize(x, weight, bias, form=BATCH, eps=EPS)
    assert np.isnan(y[:, 1]).all()
    assert not np.isnan(y[:, [0, 2, 3]]).any()


def test_half_precision_is_computed_in_float32():
    x, _, weight, bias = (a.astype(np.float16) for a in drawn(EXAMPLES, (9, 8)))
    y, mean, var = ops.normalize(x, weight, bias, form=EXAMPLES, eps=EPS)
    wide, *_ = ops.normalize(*(a.astype(np.float32) for a in (x, weight, bias)), form=EXAMPLES, eps=EPS)
    assert (y.dtype, mean.dtype, var.dtype) == (np.float16, np.float32, np.float32)
    assert (y == wide.astype(np.float16)).all()
