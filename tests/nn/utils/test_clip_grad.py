"""Clipping against NumPy on the concatenated gradients; parameters as one vector."""

import math

import numpy as np
import pytest

import refnn
from refnn import nn
from refnn.nn import utils


def parameters(*grads, dtype="float64"):
    made = []
    for grad in grads:
        p = nn.Parameter(refnn.from_numpy(np.zeros(np.shape(grad), dtype)))
        p.grad = refnn.from_numpy(np.array(grad, dtype))
        made.append(p)
    return made


GRADS = [[3.0, -4.0, 0.0], [[1.0, 2.0], [-2.0, 0.5]], [7.0]]


@pytest.mark.parametrize("order", [2, 1, 0, 3, 2.5, -1, math.inf, -math.inf])
@pytest.mark.parametrize("limit", [0.5, 3.0, 1000.0])
def test_norm(order, limit):
    ps = parameters(*GRADS)
    flat = np.concatenate([np.ravel(g) for g in GRADS])
    with np.errstate(divide="ignore"):
        each = [np.linalg.norm(np.ravel(g), order) for g in GRADS]
        norm = np.linalg.norm(each, order)  # torch's norm of norms: for order 0 not that of the whole
        assert order == 0 or math.isclose(norm, np.linalg.norm(flat, order))
    found = utils.clip_grad_norm_(ps, limit, order)
    assert math.isclose(found.item(), norm)
    factor = min(1, limit / (norm + 1e-6))
    for p, g in zip(ps, GRADS, strict=True):
        np.testing.assert_allclose(p.grad.numpy(), np.array(g) * factor, rtol=1e-12)


def test_norm_in_place():
    (p,) = parameters([3.0, 4.0])
    grad = p.grad
    utils.clip_grad_norm_([p], 1)
    assert p.grad is grad
    assert grad._version == 1


def test_even_at_the_limit_gradients_shrink():
    (p,) = parameters([3.0, 4.0], dtype="float32")
    assert utils.clip_grad_norm_([p], 5.0).item() == 5
    assert p.grad[0].item() == pytest.approx(2.9999993, abs=1e-7)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_nonfinite(bad):
    ps = parameters([bad, 1.0])
    with pytest.raises(
        RuntimeError, match=r"The total norm of order 2.0 for gradients from `parameters` is non-finite"
    ):
        utils.clip_grad_norm_(ps, 1, error_if_nonfinite=True)
    np.testing.assert_array_equal(ps[0].grad.numpy(), [bad, 1.0])
    assert not math.isfinite(utils.clip_grad_norm_(ps, 1).item())


def test_nothing_to_clip():
    assert utils.clip_grad_norm_([nn.Parameter(refnn.ones(1))], 1).item() == 0
    with pytest.warns(UserWarning, match="`parameters` is an empty generator"):
        utils.clip_grad_norm_((p for p in []), 1)


@pytest.mark.parametrize("limit", [0.0, 1.5, 100.0])
def test_value(limit):
    ps = parameters(*GRADS)
    utils.clip_grad_value_(ps, limit)
    for p, g in zip(ps, GRADS, strict=True):
        np.testing.assert_array_equal(p.grad.numpy(), np.clip(g, -limit, limit))


def test_clip_with_a_known_norm():
    ps = parameters([3.0, 4.0])
    utils.clip_grads_with_norm_(ps, 1.0, refnn.tensor(10.0, dtype=refnn.float64))
    np.testing.assert_allclose(ps[0].grad.numpy(), [0.3, 0.4], rtol=1e-6)


def test_half_precision_does_not_overflow():
    (p,) = parameters([300.0] * 4, dtype="float16")
    assert utils.get_total_norm([p.grad]).item() == 600  # the sum of squares is above the largest half


def test_vectors():
    m = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    vec = utils.parameters_to_vector(m.parameters())
    assert vec.shape == (13,)
    utils.vector_to_parameters(vec.detach() * 2, m.parameters())
    assert refnn.equal(utils.parameters_to_vector(m.parameters()), vec * 2)
    (vec * vec).sum().backward()
