"""Recurrent layers as modules: names, shapes, stacking, packing, copies, errors."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import refnn
from refnn import nn
from refnn.nn.utils.rnn import pack_sequence, unpack_sequence

LAYERS = [nn.RNN, nn.LSTM, nn.GRU]
layers = pytest.mark.parametrize("cls", LAYERS, ids=lambda cls: cls.__name__)


def first(hidden):
    """h of an LSTM's (h, c), or the state itself."""
    return hidden[0] if isinstance(hidden, tuple) else hidden


def close(a, b):
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("cls, gates", list(zip(LAYERS, (1, 4, 3), strict=True)))
def test_names_and_shapes_of_the_parameters(cls, gates):
    layer = cls(5, 7, 2, bidirectional=True)
    g = 7 * gates
    expected = {}
    for k, inputs in ((0, 5), (1, 14)):
        for suffix in ("", "_reverse"):
            expected |= {
                f"weight_ih_l{k}{suffix}": (g, inputs),
                f"weight_hh_l{k}{suffix}": (g, 7),
                f"bias_ih_l{k}{suffix}": (g,),
                f"bias_hh_l{k}{suffix}": (g,),
            }
    assert {name: tuple(p.shape) for name, p in layer.state_dict().items()} == expected
    assert [len(weights) for weights in layer.all_weights] == [4] * 4
    assert all(float(p.detach().abs().max()) <= 7**-0.5 for p in layer.parameters())


def test_projection():
    layer = nn.LSTM(5, 7, 2, proj_size=3)
    assert tuple(layer.weight_hr_l1.shape) == (3, 7)
    assert tuple(layer.weight_hh_l0.shape) == (28, 3)
    y, (h, c) = layer(refnn.ones(4, 2, 5))
    assert (tuple(y.shape), tuple(h.shape), tuple(c.shape)) == ((4, 2, 3), (2, 2, 3), (2, 2, 7))


@layers
@pytest.mark.parametrize("bidirectional", [False, True])
def test_batch_first_and_unbatched_agree(cls, bidirectional):
    refnn.manual_seed(0)
    layer = cls(3, 4, 2, bidirectional=bidirectional)
    swapped = copy.deepcopy(layer)
    swapped.batch_first = True
    x = refnn.randn(5, 2, 3)
    y, hidden = layer(x)
    y_swapped, hidden_swapped = swapped(x.transpose(0, 1))
    close(y, y_swapped.transpose(0, 1))
    close(first(hidden), first(hidden_swapped))
    y_one, hidden_one = layer(x[:, 1])
    close(y_one, y[:, 1])
    close(first(hidden_one), first(hidden)[:, 1])


@layers
def test_packed_sequences_run_as_each_alone(cls):
    refnn.manual_seed(1)
    layer = cls(3, 4, 2, bidirectional=True)
    given = [refnn.randn(n, 3) for n in (2, 5, 3)]
    packed, hidden = layer(pack_sequence(given, enforce_sorted=False))
    for b, (sequence, result) in enumerate(zip(given, unpack_sequence(packed), strict=True)):
        y, last = layer(sequence)
        close(result, y)
        close(first(hidden)[:, b], first(last))


@layers
def test_packed_initial_states_follow_their_sequences(cls):
    refnn.manual_seed(2)
    layer = cls(3, 4)
    given = [refnn.randn(n, 3) for n in (2, 4)]
    state = refnn.randn(1, 2, 4)
    pair = isinstance(layer, nn.LSTM)
    packed, _ = layer(pack_sequence(given, enforce_sorted=False), (state, -state) if pair else state)
    for b, result in enumerate(unpack_sequence(packed)):
        alone = state[:, b]
        y, _ = layer(given[b], (alone, -alone) if pair else alone)
        close(result, y)


@pytest.mark.parametrize(
    "cls, cell", [(nn.RNN, nn.RNNCell), (nn.LSTM, nn.LSTMCell), (nn.GRU, nn.GRUCell)], ids=["RNN", "LSTM", "GRU"]
)
@pytest.mark.parametrize("bias", [True, False])
def test_a_cell_in_a_loop_is_the_layer(cls, cell, bias):
    layer, cell = cls(3, 4, bias=bias), cell(3, 4, bias=bias)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x = refnn.randn(5, 2, 3)
    y, _ = layer(x)
    state = None
    for t in range(5):
        state = cell(x[t], state)
        close(first(state), y[t])
    one = cell(x[0, 0])
    assert tuple(first(one).shape) == (4,)


def test_relu():
    layer = nn.RNN(3, 4, nonlinearity="relu")
    cell = nn.RNNCell(3, 4, nonlinearity="relu")
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x = refnn.randn(1, 2, 3)
    y, _ = layer(x)
    close(cell(x[0]), y[0])
    assert bool((y >= 0).all())


@layers
def test_dropout_stands_between_the_layers_and_only_in_training(cls):
    layer = cls(3, 4, 2, dropout=1.0)
    x = refnn.randn(5, 2, 3)
    upper = cls(4, 4)
    upper.load_state_dict(
        {name.replace("l1", "l0"): value for name, value in layer.state_dict().items() if "l1" in name}
    )
    y, _ = layer(x)
    expected, _ = upper(refnn.zeros(5, 2, 4))
    close(y, expected)
    layer.eval()
    lower = cls(3, 4)
    lower.load_state_dict({name: value for name, value in layer.state_dict().items() if "l0" in name})
    close(layer(x)[0], upper(lower(x)[0])[0])


def test_dropout_on_one_layer_warns():
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last recurrent layer"):
        nn.RNN(3, 4, dropout=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.RNN(3, 4, 2, dropout=0.5)


@layers
@pytest.mark.parametrize("again", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_copies_have_weights_of_their_own(cls, again):
    layer = cls(3, 4)
    twin = again(layer)
    x = refnn.randn(5, 2, 3)
    close(layer(x)[0], twin(x)[0])
    with refnn.no_grad():
        twin.weight_hh_l0.zero_()
    assert twin._flat_weights[1] is twin.weight_hh_l0
    assert float(layer.weight_hh_l0.detach().abs().sum()) > 0
    assert not np.allclose(layer(x)[0].detach().numpy(), twin(x)[0].detach().numpy())


@layers
def test_converted_and_replaced_weights_are_used(cls):
    layer = cls(3, 4).double()
    x = refnn.randn(5, 2, 3, dtype=refnn.float64)
    assert layer(x)[0].dtype == refnn.float64
    layer.weight_ih_l0 = nn.Parameter(refnn.zeros_like(layer.weight_ih_l0))
    close(layer(x)[0], layer(refnn.zeros_like(x))[0])


@pytest.mark.parametrize(
    "layer, text",
    [
        (lambda: nn.RNN(3, 4), "RNN(3, 4)"),
        (lambda: nn.RNN(3, 4, 2, nonlinearity="relu", bias=False), "RNN(3, 4, num_layers=2, bias=False)"),
        (
            lambda: nn.LSTM(3, 4, 2, batch_first=True, dropout=0.1, bidirectional=True, proj_size=2),
            "LSTM(3, 4, proj_size=2, num_layers=2, batch_first=True, dropout=0.1, bidirectional=True)",
        ),
        (lambda: nn.RNNCell(3, 4, False, "relu"), "RNNCell(3, 4, bias=False, nonlinearity=relu)"),
        (lambda: nn.GRUCell(3, 4), "GRUCell(3, 4)"),
    ],
)
def test_repr(layer, text):
    assert repr(layer()) == text


X = refnn.ones(5, 2, 3)


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda: nn.RNN(0, 4), ValueError, "input_size must be greater than zero"),
        (lambda: nn.RNN(3, 4.0), TypeError, "hidden_size should be of type int, got: float"),
        (lambda: nn.RNN(3, 4, 0), ValueError, "num_layers must be greater than zero"),
        (lambda: nn.RNN(3, 4, bias=1), TypeError, "bias should be of type bool, got: int"),
        (lambda: nn.RNN(3, 4, 2, dropout=1.5), ValueError, r"dropout should be a number in range \[0, 1\]"),
        (lambda: nn.RNN(3, 4, nonlinearity="sin"), ValueError, "Unknown nonlinearity 'sin'"),
        (lambda: nn.GRU(3, 4, proj_size=2), ValueError, "only supported for LSTM"),
        (lambda: nn.LSTM(3, 4, proj_size=4), ValueError, "proj_size has to be smaller than hidden_size"),
        (lambda: nn.LSTM(3, 4, proj_size=-1), ValueError, "positive integer or zero"),
        (lambda: nn.RNN(3, 4)(refnn.ones(3)), ValueError, "RNN: Expected input to be 2D or 3D, got 1D tensor"),
        (lambda: nn.GRU(3, 4)(refnn.ones(3)), ValueError, "GRU: Expected input to be 2D or 3D, got 1D instead"),
        (lambda: nn.RNN(2, 4)(X), RuntimeError, "Expected 2, got 3"),
        (lambda: nn.RNN(3, 4)(X.double()), ValueError, "does not match weight dtype"),
        (lambda: nn.RNN(3, 4)(X[:0]), RuntimeError, "sequence length to be larger than 0"),
        (lambda: nn.RNN(3, 4)(X, refnn.ones(1, 3, 4)), RuntimeError, r"Expected hidden size \(1, 2, 4\), got"),
        (lambda: nn.RNN(3, 4)(X, refnn.ones(1, 4)), RuntimeError, "For batched 3-D input, hx should also be 3-D"),
        (lambda: nn.RNN(3, 4)(X[0], refnn.ones(1, 1, 4)), RuntimeError, "For unbatched 2-D input"),
        (
            lambda: nn.LSTM(3, 4)(X, (refnn.ones(1, 2, 4), refnn.ones(1, 2, 5))),
            RuntimeError,
            r"Expected hidden\[1\] size",
        ),
        (lambda: nn.RNNCell(2, 4)(X[0]), RuntimeError, "inconsistent input_size: got 3 expected 2"),
        (lambda: nn.RNNCell(3, 4)(X[0], refnn.ones(3, 4)), RuntimeError, "Input batch size 2 doesn't match"),
        (lambda: nn.GRUCell(3, 4)(X[0], refnn.ones(2, 5)), RuntimeError, "hidden0 has inconsistent hidden_size"),
        (lambda: nn.LSTMCell(3, 4)(X), ValueError, "LSTMCell: Expected input to be 1D or 2D, got 3D instead"),
        (lambda: nn.RNNCell(3, 4, nonlinearity="x")(X[0]), RuntimeError, "Unknown nonlinearity: x"),
    ],
)
def test_errors(call, error, text):
    with pytest.raises(error, match=text):
        call()
