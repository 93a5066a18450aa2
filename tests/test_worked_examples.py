"""The worked examples of the lecture notes, with their slips corrected (notebooks/ERRATA.md).

Every expected value stands here as a literal, worked out from the equations, not with the code under test.
"""

import numpy as np
import pytest

import refnn
from refnn import nn
from refnn.nn import functional as F

IMAGE = [
    [1, 0, 0, 0, 0, 1],
    [0, 1, 0, 0, 1, 0],
    [0, 0, 1, 1, 0, 0],
    [1, 0, 0, 0, 1, 0],
    [0, 1, 0, 0, 1, 0],
    [0, 0, 1, 0, 1, 0],
]
DIAGONAL = [[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]
UPRIGHT = [[-1, 1, -1], [-1, 1, -1], [-1, 1, -1]]


def linear(weight, bias=None):
    """nn.Linear in float64 with these weights."""
    weight = refnn.tensor(weight, dtype=refnn.float64)
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, dtype=refnn.float64)
    with refnn.no_grad():
        layer.weight.copy_(weight)
        if bias is not None:
            layer.bias.copy_(refnn.tensor(bias, dtype=refnn.float64))
    return layer


def double(values):
    return refnn.tensor(values, dtype=refnn.float64)


def close(actual, expected, atol=5e-7):
    actual = actual.detach().numpy()
    expected = np.asarray(expected, dtype=np.float64)
    assert actual.shape == expected.shape
    assert np.abs(actual - expected).max() <= atol, f"{actual} is not {expected}"


# Sections 1 and 2.1: one neuron, a layer, all examples at once


def test_one_neuron():
    """z = 0.5 · 2 − 1 · 1 + 2 · 0.5 − 0.5 = 0.5, a = 1 / (1 + e^−0.5)."""
    z = linear([[0.5, -1, 2]], [-0.5])(double([2, 1, 0.5]))
    close(z, [0.5])
    close(F.sigmoid(z), [0.622459])


def test_examples_are_rows():
    """Z = X Wᵀ + b: three examples of two features, two neurons. A row is what the example gives alone."""
    layer = linear([[1, 2], [3, -1]], [10, 20])
    examples = [[1, 0], [0, 1], [2, 3]]
    potentials = [[11, 23], [12, 19], [18, 23]]
    close(layer(double(examples)), potentials, atol=0)
    for example, potential in zip(examples, potentials, strict=True):
        close(layer(double(example)), potential, atol=0)


def test_layers_without_activation_are_one_layer():
    first, second = linear([[1, 2], [3, 4]], [1, -1]), linear([[1, -1]], [5])
    close(second(first(double([10, 20]))), linear([[-2, -2]], [7])(double([10, 20])).tolist(), atol=0)


# Section 2: numerical problem 1


def test_problem_1_forward():
    a1 = F.sigmoid(double([0.2]))
    a2 = F.sigmoid(linear([[0.2], [0.4]])(a1))
    y_hat = F.sigmoid(linear([[0.1, 0.2]])(a2))
    close(a1, [0.549834])
    close(a2, [0.527464, 0.554763])
    close(y_hat, [0.540834])


@pytest.mark.parametrize(
    "prediction, loss",
    [
        (0.54, 0.776529),  # rounded as in the notes; they print −log10(0.46) = 0.337242
        (0.540834, 0.778343),
    ],
)
def test_problem_1_loss_uses_the_natural_logarithm(prediction, loss):
    close(nn.BCELoss()(double([prediction]), double([0])), loss, atol=2e-6)


@pytest.mark.parametrize(
    "name, prediction, target, cost",
    [
        ("MSELoss", [2, 0], [1, 1], 1.0),  # without the square the errors would cancel
        ("MSELoss", [0.2, 0.9, 0.9], [1, 1, 0], (0.64 + 0.01 + 0.81) / 3),
        ("BCELoss", [0.5, 0.5], [1, 0], 0.693147),
        ("BCELoss", [0], [1], 100.0),  # no logarithm falls below −100
    ],
)
def test_costs(name, prediction, target, cost):
    close(getattr(nn, name)()(double(prediction), double(target)), cost)


# Section 2.2: derivatives


@pytest.mark.parametrize(
    "name, z, slope",
    [
        ("sigmoid", 0, 0.25),
        ("sigmoid", 2, 0.104994),
        ("tanh", 0, 1),
        ("tanh", 1, 0.419974),
        ("relu", -1, 0),
        ("relu", 0, 0),  # the notes say 1
        ("relu", 1, 1),
    ],
)
def test_slopes_of_activations(name, z, slope):
    z = double(z).requires_grad_()
    getattr(F, name)(z).backward()
    close(z.grad, slope)


def test_eight_steps_of_back_propagation():
    """x = 1, w1 = 1, b1 = −1, w2 = 2, b2 = −1: both potentials are 0, so that a = ½ and the slopes are ¼."""
    first, second = linear([[1]], [-1]), linear([[2]], [-1])
    z1 = first(double([1]))
    a1 = F.sigmoid(z1)
    z2 = second(a1)
    y_hat = F.sigmoid(z2)
    for value in (z1, a1, z2, y_hat):
        value.retain_grad()
    nn.BCELoss()(y_hat, double([1])).backward()
    close(y_hat.grad, [-2])  # −1/ŷ
    close(z2.grad, [-0.5])  # dŷ · ¼
    close(second.weight.grad, [[-0.25]])  # dz2 · a1
    close(second.bias.grad, [-0.5])
    close(a1.grad, [-1])  # dz2 · w2
    close(z1.grad, [-0.25])  # da1 · ¼
    close(first.weight.grad, [[-0.25]])  # dz1 · x
    close(first.bias.grad, [-0.25])


def test_errors_add_up_over_the_next_layer():
    """dz1[i] = a'[i] · Σ_j dz2[j] w2[j, i], over the three neurons of layer 2."""
    a1 = double([0.5, 0.25]).requires_grad_()
    out = linear([[1, 2], [3, 4], [5, 6]])(a1)
    out.backward(double([1, -1, 2]))
    close(a1.grad, [1 - 3 + 10, 2 - 4 + 12])


def test_one_step_of_gradient_descent():
    """w ← w − α dw and b ← b − α db; (ŷ − y)² with ŷ = 3 · 2 + 1 = 7, y = 5: dŷ = 4, dw = 8, db = 4."""
    neuron = linear([[3]], [1])
    optimizer = refnn.optim.SGD(neuron.parameters(), lr=0.1)
    F.mse_loss(neuron(double([2])), double([5])).backward()
    optimizer.step()
    close(neuron.weight, [[2.2]])
    close(neuron.bias, [0.6])


# Section 3: convolution, pooling, flattening


@pytest.mark.parametrize(
    "image, kernel, options, expected",
    [
        ([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]], {}, [[19, 25], [37, 43]]),
        (IMAGE, DIAGONAL, {}, [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]]),
        (IMAGE, UPRIGHT, {}, [[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]]),
        (IMAGE, DIAGONAL, {"stride": 2}, [[3, -3], [-3, 0]]),  # the notes print [[3, −1], [3, 1]]
        (IMAGE, DIAGONAL, {"stride": 3}, [[3, -1], [3, -1]]),
        ([[1, 1, 1, 1]], [[1, 10]], {"padding": "same"}, [[11, 11, 11, 1]]),
    ],
)
def test_filters(image, kernel, options, expected):
    close(F.conv2d(double(image)[None, None], double(kernel)[None, None], **options)[0, 0], expected, atol=0)


@pytest.mark.parametrize(
    "size, kernel, options, expected",
    [
        (6, 3, {}, 4),
        (6, 3, {"padding": "valid"}, 4),
        (6, 3, {"padding": 1}, 6),
        (6, 3, {"padding": "same"}, 6),
        (6, 3, {"padding": 2}, 8),
        (6, 3, {"stride": 2}, 2),
        (6, 3, {"stride": 3}, 2),
        (6, 3, {"dilation": 2}, 2),
        (39, 3, {}, 37),
        (37, 5, {"stride": 2}, 17),
        (17, 5, {"stride": 2}, 7),
    ],
)
def test_output_size(size, kernel, options, expected):
    out = nn.Conv2d(1, 1, kernel, **options)(refnn.zeros(1, 1, size, size))
    assert out.shape == (1, 1, expected, expected)


def test_a_volume_is_summed_over_its_channels():
    image = double([[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[9, 10], [11, 12]]])[None]
    kernels = double([[[[1]], [[0]], [[-1]]], [[[1]], [[1]], [[1]]]])
    close(F.conv2d(image, kernels)[0], [[[-8, -8], [-8, -8]], [[15, 18], [21, 24]]], atol=0)


@pytest.mark.parametrize(
    "name, expected",
    [
        ("max", [[6, 5], [3, 4]]),
        ("average", [[3.5, 2], [1.75, 1.75]]),
        ("min", [[1, 0], [1, 0]]),
    ],
)
def test_pooling(name, expected):
    image = double([[1, 3, 2, 1], [4, 6, 5, 0], [3, 1, 1, 0], [1, 2, 2, 4]])[None, None]
    pools = {
        "max": nn.MaxPool2d(2),
        "average": nn.AvgPool2d(2),
        "min": lambda x: -nn.MaxPool2d(2)(-x),
    }
    close(pools[name](image)[0, 0], expected, atol=0)


def test_pooling_may_keep_the_size():
    assert nn.MaxPool2d(3, stride=1, padding=1)(refnn.zeros(1, 1, 6, 6)).shape == (1, 1, 6, 6)


def test_flatten_reads_row_by_row_and_keeps_the_batch():
    x = double([[[[0, 1], [2, 3]], [[4, 5], [6, 7]]], [[[8, 9], [10, 11]], [[12, 13], [14, 15]]]])
    close(nn.Flatten()(x), [list(range(8)), list(range(8, 16))], atol=0)


def test_complete_network_of_section_3_7():
    layers = [nn.Conv2d(3, 10, 3), nn.Conv2d(10, 20, 5, stride=2), nn.Conv2d(20, 40, 5, stride=2)]
    x, shapes = refnn.zeros(1, 3, 39, 39), []
    for layer in layers:
        x = layer(x)
        shapes.append(tuple(x.shape[1:]))
    assert shapes == [(10, 37, 37), (20, 17, 17), (40, 7, 7)]
    assert nn.Flatten()(x).shape == (1, 1960)


# Section 4: recurrence, clipping, dropout


def one_neuron_rnn():
    """a⟨t⟩ = tanh(x⟨t⟩ + ½ a⟨t−1⟩ + 0.1 + 0.2)."""
    layer = nn.RNN(1, 1, dtype=refnn.float64)
    with refnn.no_grad():
        for parameter, value in zip(layer.parameters(), (1.0, 0.5, 0.1, 0.2), strict=True):
            parameter.fill_(value)
    return layer


def test_rnn_forward_starts_from_zero_and_adds_both_biases():
    states, last = one_neuron_rnn()(double([[1], [-1]]))
    # tanh(1.3) = 0.861723, then tanh(−1 + 0.430862 + 0.3) = tanh(−0.269138) = −0.262823
    close(states, [[0.861723], [-0.262823]])
    close(last, [[-0.262823]])


def test_back_propagation_through_two_steps():
    layer = one_neuron_rnn()
    states, _ = layer(double([[1], [-1]]))
    states[1].sum().backward()
    # dz⟨2⟩ = 1 − 0.262823² = 0.930924; dz⟨1⟩ = ½ · 0.930924 · (1 − 0.861723²) = 0.119825
    close(layer.weight_ih_l0.grad, [[-0.811099]])  # dz⟨1⟩ · 1 + dz⟨2⟩ · (−1)
    close(layer.weight_hh_l0.grad, [[0.802199]])  # dz⟨1⟩ · 0 + dz⟨2⟩ · a⟨1⟩
    close(layer.bias_ih_l0.grad, [1.050749])  # dz⟨1⟩ + dz⟨2⟩
    close(layer.bias_hh_l0.grad, [1.050749])


def test_a_second_layer_reads_the_first_and_its_own_past():
    """a[2]⟨t⟩ = tanh(2 a[1]⟨t⟩ − a[2]⟨t−1⟩), with a[1]⟨t⟩ = tanh(x⟨t⟩ + ½ a[1]⟨t−1⟩)."""
    layer = nn.RNN(1, 1, num_layers=2, bias=False, dtype=refnn.float64)
    with refnn.no_grad():
        for parameter, value in zip(layer.parameters(), (1.0, 0.5, 2.0, -1.0), strict=True):
            parameter.fill_(value)
    states, last = layer(double([[1], [-1]]))
    # a[1] = tanh 1 = 0.761594, tanh(−1 + 0.380797) = −0.550573
    # a[2] = tanh 1.523188 = 0.909252, tanh(−1.101146 − 0.909252) = −0.964755
    close(states, [[0.909252], [-0.964755]])
    close(last, [[-0.550573], [-0.964755]])


@pytest.mark.parametrize("gain", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("steps", [1, 10, 28])
def test_gradients_grow_and_shrink_as_powers(gain, steps):
    """One ReLU neuron that stays on: ∂a⟨T⟩/∂a⟨0⟩ = gain^T. Behind a sigmoid each step costs a factor of 4 or more."""
    layer = nn.RNN(1, 1, nonlinearity="relu", bias=False, dtype=refnn.float64)
    with refnn.no_grad():
        layer.weight_ih_l0.fill_(1.0)
        layer.weight_hh_l0.fill_(gain)
    start = refnn.ones(1, 1, dtype=refnn.float64, requires_grad=True)
    layer(refnn.ones(steps, 1, dtype=refnn.float64), start)[1].sum().backward()
    close(start.grad, [[gain**steps]], atol=0)

    state = first = double(1).requires_grad_()
    for _ in range(steps):
        state = F.sigmoid(gain * state)
    state.backward()
    assert 0 < first.grad.item() <= (gain / 4) ** steps


@pytest.mark.parametrize(
    "gradient, limit, clipped",
    [
        ([3, 4], 1, [0.6, 0.8]),
        ([3, 4], 10, [3, 4]),  # short enough already
        ([0, 0], 1, [0, 0]),
    ],
)
def test_clipping_shortens_and_keeps_the_direction(gradient, limit, clipped):
    parameter = nn.Parameter(double([0, 0]))
    parameter.grad = double(gradient)
    length = nn.utils.clip_grad_norm_([parameter], limit)
    close(length, np.hypot(*gradient), atol=1e-12)
    close(parameter.grad, clipped)


@pytest.mark.parametrize("p", [0.1, 0.2, 0.5, 0.8])
def test_dropout_scales_what_it_keeps(p):
    refnn.manual_seed(0)
    x = refnn.ones(20_000, requires_grad=True)
    layer = nn.Dropout(p)
    y = layer(x)
    y.sum().backward()
    kept = y.detach().numpy() != 0
    assert abs(kept.mean() - (1 - p)) < 0.02
    np.testing.assert_allclose(y.detach().numpy()[kept], 1 / (1 - p), rtol=1e-6)
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())
    np.testing.assert_array_equal(layer.eval()(x).detach().numpy(), x.detach().numpy())
