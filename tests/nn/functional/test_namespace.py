"""Functions of nn.functional in refnn's own namespace, whose parameters differ."""

import pytest

import refnn

F = refnn.nn.functional
X = refnn.linspace(-3, 4, 2 * 3 * 6 * 6).sin().reshape(2, 3, 6, 6)
T = refnn.linspace(0, 1, X.numel()).reshape(X.shape)

SAME = {  # (in the namespace, in nn.functional)
    "max_pool1d": (lambda: refnn.max_pool1d(X[0], 2), lambda: F.max_pool1d(X[0], 2)),
    "max_pool2d": (lambda: refnn.max_pool2d(X, 3, (), 1, 1, True), lambda: F.max_pool2d(X, 3, None, 1, 1, True)),
    "max_pool3d": (lambda: refnn.max_pool3d(X, 2, 1), lambda: F.max_pool3d(X, 2, 1)),
    "adaptive": (lambda: refnn.adaptive_max_pool1d(X[0], 4)[0], lambda: F.adaptive_max_pool1d(X[0], 4)),
    "indices": (
        lambda: refnn.adaptive_max_pool1d(X[0], 4)[1],
        lambda: F.adaptive_max_pool1d(X[0], 4, return_indices=True)[1],
    ),
    "not reduced": (
        lambda: refnn.binary_cross_entropy_with_logits(X, T),
        lambda: F.binary_cross_entropy_with_logits(X, T, reduction="none"),
    ),
    "mean": (
        lambda: refnn.binary_cross_entropy_with_logits(X, T, reduction=1),
        lambda: F.binary_cross_entropy_with_logits(X, T),
    ),
    "sum": (
        lambda: refnn.binary_cross_entropy_with_logits(X[0], T, T[0], T + 1, 2),
        lambda: F.binary_cross_entropy_with_logits(X[0].expand_as(T), T, T[0], reduction="sum", pos_weight=T + 1),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_as_in_nn_functional(name):
    mine, theirs = (call() for call in SAME[name])
    assert mine.tolist() == theirs.tolist()


CELLS = {"rnn_tanh_cell": refnn.nn.RNNCell, "gru_cell": refnn.nn.GRUCell, "lstm_cell": refnn.nn.LSTMCell}


@pytest.mark.parametrize("name", CELLS)
def test_cells_are_those_of_the_modules(name):
    cell, x, h = CELLS[name](3, 4), X[:, :, 0, 0], T[:, 0, 0, :4]
    state = (h, h + 1) if name == "lstm_cell" else h
    mine = getattr(refnn, name)(x, state, cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)
    theirs = cell(x, state)
    for a, b in zip(*((y if isinstance(y, tuple) else (y,)) for y in (mine, theirs)), strict=True):
        assert a.tolist() == b.tolist()


REFUSED = {  # (call, exception, text)
    "indices": (lambda: refnn.max_pool2d(X, 2, return_indices=True), TypeError, "unexpected keyword argument"),
    "a word": (lambda: refnn.binary_cross_entropy_with_logits(X, T, reduction="mean"), TypeError, "must be int"),
    "a small target": (lambda: refnn.binary_cross_entropy_with_logits(X, T[0]), RuntimeError, "broadcast shape"),
    "one state": (lambda: refnn.lstm_cell(X[0, 0], (X[0, 0],), X[0, 0], X[0, 0]), RuntimeError, "two hidden states"),
}


@pytest.mark.parametrize("row", REFUSED)
def test_refused(row):
    call, exception, text = REFUSED[row]
    with pytest.raises(exception, match=text):
        call()
