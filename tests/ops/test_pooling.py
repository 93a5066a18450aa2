"""Pooling against naive loops; its derivatives against finite differences; special values; memory layout."""

import itertools
import math

import numpy as np
import pytest

import refnn
from refnn.autograd import gradcheck, gradgradcheck
from refnn.ops import _threads
from refnn.ops import pooling as ops
from refnn.ops.pooling import Pool, places

NAN, INF = math.nan, math.inf


def windows(size, pool):
    """For each place the positions of its window's taps inside x, in row-major order, one tuple each."""
    counts = []
    for n, k, s, p, d in zip(size, *pool[:4], strict=True):
        room = n + 2 * p - d * (k - 1) - 1
        count = (math.ceil(room / s) if pool.ceil_mode else room // s) + 1
        counts.append(count - 1 if pool.ceil_mode and (count - 1) * s >= n + p else count)
    for place in np.ndindex(*counts):
        axes = [
            [at for j in range(k) if 0 <= (at := o * s - p + j * d) < n]
            for o, n, k, s, p, d in zip(place, size, *pool[:4], strict=True)
        ]
        yield place, list(itertools.product(*axes))


def naive_max(x, pool):
    """(maxima, flat positions): a later tap wins only if it is larger, or NaN."""
    size = x.shape[-pool.rank :]
    found = {}
    for place, taps in windows(size, pool):
        for lead in np.ndindex(*x.shape[: -pool.rank]):
            best = taps[0]
            for tap in taps[1:]:
                if x[lead + tap] > x[lead + best] or np.isnan(x[lead + tap]):
                    best = tap
            found[lead + place] = x[lead + best], np.ravel_multi_index(best, size)
    shape = tuple(np.max(list(found), axis=0) + 1)
    y, index = np.empty(shape, x.dtype), np.empty(shape, np.int64)
    for at, (value, position) in found.items():
        y[at], index[at] = value, position
    return y, index


def naive_avg(x, pool, count_include_pad, divisor_override):
    size = x.shape[-pool.rank :]
    found = {}
    for place, taps in windows(size, pool):
        count = 1
        for o, n, k, s, p in zip(place, size, *pool[:3], strict=True):
            start, stop = o * s - p, min(o * s - p + k, n + p)
            count *= stop - start if count_include_pad else min(stop, n) - max(start, 0)
        for lead in np.ndindex(*x.shape[: -pool.rank]):
            found[lead + place] = sum(x[lead + tap] for tap in taps) / (divisor_override or count)
    y = np.empty(tuple(np.max(list(found), axis=0) + 1), x.dtype)
    for at, value in found.items():
        y[at] = value
    return y


def channels_last(x):
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)


LAYOUTS = {
    "contiguous": np.ascontiguousarray,
    "channels last": channels_last,
    "strided": lambda x: np.repeat(x, 2, -1)[..., ::2],
    "negative strides": lambda x: np.flip(np.flip(x, (0, -1)).copy(), (0, -1)),
    "transposed": lambda x: np.ascontiguousarray(np.swapaxes(x, 1, -1)).swapaxes(1, -1),
}

# name: shape, kernel, stride, padding, dilation, ceil_mode
CASES = {
    "1d": ((2, 3, 8), (2,), (2,), (0,), (1,), False),
    "1d, overlap, padding": ((2, 3, 7), (3,), (1,), (1,), (1,), False),
    "1d, ceil drops a window": ((1, 1, 5), (2,), (2,), (1,), (1,), True),
    "1d, ceil overhangs": ((1, 2, 4), (3,), (2,), (1,), (1,), True),
    "1d, one long window": ((2, 3, 20), (20,), (1,), (0,), (1,), False),
    "1d, one long window, dilated": ((2, 3, 21), (10,), (1,), (0,), (2,), False),
    "2d": ((2, 3, 6, 8), (2, 2), (2, 2), (0, 0), (1, 1), False),
    "2d, leftover": ((2, 3, 7, 5), (2, 2), (2, 2), (0, 0), (1, 1), False),
    "2d, overlap": ((2, 2, 7, 8), (3, 3), (2, 2), (1, 1), (1, 1), False),
    "2d, ceil": ((1, 2, 6, 7), (3, 2), (2, 3), (1, 0), (1, 1), True),
    "2d, gaps": ((1, 2, 7, 9), (2, 1), (3, 4), (0, 0), (1, 1), False),
    "2d, dilation": ((2, 2, 8, 7), (2, 3), (1, 2), (1, 1), (3, 2), False),
    "2d, no batch": ((3, 6, 5), (2, 3), (2, 1), (1, 1), (1, 1), False),
    "3d": ((1, 2, 4, 5, 4), (2, 3, 2), (2, 1, 2), (1, 1, 0), (1, 1, 1), True),
    "3d, no batch": ((2, 4, 4, 3), (2, 2, 2), (2, 2, 1), (0, 0, 0), (1, 1, 1), False),
    "3d, dilation": ((1, 1, 6, 5, 5), (2, 2, 2), (1, 2, 1), (1, 0, 1), (2, 3, 2), False),
}


def case(name):
    shape, *rest = CASES[name]
    return shape, Pool(*rest)


def few_values(shape):
    """Small integers: many ties."""
    return np.random.default_rng(list(shape)).integers(-2, 3, shape).astype(np.float64)


def all_different(shape):
    return np.random.default_rng(list(shape)).permutation(math.prod(shape)).reshape(shape) / 7.0


FILLS = {
    "ties": few_values,
    "different": all_different,
    "NaN": lambda shape: np.where(few_values(shape) == 1, NAN, few_values(shape)),
    "-inf": lambda shape: np.where(few_values(shape) < 1, -INF, few_values(shape)),
    "inf and NaN": lambda shape: np.select(
        [few_values(shape) == 1, few_values(shape) == 2], [NAN, INF], few_values(shape)
    ),
}


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", CASES)
def test_max_pool_and_indices_equal_the_loop(name, layout, fill):
    shape, pool = case(name)
    x = LAYOUTS[layout](FILLS[fill](shape))
    expected, expected_index = naive_max(x, pool)
    y, index = ops.max_pool_with_indices(x, pool=pool)
    np.testing.assert_array_equal(y, expected)
    np.testing.assert_array_equal(index, expected_index)
    np.testing.assert_array_equal(ops.max_pool(x, pool=pool), expected)
    assert index.dtype == np.int64


@pytest.mark.parametrize("fill", FILLS)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", CASES)
def test_max_pool_backward_adds_at_the_loop_s_positions(name, layout, fill):
    shape, pool = case(name)
    x = LAYOUTS[layout](FILLS[fill](shape))
    y, index = naive_max(x, pool)
    g = np.random.default_rng(0).standard_normal(y.shape)
    expected = np.zeros(shape)
    for at in np.ndindex(*y.shape):
        lead = at[: len(at) - pool.rank]
        expected[lead + np.unravel_index(index[at], shape[-pool.rank :])] += g[at]
    np.testing.assert_allclose(ops.max_pool_backward(g, x, y, pool=pool), expected, atol=1e-12)


@pytest.mark.parametrize("count_include_pad, divisor", [(True, None), (False, None), (True, 3), (False, -2)])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", [name for name in CASES if "dilat" not in name])
def test_avg_pool_equals_the_loop(name, layout, count_include_pad, divisor):
    shape, pool = case(name)
    x = LAYOUTS[layout](np.random.default_rng(1).standard_normal(shape))
    y = ops.avg_pool(x, pool=pool, count_include_pad=count_include_pad, divisor_override=divisor)
    np.testing.assert_allclose(y, naive_avg(x, pool, count_include_pad, divisor), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", CASES)
def test_max_pool_first_and_second_derivatives(name):
    shape, pool = case(name)
    x = refnn.tensor(all_different(shape), requires_grad=True)
    assert gradcheck(lambda x: ops.max_pool(x, pool=pool), (x,))
    assert gradcheck(lambda x: ops.max_pool_with_indices(x, pool=pool)[0], (x,))
    # the pooling is piecewise linear: of the derivative's derivative only the part in g is left
    assert gradgradcheck(lambda x: ops.max_pool(x, pool=pool) ** 2, (x,), atol=1e-3)


@pytest.mark.parametrize("name", [name for name in CASES if "dilat" not in name])
def test_avg_pool_first_and_second_derivatives(name):
    shape, pool = case(name)
    x = refnn.tensor(np.random.default_rng(2).standard_normal(shape), requires_grad=True)
    meta = {"pool": pool, "count_include_pad": False, "divisor_override": None}
    assert gradcheck(lambda x: ops.avg_pool(x, **meta), (x,))
    assert gradgradcheck(lambda x: ops.avg_pool(x, **meta) ** 2, (x,))


@pytest.mark.parametrize("name", CASES)
def test_gather_and_scatter_are_transposes(name):
    """⟨scatter(g), u⟩ = ⟨g, gather(u)⟩."""
    shape, pool = case(name)
    rng = np.random.default_rng(3)
    x, u = few_values(shape), rng.standard_normal(shape)
    y, index = ops.max_pool_with_indices(x, pool=pool)
    g = rng.standard_normal(y.shape)
    meta = {"size": shape[-pool.rank :], "pool": pool, "last": False}
    left = np.sum(ops.max_pool_scatter(g, index, **meta) * u)
    right = np.sum(g * ops.max_pool_gather(u, index, **meta))
    assert left == pytest.approx(right)


@pytest.mark.parametrize(
    "size, pool, expected",
    [
        ((5,), Pool((2,), (2,), (1,), (1,), True), (3,)),  # ⌈5/2⌉ + 1 = 4, less the one in the padding
        ((5,), Pool((2,), (2,), (1,), (1,), False), (3,)),
        ((4,), Pool((3,), (2,), (1,), (1,), True), (3,)),
        ((7, 7), Pool((3, 3), (2, 2), (0, 0), (1, 1), True), (3, 3)),
        ((8,), Pool((3,), (2,), (0,), (2,), False), (2,)),
        ((2,), Pool((5,), (1,), (0,), (1,), False), (-2,)),
    ],
)
def test_places(size, pool, expected):
    assert places(pool, size) == expected


def test_average_of_ones_leaves_the_overhang_out():
    pool = Pool((3,), (2,), (1,), (1,), True)
    y = ops.avg_pool(np.ones((1, 1, 4)), pool=pool, count_include_pad=True, divisor_override=None)
    np.testing.assert_allclose(y, [[[2 / 3, 1, 0.5]]])


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.int32, np.int64])
def test_integers(dtype):
    x = np.array([[[3, 1, 0, 7, 7, 2]]], dtype)
    y, index = ops.max_pool_with_indices(x, pool=Pool((3,), (3,), (1,), (1,), False))
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, [[[3, 7]]])
    np.testing.assert_array_equal(index, [[[0, 3]]])


def test_average_of_integers_rounds_toward_zero():
    x = np.array([[[-3, -4, 5, 2]]])
    pool = Pool((2,), (2,), (0,), (1,), False)
    y = ops.avg_pool(x, pool=pool, count_include_pad=True, divisor_override=None)
    np.testing.assert_array_equal(y, [[[-3, 3]]])


@pytest.mark.parametrize("kernel", [ops.max_pool, ops.avg_pool])
def test_half_precision_sums_in_float32(kernel):
    x = np.full((1, 1, 64, 64), 1.001, np.float16)
    x[0, 0, 0, 0] = 1.002
    meta = {} if kernel is ops.max_pool else {"count_include_pad": True, "divisor_override": None}
    y = kernel(x, pool=Pool((64, 64), (1, 1), (0, 0), (1, 1), False), **meta)
    assert y.dtype == np.float16
    np.testing.assert_allclose(y, [[[[x.max() if kernel is ops.max_pool else x[0, 0, 1, 1]]]]], rtol=1e-3)


@pytest.mark.parametrize("shape", [(0, 3, 6, 6), (2, 3, 6, 6)])
def test_float32_stays_and_empty_batches_pass(shape):
    pool = Pool((2, 2), (2, 2), (0, 0), (1, 1), False)
    x = refnn.ones(*shape, requires_grad=True)
    for y in (
        ops.max_pool(x, pool=pool),
        ops.avg_pool(x, pool=pool, count_include_pad=True, divisor_override=None),
    ):
        (g,) = refnn.autograd.grad(y.sum(), x)
        assert y.shape == (shape[0], 3, 3, 3)
        assert g.shape == shape
        assert y.dtype == g.dtype == refnn.float32


def test_a_window_without_taps_is_lowest_and_takes_no_gradient():
    """A dilation of 2 over a single value with padding 1: both taps lie outside."""
    pool = Pool((2, 2), (1, 1), (1, 1), (2, 2), False)
    x = np.ones((1, 1, 1, 1))
    y, index = ops.max_pool_with_indices(x, pool=pool)
    assert y.item() == -INF
    assert index.item() == 2  # where the first tap at or after 0 would be: row 1, column 1 of width 1
    assert ops.max_pool_backward(np.ones_like(y), x, y, pool=pool).item() == 0
    meta = {"size": (1, 1), "pool": pool, "last": False}
    assert ops.max_pool_gather(x, index, **meta).item() == 0


@pytest.mark.parametrize("shape", [(2, 3, 6, 8), (2, 3, 4, 6, 4)])
def test_channels_last_memory_passes_on(shape):
    rank = len(shape) - 2
    pool = Pool((2,) * rank, (2,) * rank, (0,) * rank, (1,) * rank, False)
    x = refnn.from_numpy(channels_last(all_different(shape))).requires_grad_()
    y = ops.max_pool(x, pool=pool)
    (g,) = refnn.autograd.grad(y, x, refnn.from_numpy(np.ones(y.shape)))
    for array in (y._data, g._data):
        assert np.moveaxis(array, 1, -1).flags.c_contiguous


@pytest.mark.parametrize("kernel", [(2, 2), (3, 2)])
def test_blocks_of_images_do_not_show(kernel, monkeypatch):
    x = few_values((7, 3, 9, 9))
    pool = Pool(kernel, (2, 2), (1, 1), (1, 1), False)
    y = ops.max_pool(x, pool=pool)
    g = np.random.default_rng(4).standard_normal(y.shape)
    whole = ops.max_pool_backward(g, x, y, pool=pool)
    monkeypatch.setattr(ops, "_BLOCK", 150)
    np.testing.assert_array_equal(ops.max_pool_backward(g, x, y, pool=pool), whole)


def test_scratch_memory_is_never_returned():
    """A second call must not change what the first returned."""
    pool = Pool((3, 3), (2, 2), (1, 1), (1, 1), False)
    rng = np.random.default_rng(5)
    x, other = rng.standard_normal((2, 2, 3, 8, 8))
    y, index = ops.max_pool_with_indices(x, pool=pool)
    gx = ops.max_pool_backward(y, x, y, pool=pool)
    meta = {"count_include_pad": True, "divisor_override": None}
    mean = ops.avg_pool(x, pool=pool, **meta)
    spread = ops.avg_pool_backward(y, size=(8, 8), pool=pool, last=False, **meta)
    kept = [array.copy() for array in (y, index, gx, mean, spread)]
    for array in (other, -other):
        z = ops.max_pool(array, pool=pool)
        ops.max_pool_backward(z, array, z, pool=pool)
        ops.avg_pool_backward(ops.avg_pool(array, pool=pool, **meta), size=(8, 8), pool=pool, last=False, **meta)
    for array, copy in zip((y, index, gx, mean, spread), kept, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("kernel", [(2, 2), (3, 2)])
@pytest.mark.parametrize("shape", [(7, 3, 9, 9), (5, 8, 9)])
def test_threads_give_what_one_gives(shape, kernel, monkeypatch, one_threaded_blas):
    pool = Pool(kernel, (2, 2), (1, 1), (1, 1), False)
    meta = {"pool": pool, "count_include_pad": True, "divisor_override": None}

    def run(threads):
        monkeypatch.setattr(_threads, "_count", threads)
        x = few_values(shape)
        y = ops.max_pool(x, pool=pool)
        g = np.cos(np.arange(y.size)).reshape(y.shape)
        gx = ops.max_pool_backward(g, x, y, pool=pool)
        return y, gx, ops.avg_pool(x, **meta), ops.avg_pool_backward(g, size=shape[-2:], last=False, **meta)

    for one, three in zip(run(1), run(3), strict=True):
        np.testing.assert_array_equal(one, three)
