"""Convolution layers: configuration, repr, first values, state, options that reach the function."""

import copy
import math
import pickle

import numpy as np
import pytest

import refnn
from refnn import nn
from refnn.nn import functional as F


@pytest.mark.parametrize(
    "layer, text",
    [
        (lambda: nn.Conv2d(3, 8, 3), "Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))"),
        (
            lambda: nn.Conv2d(4, 8, (3, 2), 2, (0, 1), (1, 2), 4, False, "reflect"),
            "Conv2d(4, 8, kernel_size=(3, 2), stride=(2, 2), padding=(0, 1), dilation=(1, 2), groups=4, bias=False, "
            "padding_mode=reflect)",
        ),
        (lambda: nn.Conv1d(1, 2, 3, padding="same"), "Conv1d(1, 2, kernel_size=(3,), stride=(1,), padding=same)"),
        (lambda: nn.Conv3d(1, 2, 3, bias=False), "Conv3d(1, 2, kernel_size=(3, 3, 3), stride=(1, 1, 1), bias=False)"),
        (
            lambda: nn.ConvTranspose2d(2, 4, 3, 2, 1, 1, groups=2),
            "ConvTranspose2d(2, 4, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), output_padding=(1, 1), groups=2)",
        ),
    ],
)
def test_repr(layer, text):
    assert repr(layer()) == text


@pytest.mark.parametrize(
    "layer, weight, bias",
    [
        (lambda: nn.Conv1d(4, 6, 5, groups=2), (6, 2, 5), (6,)),
        (lambda: nn.Conv2d(4, 6, (5, 3)), (6, 4, 5, 3), (6,)),
        (lambda: nn.Conv3d(4, 6, 2, groups=2), (6, 2, 2, 2, 2), (6,)),
        (lambda: nn.ConvTranspose1d(4, 6, 5, groups=2), (4, 3, 5), (6,)),
        (lambda: nn.ConvTranspose2d(4, 6, (5, 3)), (4, 6, 5, 3), (6,)),
        (lambda: nn.ConvTranspose3d(4, 6, 2, groups=2), (4, 3, 2, 2, 2), (6,)),
    ],
)
def test_parameters_and_their_first_values(layer, weight, bias):
    layer = layer()
    assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]
    assert layer.weight.shape == weight
    assert layer.bias.shape == bias
    bound = 1 / math.sqrt(math.prod(weight[1:]))
    for values in (layer.weight.detach().numpy(), layer.bias.detach().numpy()):
        assert np.abs(values).max() <= bound
    assert np.abs(layer.weight.detach().numpy()).max() > 0.7 * bound


def test_dtype_and_no_bias():
    layer = nn.Conv2d(2, 3, 2, bias=False, dtype=refnn.float64)
    assert layer.bias is None
    assert list(layer.state_dict()) == ["weight"]
    assert layer(refnn.ones(1, 2, 4, 4, dtype=refnn.float64)).dtype == refnn.float64


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
@pytest.mark.parametrize("padding", [(1, 2), "same"])
def test_padding_modes(mode, padding):
    layer = nn.Conv2d(2, 3, (2, 3), padding=padding, padding_mode=mode)
    x = refnn.randn(2, 2, 5, 6)
    pads = (2, 2, 1, 1) if padding != "same" else (1, 1, 0, 1)
    expected = F.conv2d(F.pad(x, pads, mode), layer.weight, layer.bias)
    np.testing.assert_array_equal(layer(x).detach().numpy(), expected.detach().numpy())


def test_every_option_reaches_the_function():
    layer = nn.Conv2d(4, 6, (2, 3), (2, 1), (1, 0), (1, 2), 2)
    x = refnn.randn(2, 4, 7, 8)
    expected = F.conv2d(x, layer.weight, layer.bias, (2, 1), (1, 0), (1, 2), 2)
    np.testing.assert_array_equal(layer(x).detach().numpy(), expected.detach().numpy())
    back = nn.ConvTranspose2d(4, 6, (2, 3), (2, 1), (1, 0), (1, 0), 2, True, (1, 2))
    expected = F.conv_transpose2d(x, back.weight, back.bias, (2, 1), (1, 0), (1, 0), 2, (1, 2))
    np.testing.assert_array_equal(back(x).detach().numpy(), expected.detach().numpy())


@pytest.mark.parametrize("size", [(12, 12), (11, 12), (1, 16, 12, 11)])
def test_the_output_size_that_is_asked_for(size):
    layer = nn.ConvTranspose2d(16, 16, 3, stride=2, padding=1)
    assert layer(refnn.randn(1, 16, 6, 6), output_size=size).shape[2:] == size[-2:]


@pytest.mark.parametrize(
    "size, text",
    [
        ((10, 12), r"requested an output size of \(10, 12\), but valid sizes range from \[11, 11\] to \[12, 12\]"),
        ((1, 2, 3), r"ConvTranspose2D: for 4D input, output_size must have 2 or 4 elements \(got 3\)"),
    ],
)
def test_output_sizes_that_cannot_be(size, text):
    with pytest.raises(ValueError, match=text):
        nn.ConvTranspose2d(1, 1, 3, stride=2, padding=1)(refnn.randn(1, 1, 6, 6), output_size=size)


@pytest.mark.parametrize(
    "arguments, text",
    [
        ({"groups": 0}, "groups must be a positive integer"),
        ({"groups": 3}, "in_channels must be divisible by groups"),
        ({"groups": 4}, "out_channels must be divisible by groups"),
        ({"padding": "full"}, "Invalid padding string 'full', should be one of"),
        ({"padding": "same", "stride": 2}, "padding='same' is not supported for strided convolutions"),
        ({"padding_mode": "edge"}, "padding_mode must be one of .*, but got padding_mode='edge'"),
    ],
)
def test_configurations_that_are_refused(arguments, text):
    with pytest.raises(ValueError, match=text):
        nn.Conv2d(4, 6, 3, **arguments)


def test_transposes_pad_with_zeros_only():
    with pytest.raises(ValueError, match='Only "zeros" padding mode is supported for ConvTranspose1d'):
        nn.ConvTranspose1d(1, 1, 3, padding_mode="reflect")


def test_copies_and_pickles():
    layer = nn.Conv2d(2, 3, 2, padding="same", padding_mode="circular")
    x = refnn.randn(1, 2, 4, 4)
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert repr(twin) == repr(layer)
        np.testing.assert_array_equal(twin(x).detach().numpy(), layer(x).detach().numpy())


def test_it_learns_a_filter():
    refnn.manual_seed(0)
    edge = refnn.tensor([[[[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]]]])
    x = refnn.randn(8, 1, 10, 10)
    target = F.conv2d(x, edge)
    layer = nn.Conv2d(1, 1, 3, bias=False)
    for _ in range(200):
        layer.zero_grad()
        ((layer(x) - target) ** 2).mean().backward()
        with refnn.no_grad():
            layer.weight -= 0.2 * layer.weight.grad
    np.testing.assert_allclose(layer.weight.detach().numpy(), edge.numpy(), atol=1e-3)
