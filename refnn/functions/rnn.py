"""torch.rnn_tanh, rnn_relu, lstm, gru: stacks of recurrent layers; and torch's four cells.

A stack runs its layers one after another, each in one or two directions, with dropout between them. `params`
are the weights of layer 0 forward, layer 0 backward, layer 1 forward, …: W_ih, W_hh, then b_ih, b_hh if
there are biases, then W_hr if there is a projection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from refnn import dtypes
from refnn.autograd.base import TensorBase
from refnn.functions._checks import type_name
from refnn.functions._overloads import invalid_combination
from refnn.functions.dropout import dropout as drop
from refnn.functions.shape import transpose
from refnn.ops.gru import gru_cell as _gru_cell
from refnn.ops.gru import gru_layer
from refnn.ops.joining import cat, stack
from refnn.ops.lstm import lstm_cell as _lstm_cell
from refnn.ops.lstm import lstm_layer
from refnn.ops.rnn import rnn_cell, rnn_layer
from refnn.ops.shape import select

__all__ = ["gru", "gru_cell", "lstm", "lstm_cell", "rnn_relu", "rnn_relu_cell", "rnn_tanh", "rnn_tanh_cell"]

Tensor = Any
# (x, states, weights, sizes, reverse) -> (y, last states)
Layer = Callable[[Tensor, list[Tensor], list[Any], Any, bool], tuple[Tensor, tuple[Tensor, ...]]]

# Arguments ----------------------------------------------------------------------------------------------

_OPTIONS = ("params", "has_biases", "num_layers", "dropout", "train", "bidirectional")
_PADDED = ("input", "hx", *_OPTIONS, "batch_first")
_PACKED = ("data", "batch_sizes", "hx", *_OPTIONS)
_TYPES = {
    "params": "tuple of Tensors",
    "has_biases": "bool",
    "num_layers": "int",
    "dropout": "float",
    "train": "bool",
    "bidirectional": "bool",
    "batch_first": "bool",
}


def _signature(names: tuple[str, ...], hx: str) -> str:
    return ", ".join(f"{hx if name == 'hx' else _TYPES.get(name, 'Tensor')} {name}" for name in names)


def _bound(name: str, hx: str, args: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """The arguments by name: the padded or the packed form. Raises TypeError for neither."""
    form = _PADDED
    third = args[2] if len(args) > 2 else named.get("params")
    if "data" in named or "batch_sizes" in named or not isinstance(third, (tuple, list)):
        form = _PACKED
    if hx != "Tensor" and form is _PADDED and len(args) > 1 and isinstance(args[1], TensorBase):
        form = _PACKED  # an lstm's states are a tuple, so a tensor is the batch sizes
    given = dict(zip(form, args, strict=False)) | named
    if len(args) > len(form) or set(given) != set(form) or len(given) != len(args) + len(named):
        forms = (_signature(_PACKED, hx), _signature(_PADDED, hx))
        raise invalid_combination(name, args, named, *forms)
    return given


def _layer_weights(given: dict[str, Any], names: list[str]) -> list[list[Any]]:
    """For each layer and direction its weights, None for those in `names` that there are not.

    Raises TypeError for what is no tensor, RuntimeError for the wrong number of weights.
    """
    params = given["params"]
    for k, weight in enumerate(params):
        if not isinstance(weight, TensorBase):
            raise TypeError(f"expected Tensor as element {k} in argument 2, but got {type_name(weight)}")
    runs = given["num_layers"] * (2 if given["bidirectional"] else 1)
    if len(params) != runs * len(names):
        raise RuntimeError("got an incorrect number of RNN parameters")
    everything = ["w_ih", "w_hh", "b_ih", "b_hh", "w_hr"]
    split = [dict(zip(names, params[k * len(names) :], strict=False)) for k in range(runs)]
    return [[weights.get(name) for name in everything] for weights in split]


def _check_dtype(x: Tensor, *others: Any) -> None:
    for other in others:
        if other is not None and other._data.dtype != x._data.dtype:
            found, expected = (dtypes.from_numpy(t._data.dtype).title for t in (other, x))
            raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {found} and {expected}")


# Stacks -------------------------------------------------------------------------------------------------


def _run(layer: Layer, given: dict[str, Any], states: Sequence[Tensor], names: list[str]) -> tuple[Tensor, ...]:
    """(y, *last states) of all layers. Each of `states` is (layers · directions, B, H)."""
    sizes = tuple(given["batch_sizes"].tolist()) if "batch_sizes" in given else None
    x = given["data"] if sizes is not None else given["input"]
    if given.get("batch_first"):
        x = transpose(x, 0, 1)
    if sizes is None and x.shape[0] == 0:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    weights = _layer_weights(given, names)
    _check_dtype(x, *states)
    directions = 2 if given["bidirectional"] else 1
    last: list[tuple[Tensor, ...]] = []
    for k in range(given["num_layers"]):
        if k and given["dropout"] and given["train"]:
            x = drop(x, given["dropout"], True)
        outputs = []
        for run in range(k * directions, (k + 1) * directions):
            start = [select(state, dim=0, index=run) for state in states]
            y, ended = layer(x, start, weights[run], sizes, run % directions == 1)
            outputs.append(y)
            last.append(ended)
        x = outputs[0] if directions == 1 else cat(*outputs, dim=outputs[0].ndim - 1)
    if given.get("batch_first"):
        x = transpose(x, 0, 1)
    return (x, *(stack(*state, dim=0) for state in zip(*last, strict=True)))


def _rnn(name: str, nonlinearity: str, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Tensor, ...]:
    given = _bound(name, "Tensor", args, named)

    def layer(x: Any, states: Any, weights: Any, sizes: Any, reverse: bool) -> Any:
        meta = {"nonlinearity": nonlinearity, "sizes": sizes, "reverse": reverse}
        y, h = rnn_layer(x, *states, *weights[:4], **meta)
        return y, (h,)

    return _run(layer, given, [given["hx"]], _names(given))


def _names(given: dict[str, Any], projected: bool = False) -> list[str]:
    biases = ["b_ih", "b_hh"] if given["has_biases"] else []
    return ["w_ih", "w_hh", *biases, *(["w_hr"] if projected else [])]


def rnn_tanh(*args: Any, **named: Any) -> tuple[Tensor, Tensor]:
    """(y, h_n): a stack of layers h_t = tanh(W_ih x_t + b_ih + W_hh h_{t−1} + b_hh).

    Forms: (input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first), with input
    (T, B, I), or (B, T, I) if batch_first; and (data, batch_sizes, hx, params, has_biases, num_layers,
    dropout, train, bidirectional) with a PackedSequence's data. hx (layers · directions, B, H).

    Raises TypeError for another form, RuntimeError for no time step or another number of parameters.
    Source: torch.rnn_tanh; Elman, 1990.
    """
    return _rnn("rnn_tanh", "tanh", args, named)


def rnn_relu(*args: Any, **named: Any) -> tuple[Tensor, Tensor]:
    """rnn_tanh with ReLU in place of tanh."""
    return _rnn("rnn_relu", "relu", args, named)


def gru(*args: Any, **named: Any) -> tuple[Tensor, Tensor]:
    """(y, h_n): a stack of GRU layers. Forms as for rnn_tanh. Source: torch.gru; Cho et al., 2014."""
    given = _bound("gru", "Tensor", args, named)

    def layer(x: Any, states: Any, weights: Any, sizes: Any, reverse: bool) -> Any:
        y, h, _ = gru_layer(x, *states, *weights[:4], sizes=sizes, reverse=reverse)
        return y, (h,)

    return _run(layer, given, [given["hx"]], _names(given))


def lstm(*args: Any, **named: Any) -> tuple[Tensor, Tensor, Tensor]:
    """(y, h_n, c_n): a stack of LSTM layers. Forms as for rnn_tanh, with hx the pair (h_0, c_0).

    There is a projection where h_0 and c_0 differ in their last size.
    Source: torch.lstm; Hochreiter and Schmidhuber, 1997.
    """
    given = _bound("lstm", "tuple of Tensors", args, named)
    if len(given["hx"]) != 2:
        raise RuntimeError("lstm expects two hidden states")
    h, c = given["hx"]

    def layer(x: Any, states: Any, weights: Any, sizes: Any, reverse: bool) -> Any:
        y, h, c, _, _ = lstm_layer(x, *states, *weights, sizes=sizes, reverse=reverse)
        return y, (h, c)

    projected = h.shape[-1] != c.shape[-1]
    return _run(layer, given, [h, c], _names(given, projected))


# Cells --------------------------------------------------------------------------------------------------


def _check_cell(input: Tensor, states: Sequence[Tensor], w_ih: Tensor, w_hh: Tensor) -> None:
    """Raise RuntimeError unless input (B, I) and the states (B, H) fit each other and the weights."""
    if input.shape[1] != w_ih.shape[1]:
        raise RuntimeError(f"input has inconsistent input_size: got {input.shape[1]} expected {w_ih.shape[1]}")
    for k, state in enumerate(states):
        if state.shape[0] != input.shape[0]:
            raise RuntimeError(f"Input batch size {input.shape[0]} doesn't match hidden{k} batch size {state.shape[0]}")
        if state.shape[1] != w_hh.shape[1]:
            raise RuntimeError(
                f"hidden{k} has inconsistent hidden_size: got {state.shape[1]}, expected {w_hh.shape[1]}"
            )
    for given, weight in ((input, w_ih), *((state, w_hh) for state in states)):
        _check_dtype(weight, given)


def rnn_tanh_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), with x (B, I) and h (B, H). Source: torch.rnn_tanh_cell."""
    _check_cell(input, [hx], w_ih, w_hh)
    return rnn_cell(input, hx, w_ih, w_hh, b_ih, b_hh, nonlinearity="tanh")


def rnn_relu_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """h' = max(W_ih x + b_ih + W_hh h + b_hh, 0). Source: torch.rnn_relu_cell."""
    _check_cell(input, [hx], w_ih, w_hh)
    return rnn_cell(input, hx, w_ih, w_hh, b_ih, b_hh, nonlinearity="relu")


def gru_cell(
    input: Tensor,
    hx: Tensor,
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """One step of a GRU: h' (B, H). Source: torch.gru_cell."""
    _check_cell(input, [hx], w_ih, w_hh)
    return _gru_cell(input, hx, w_ih, w_hh, b_ih, b_hh)


def lstm_cell(
    input: Tensor,
    hx: Sequence[Tensor],
    w_ih: Tensor,
    w_hh: Tensor,
    b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """One step of an LSTM from hx = (h, c): (h', c'), each (B, H). Source: torch.lstm_cell."""
    if len(hx) != 2:
        raise RuntimeError("lstm_cell expects two hidden states")
    _check_cell(input, list(hx), w_ih, w_hh)
    h, c = hx
    return _lstm_cell(input, h, c, w_ih, w_hh, b_ih, b_hh)
