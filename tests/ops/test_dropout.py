"""Dropout: what the noise is made of, what is drawn, and the gradient."""

import math

import numpy as np
import pytest

import refnn
from refnn.nn import functional as F
from refnn.ops.dropout import alpha_noise, noise

FUNCTIONS = [F.dropout, F.alpha_dropout, F.feature_alpha_dropout, F.dropout1d, F.dropout2d, F.dropout3d]
RANKS = {"dropout1d": 3, "dropout2d": 4, "dropout3d": 5}


def ones_for(function):
    return refnn.ones((4, 6, *(2,) * (RANKS.get(function.__name__, 3) - 2)))


def position():
    """Where the default generator stands."""
    with refnn.random.fork_rng():
        return refnn.rand(3).tolist()


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_noise_has_two_values(p, dtype):
    kept = np.array([True, False, True])
    found = noise(kept, p, np.dtype(dtype))
    assert found.dtype == dtype
    np.testing.assert_allclose(found, [1 / (1 - p), 0, 1 / (1 - p)], rtol=2 * np.finfo(dtype).eps)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_alpha_noise_keeps_mean_and_variance(p):
    scale, shift = alpha_noise(np.array([True, False]), p, np.dtype("float64"))
    q = 1 - p
    mean = q * shift[0] + p * shift[1]  # of x·scale + shift for x of mean 0, variance 1
    second = q * (scale[0] ** 2 + shift[0] ** 2) + p * shift[1] ** 2
    assert math.isclose(mean, 0, abs_tol=1e-12)
    assert math.isclose(second, 1, rel_tol=1e-12)
    assert scale[1] == 0


@pytest.mark.parametrize("function", FUNCTIONS)
def test_seed_decides(function):
    x = ones_for(function)
    results = []
    for seed in (1, 1, 2):
        refnn.manual_seed(seed)
        results.append(function(x, 0.5, True))
    assert refnn.equal(results[0], results[1])
    assert not refnn.equal(results[0], results[2])


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("p, training", [(0.0, True), (1.0, True), (0.5, False)])
def test_draws_nothing(function, p, training):
    x = ones_for(function)
    refnn.manual_seed(3)
    before = position()
    y = function(x, p, training)
    assert position() == before
    assert refnn.equal(y, x * 0 if p == 1 else x)


def test_an_empty_tensor_draws_nothing():
    refnn.manual_seed(3)
    before = position()
    assert F.dropout(refnn.ones(0, 3)).shape == (0, 3)
    assert position() == before


@pytest.mark.parametrize("function", [F.dropout1d, F.dropout2d, F.dropout3d, F.feature_alpha_dropout])
def test_whole_channels(function):
    refnn.manual_seed(4)
    y = function(ones_for(function), 0.5, True).flatten(2)
    assert (y == y[:, :, :1]).all()
    assert len(set(y[:, :, 0].flatten().tolist())) == 2


@pytest.mark.parametrize("function, shape", [(F.dropout1d, (6, 5)), (F.dropout3d, (6, 2, 2, 2))])
def test_one_example(function, shape):
    refnn.manual_seed(5)
    y = function(refnn.ones(shape), 0.5).flatten(1)
    assert (y == y[:, :1]).all()


def test_share_of_zeros():
    refnn.manual_seed(6)
    y = F.dropout(refnn.ones(100_000), 0.3)
    share = (y == 0).float().mean().item()
    assert abs(share - 0.3) < 5 * math.sqrt(0.3 * 0.7 / 100_000)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_gradient_is_the_scale(function):
    x = ones_for(function).double()
    a, b = x.clone().requires_grad_(), (2 * x).requires_grad_()
    refnn.manual_seed(7)
    ya = function(a, 0.5, True)
    refnn.manual_seed(7)
    yb = function(b, 0.5, True)
    ya.sum().backward()
    np.testing.assert_allclose(a.grad.numpy(), (yb - ya).detach().numpy(), atol=1e-14)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_in_place(function):
    x = ones_for(function)
    refnn.manual_seed(8)
    expected = function(x, 0.5, True)
    refnn.manual_seed(8)
    y = x.clone()
    assert function(y, 0.5, True, True) is y
    assert refnn.equal(y, expected)


def test_mask_in_the_order_of_memory():
    refnn.manual_seed(9)
    rows = F.dropout(refnn.ones(3, 4))
    refnn.manual_seed(9)
    assert refnn.equal(F.dropout(refnn.ones(3, 4).t()), rows.t())


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("p", [-0.1, 1.5])
def test_probability_is_checked(function, p):
    with pytest.raises(ValueError, match="dropout probability has to be between 0 and 1"):
        function(ones_for(function), p, True)


def test_dimensions_are_checked():
    with pytest.raises(RuntimeError, match="dropout1d: Expected 2D or 3D input, but received a 4D input"):
        F.dropout1d(refnn.ones(1, 1, 1, 1))
    with pytest.warns(UserWarning, match="dropout2d: Received a 2-D input"):
        F.dropout2d(refnn.ones(2, 2))
    with pytest.warns(UserWarning, match="assuming that channel-wise 1D dropout"):
        F.dropout2d(refnn.ones(2, 2, 2))
    with pytest.raises(RuntimeError, match="requires at least 2 dimensions"):
        F.feature_alpha_dropout(refnn.ones(3), 0.5, True)
