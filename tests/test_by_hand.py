"""What is written by hand to be timed computes what refnn does: outputs and gradients."""

from importlib import import_module

import numpy as np
import pytest

import refnn
from benchmarks import by_hand
from benchmarks.case import EXAMPLES, floats
from refnn import nn
from refnn.diff.standin import World
from refnn.nn import functional as F


def arrays(module):
    return [p.detach().numpy() for p in module.parameters()]


def filled(module, seed=9):
    """The module with normal numbers for parameters: scales of 1 and shifts of 0 would hide mistakes."""
    for p in module.parameters():
        p.data = refnn.from_numpy(floats(*p.shape, seed=seed) / np.sqrt(np.float32(p[0].numel())))
    return module


LAYERS = [  # what it is by hand, the module, its input's shape
    (by_hand.linear, nn.Linear(7, 5), (3, 7)),
    (by_hand.layer_norm, nn.LayerNorm(9), (6, 9)),
    (by_hand.batch_norm, nn.BatchNorm2d(3), (6, 3, 4, 5)),
    (by_hand.max_pool_2x2, nn.MaxPool2d(2), (2, 3, 8, 6)),
    (by_hand.conv_3x3, nn.Conv2d(3, 5, 3, padding=1), (2, 3, 6, 7)),
    (by_hand.depthwise_3x3, nn.Conv2d(5, 5, 3, padding=1, groups=5), (2, 5, 6, 7)),
    (by_hand.softmax, nn.Softmax(1), (6, 9)),
    (by_hand.log_softmax, nn.LogSoftmax(1), (6, 9)),
]


@pytest.mark.parametrize("phases, module, shape", LAYERS, ids=[row[0].__name__ for row in LAYERS])
def test_layers(phases, module, shape):
    x = refnn.from_numpy(floats(*shape)).requires_grad_()
    y = filled(module)(x)
    g = floats(*y.shape, seed=1)
    agree(phases(g, x.detach().numpy(), *arrays(module)), y, g, [x, *module.parameters()])


def agree(phases, y, g, leaves):
    expected = refnn.autograd.grad(y, leaves, None if g is None else refnn.from_numpy(g))
    close(phases["forward"](), y.detach())
    found = phases["backward"]()
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        close(a, b)


def close(found, expected):
    expected = expected.numpy()
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=3e-6 * np.abs(expected).max())


@pytest.mark.parametrize("name, gates", [("rnn", 1), ("lstm", 4)])
def test_recurrent(name, gates):
    module = filled(getattr(nn, name.upper())(3, 4))
    x = refnn.from_numpy(floats(5, 2, 3)).requires_grad_()
    y = module(x)[0]
    g = floats(*y.shape, seed=1)
    w_ih, w_hh, b_ih, b_hh = arrays(module)
    phases = getattr(by_hand, name)(g, x.detach().numpy(), np.concatenate([w_ih, w_hh, (b_ih + b_hh)[:, None]], 1))
    dx, dw_ih, dw_hh, db, _ = refnn.autograd.grad(y, [x, *module.parameters()], refnn.from_numpy(g))
    close(phases["forward"](), y.detach())
    found = phases["backward"]()
    close(found[0], dx)
    close(found[1], refnn.cat([dw_ih, dw_hh, db[:, None]], 1))


def test_embedding():
    module, index = nn.Embedding(7, 4), np.random.default_rng(0).integers(0, 7, 30)
    y = module(refnn.from_numpy(index))
    g = floats(30, 4)
    agree(by_hand.embedding(g, *arrays(module), index), y, g, list(module.parameters()))


def test_cross_entropy():
    x, target = refnn.from_numpy(floats(6, 9)).requires_grad_(), np.arange(6)
    loss = F.cross_entropy(x, refnn.from_numpy(target))
    agree(by_hand.cross_entropy(x.detach().numpy(), target), loss, None, [x])


def test_a_step_of_a_tiny_network():
    model = filled(nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 1)))
    x, y = floats(8, 16), floats(8, 1)
    before = [a.copy() for a in arrays(model)]
    phases = by_hand.tiny_mlp(x, y, *(a.copy() for a in before), rate=0.1)
    agree(phases, F.mse_loss(model(refnn.from_numpy(x)), refnn.from_numpy(y)), None, list(model.parameters()))


def test_a_step_of_the_digits_network():
    x, target = floats(6, 1, 28, 28, seed=1), np.arange(6)  # no activation is within rounding of 0
    with World("refnn", EXAMPLES).active():
        digits = import_module("digits_cnn")
        model = filled(digits.make_model()).eval()
        loss = digits.loss(model, (refnn.from_numpy(x), refnn.from_numpy(target)))
    parameters = tuple(a.copy() for a in arrays(model))
    phases = by_hand.digits_cnn(x, target, parameters, 0.1, dropout=(0.0, 0.0))
    agree(phases, loss, None, list(model.parameters()))


def test_the_optimizer_takes_the_rate_times_the_gradient_away():
    weights = [floats(32, 16), floats(32), floats(1, 32), floats(1)]
    moved = [a.copy() for a in weights]
    phases = by_hand.tiny_mlp(floats(8, 16), floats(8, 1), *moved, rate=0.25)
    phases["forward"]()
    gradients = [a.copy() for a in phases["backward"]()]
    phases["optimizer"]()
    for before, gradient, after in zip(weights, gradients, moved, strict=True):
        np.testing.assert_array_equal(after, before - np.float32(0.25) * gradient)
