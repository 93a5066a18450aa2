"""Pooling against torch on shapes, options and values that hypothesis draws."""

import math

import numpy as np
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import refnn

VALUES = st.sampled_from(["ties", "normal", "NaN", "-inf"])
LAYOUTS = st.sampled_from(["contiguous", "channels last", "transposed"])
BOUND = {np.float32: {"rtol": 1.3e-6, "atol": 1e-5}, np.float64: {"rtol": 1e-7, "atol": 1e-7}}


def array(draw, shape, dtype, values, layout):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x = rng.integers(-2, 3, shape).astype(dtype)
    if values == "normal":
        x = rng.standard_normal(shape).astype(dtype)
    elif values != "ties":
        x[x == 1] = math.nan if values == "NaN" else -math.inf
    if layout == "channels last":
        return np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    if layout == "transposed":
        return np.ascontiguousarray(np.swapaxes(x, -1, -2)).swapaxes(-1, -2)
    return x


@st.composite
def windows(draw, rank, dilated):
    """kernel, stride, padding, dilation, each an int or one for each dimension."""

    def per_axis(low, high):
        return draw(st.one_of(st.integers(low, high), st.tuples(*[st.integers(low, high)] * rank)))

    kernel = per_axis(1, 4)
    stride = None if draw(st.booleans()) else per_axis(1, 4)
    smallest = min(kernel) if isinstance(kernel, tuple) else kernel
    padding = per_axis(0, smallest // 2)
    return kernel, stride, padding, per_axis(1, 3) if dilated else 1


def both(function, x, args, named):
    """(outputs, error text) of each library, and the leaves."""
    leaves = torch.from_numpy(x.copy("K")).requires_grad_(), refnn.from_numpy(x.copy("K")).requires_grad_()
    results = []
    for lib, leaf in zip((torch, refnn), leaves, strict=True):
        try:
            result = getattr(lib.nn.functional, function)(leaf, *args, **named)
            results.append(result if isinstance(result, tuple) else (result,))
        except (RuntimeError, ValueError, TypeError) as error:
            results.append((type(error), str(error)))
    return leaves, results


def values_of(tensor):
    return tensor.detach().numpy()


def check(function, x, args, named, seed):
    """Outputs, indices, gradients and second derivatives equal; or the same error."""
    (torch_x, x_leaf), (expected, found) = both(function, x, args, named)
    if isinstance(expected[0], type):
        assert found == expected
        return
    bound = BOUND[x.dtype.type]
    for e, f in zip(expected, found, strict=True):
        assert values_of(f).dtype == values_of(e).dtype
        np.testing.assert_allclose(values_of(f), values_of(e), **bound)
        if e.numel():
            assert tuple(f.stride()) == tuple(e.stride())
    rng = np.random.default_rng(seed)
    g, u = rng.standard_normal(expected[0].shape).astype(x.dtype), rng.standard_normal(x.shape).astype(x.dtype)
    results = []
    for lib, leaf, y in ((torch, torch_x, expected[0]), (refnn, x_leaf, found[0])):
        seed_g = lib.from_numpy(g.copy()).requires_grad_()
        (first,) = lib.autograd.grad(y, leaf, seed_g, create_graph=True)
        (second,) = lib.autograd.grad(first, seed_g, lib.from_numpy(u.copy()))
        results.append((values_of(first), values_of(second)))
    for e, f in zip(*results, strict=True):
        np.testing.assert_allclose(f, e, **bound)


@st.composite
def max_pool_calls(draw, rank):
    kernel, stride, padding, dilation = draw(windows(rank, True))
    named = {
        "kernel_size": kernel,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "ceil_mode": draw(st.booleans()),
        "return_indices": draw(st.booleans()),
    }
    return draw(inputs(rank)), named


@st.composite
def inputs(draw, rank):
    lead = draw(st.sampled_from([(1, 1), (2, 3), (3,), (0, 2)]))
    shape = (*lead, *draw(st.tuples(*[st.integers(1, 9 if rank < 3 else 5)] * rank)))
    layout = draw(LAYOUTS) if len(lead) == 2 and rank == 2 and 0 not in shape else "contiguous"
    return array(draw, shape, draw(st.sampled_from([np.float32, np.float64])), draw(VALUES), layout)


def steps_over(x, named, rank):
    """Whether a window may miss x altogether: torch then writes outside the gradient's memory."""
    axes = [v if isinstance(v, tuple) else (v,) * rank for v in (named["dilation"], named["padding"])]
    return any(p > 0 and d > n for n, d, p in zip(x.shape[-rank:], *axes, strict=True))


def max_pool(rank):
    @settings(max_examples=150, deadline=None)
    @given(max_pool_calls(rank), st.integers(0, 2**16))
    def run(drawn, seed):
        x, named = drawn
        assume(not steps_over(x, named, rank))
        check(f"max_pool{rank}d", x, (), named, seed)

    return run


test_max_pool1d = max_pool(1)
test_max_pool2d = max_pool(2)
test_max_pool3d = max_pool(3)


@st.composite
def avg_pool_calls(draw, rank):
    kernel, stride, padding, _ = draw(windows(rank, False))
    args = [kernel, stride, padding, draw(st.booleans()), draw(st.booleans())]
    if rank > 1:
        args.append(draw(st.sampled_from([None, None, 1, 3, -2, 0])))
    return draw(inputs(rank)), args


def avg_pool(rank):
    @settings(max_examples=150, deadline=None)
    @given(avg_pool_calls(rank), st.integers(0, 2**16))
    def run(drawn, seed):
        x, args = drawn
        check(f"avg_pool{rank}d", x, args, {}, seed)

    return run


test_avg_pool1d = avg_pool(1)
test_avg_pool2d = avg_pool(2)
test_avg_pool3d = avg_pool(3)
