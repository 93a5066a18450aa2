"""The randomised leaky ReLU against a loop over the uniforms of the stream."""

import numpy as np
import pytest

import refnn
from refnn.nn import functional as F
from refnn.ops import rrelu as ops
from refnn.ops._mersenne import MersenneTwister
from refnn.ops.random import unit_doubles

CORNERS = [1.0, -1.0, 0.0, -0.0, float("inf"), float("-inf"), float("nan"), -3.0]


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("shape", [(), (0,), (8,), (5, 7)])
def test_slopes_are_drawn_where_x_leaks(dtype, shape):
    x = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    stream, twin = MersenneTwister(4), MersenneTwister(4)
    got = ops.slopes(np.asarray(x), stream, lower=0.1, upper=0.3)
    low, high = (float(np.asarray(v, dtype)) for v in (0.1, 0.3))
    for value, slope in zip(x.reshape(-1), got.reshape(-1), strict=True):
        u = unit_doubles(1, twin)[0] if value <= 0 else None
        assert slope == (1 if u is None else np.asarray(u * (high - low) + low, dtype))
    assert stream.word() == twin.word()


def test_corners():
    refnn.manual_seed(0)
    got = F.rrelu(refnn.tensor(CORNERS), 0.25, 0.25, training=True)
    np.testing.assert_array_equal(got.numpy(), [1.0, -0.25, 0.0, -0.0, np.inf, -np.inf, np.nan, -0.75])
    assert np.signbit(got.numpy()[3])


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("inplace", [False, True])
def test_gradients(training, inplace):
    x = refnn.tensor([1.0, -1.0, 0.0, -2.0], dtype=refnn.float64, requires_grad=True)
    refnn.manual_seed(1)
    y = F.rrelu(x * 1, 0.1, 0.3, training, inplace)
    y.sum().backward()
    slopes = x.grad.tolist()
    np.testing.assert_array_equal(y.detach().numpy(), x.detach().numpy() * x.grad.numpy())
    assert slopes[0] == 1
    assert all(0.1 <= s <= 0.3 for s in slopes[1:])
    assert training == (len(set(slopes[1:])) == 3)


def test_one_slope_for_a_range_that_is_as_good_as_empty():
    x = refnn.tensor([-1.0, 2.0], dtype=refnn.float64, requires_grad=True)
    F.rrelu(x, 0.25, 0.25 + 1e-7, training=True).sum().backward()
    assert x.grad.tolist() == [(0.25 + (0.25 + 1e-7)) / 2, 1.0]


def test_checks_draw_nothing():
    refnn.manual_seed(0)
    before = refnn.get_rng_state()
    leaf = refnn.ones(3, requires_grad=True)
    for call in (
        lambda: refnn.rrelu_(leaf, training=True),
        lambda: F.rrelu(-refnn.ones(3), 0.5, 0.2, training=True),
        lambda: F.rrelu(-refnn.ones(3), 0.5, float("inf"), training=True),
    ):
        with pytest.raises(RuntimeError):
            call()
    assert refnn.get_rng_state().equal(before)


def test_layer():
    layer = refnn.nn.RReLU(0.2, 0.4)
    x = -refnn.ones(1000)
    drawn = layer(x)
    assert -0.4 < drawn.min() < drawn.max() < -0.2
    assert layer.eval()(x).unique().tolist() == refnn.tensor([-0.3]).tolist()


def test_gumbel_softmax():
    refnn.manual_seed(0)
    logits = refnn.tensor([[0.0, 1.0, 2.0]]).repeat(20_000, 1)
    hard = F.gumbel_softmax(logits, tau=0.5, hard=True)
    assert set(hard.unique().tolist()) <= {0.0, 1.0}
    shares = hard.mean(0).numpy()
    np.testing.assert_allclose(shares, logits[0].softmax(0).numpy(), atol=0.02)
    soft = F.gumbel_softmax(logits, tau=0.5)
    np.testing.assert_allclose(soft.sum(1).numpy(), 1, rtol=1e-6)
    with pytest.warns(UserWarning, match="`eps` parameter is deprecated"):
        F.gumbel_softmax(logits, eps=1e-3)


def test_the_gradient_of_a_hard_choice_is_that_of_the_soft_one():
    def gradient(hard):
        refnn.manual_seed(3)
        x = refnn.tensor([0.5, -0.5, 1.0], dtype=refnn.float64, requires_grad=True)
        (F.gumbel_softmax(x, hard=hard) * refnn.tensor([1.0, 2.0, 4.0])).sum().backward()
        return x.grad.numpy()

    np.testing.assert_allclose(gradient(True), gradient(False), rtol=1e-12)
