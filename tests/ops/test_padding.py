"""Padding against index arithmetic, its derivatives against finite differences."""

import numpy as np
import pytest

import refnn
from refnn.autograd import gradcheck, gradgradcheck
from refnn.ops.padding import constant_pad, edge_fold, edge_pad

PADS = [(0, 0), (1, 2), (2, 1), (0, 2), (2, 0), (-1, 2), (2, -1), (-1, -1), (-2, 1), (-3, 2)]


def shown(mode, size, before, after):
    """Which place of the input each place of the output shows, by the definition."""
    places = np.arange(size + before + after) - before
    if mode == "replicate":
        return np.clip(places, 0, size - 1)
    if mode == "reflect":
        places = np.abs(places)
        return np.where(places >= size, 2 * (size - 1) - places, places)
    first, last = max(0, -before), size - max(0, -after)
    return first + (places - first) % (last - first)


MODES = [(mode, *pads) for mode in ("reflect", "replicate", "circular") for pads in PADS]


@pytest.mark.parametrize("mode, before, after", MODES)
@pytest.mark.parametrize("layout", [lambda x: x, lambda x: x.swapaxes(1, 3).copy().swapaxes(1, 3)])
def test_edges(mode, before, after, layout):
    x = np.arange(2 * 2 * 4 * 5.0).reshape(2, 2, 4, 5)
    pads = ((0, 0), (0, 0), (1, 1), (before, after))
    expected = x[:, :, shown(mode, 4, 1, 1)][..., shown(mode, 5, before, after)]
    y = edge_pad(layout(x), pads=pads, mode=mode, lead=2)
    np.testing.assert_array_equal(y, expected)
    g = np.random.default_rng(0).standard_normal(y.shape)
    folded = edge_fold(g, shape=x.shape, pads=pads, mode=mode, lead=2)
    np.testing.assert_allclose(np.sum(folded * x), np.sum(g * y))  # it is the transpose
    assert folded.shape == x.shape


@pytest.mark.parametrize("before, after", PADS)
def test_constant(before, after):
    x = np.arange(2 * 4.0).reshape(2, 4)
    y = constant_pad(x, pads=((1, 0), (before, after)), value=7.0)
    whole = np.pad(x, ((1, 0), (3, 3)), constant_values=7.0)
    np.testing.assert_array_equal(y, whole[:, 3 - before : 7 + after])
    assert constant_pad(x.astype(np.float32), pads=((1, 0), (before, after)), value=7.0).dtype == np.float32


@pytest.mark.parametrize("mode, before, after", [*MODES, *(("constant", *pads) for pads in PADS)])
def test_derivatives(mode, before, after):
    x = refnn.tensor(np.random.default_rng(1).standard_normal((1, 2, 4)), requires_grad=True)
    pads = ((0, 0), (0, 1) if mode == "constant" else (0, 0), (before, after))

    def function(x):
        if mode == "constant":
            return constant_pad(x, pads=pads, value=2.0)
        return edge_pad(x, pads=pads, mode=mode, lead=2)

    assert gradcheck(function, [x])
    assert gradgradcheck(function, [x])


def test_nan_of_the_border_is_shown_and_zeros_are_not_multiplied():
    x = np.array([[[np.nan, 1.0, np.inf]]])
    y = edge_pad(x, pads=((0, 0), (0, 0), (1, 1)), mode="replicate", lead=2)
    np.testing.assert_array_equal(y, [[[np.nan, np.nan, 1, np.inf, np.inf]]])
    np.testing.assert_array_equal(constant_pad(x, pads=((0, 0), (0, 0), (1, -1)), value=0), [[[0, np.nan, 1]]])


@pytest.mark.parametrize(
    "mode, rank, name",
    [
        ("reflect", 1, "ReflectionPad1DBackward0"),
        ("replicate", 2, "ReplicationPad2DBackward0"),
        ("circular", 2, "torch::autograd::CopySlices"),
        ("constant", 1, "ConstantPadNdBackward0"),
    ],
)
def test_node_names(mode, rank, name):
    x = refnn.ones(1, 1, *[3] * rank, requires_grad=True)
    y = refnn.nn.functional.pad(x, [1, 1] * rank, mode)
    assert y.grad_fn.name() == name
