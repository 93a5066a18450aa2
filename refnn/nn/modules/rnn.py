"""Recurrent layers: RNN, LSTM, GRU, in any number of layers and in one or two directions, and their cells."""

from __future__ import annotations

from typing import Any

from refnn.functions import rnn as run
from refnn.functions.creation import empty, zeros
from refnn.nn.modules._affine import draw_all
from refnn.nn.modules._rnn_base import RNNBase, permuted
from refnn.nn.modules.module import Module
from refnn.nn.parameter import Parameter
from refnn.nn.utils.rnn import PackedSequence

__all__ = ["RNNBase", "RNN", "LSTM", "GRU", "RNNCellBase", "RNNCell", "LSTMCell", "GRUCell"]

Tensor = Any


class RNN(RNNBase):
    """Layers of h_t = act(W_ih x_t + b_ih + W_hh h_{t−1} + b_hh), act tanh or ReLU.

    Args:
        input_size: I, of x_t.
        hidden_size: H, of h_t.
        num_layers: how many layers run one on top of another.
        nonlinearity: 'tanh' or 'relu'.
        bias: whether there are b_ih and b_hh.
        batch_first: x and y are (B, T, *) instead of (T, B, *).
        dropout: the probability of dropping outputs of every layer but the last, in training.
        bidirectional: run each layer in both directions of time, and join the outputs.

    Shape: x (T, B, I), (T, I), or a PackedSequence; hx (layers · directions, B, H), zeros if not given.
        Returns y (T, B, directions · H), likewise without B or packed, and the last state, of hx's shape.
    Raises: ValueError and TypeError for wrong arguments; in forward ValueError for another dtype or rank,
        RuntimeError for sizes that do not fit.
    Source: torch.nn.RNN; Elman, 1990.
    """

    _tensor = " tensor"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        given = list(args)
        self.nonlinearity = given.pop(3) if len(given) > 3 else kwargs.pop("nonlinearity", "tanh")
        if self.nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{self.nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{self.nonlinearity.upper()}", *given, **kwargs)

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        self._update_flat_weights()
        return self._of_packed(input, hx) if isinstance(input, PackedSequence) else self._of_tensor(input, hx, "RNN")


class LSTM(RNNBase):
    """Layers of c_t = f ∘ c_{t−1} + i ∘ g, h_t = o ∘ tanh c_t, with the gates
    i, f, o = σ(W x_t + b + U h_{t−1} + d) and g = tanh(W x_t + b + U h_{t−1} + d), each with its own weights.

    weight_ih and weight_hh hold the four W and U in the order i, f, g, o. With proj_size P, h_t = W_hr (o ∘
    tanh c_t) of size P.

    Args: as for RNN, without nonlinearity, and proj_size.
    Shape: as for RNN; hx is a pair (h_0, c_0), h with P in H's place if there is a projection.
    Source: torch.nn.LSTM; Hochreiter and Schmidhuber, 1997; Sak et al., 2014, for the projection.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def get_expected_cell_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """(layers · directions, B, H)."""
        return self.num_layers * self._directions, self._batch(input, batch_sizes), self.hidden_size

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        self.check_input(input, batch_sizes)
        expected = self.get_expected_hidden_size(input, batch_sizes)
        self.check_hidden_size(hidden[0], expected, "Expected hidden[0] size {}, got {}")
        expected = self.get_expected_cell_size(input, batch_sizes)
        self.check_hidden_size(hidden[1], expected, "Expected hidden[1] size {}, got {}")

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        return hx if permutation is None else (permuted(hx[0], permutation), permuted(hx[1], permutation))

    def _initial(self, input: Tensor, batch: int) -> Any:
        return (
            self._zero_state(input, batch, self._output_size),
            self._zero_state(input, batch, self.hidden_size),
        )

    def _check_state_rank(self, hx: Any, batched: bool) -> None:
        kind, rank = ("batched", 3) if batched else ("unbatched", 2)
        if hx[0].dim() != rank or hx[1].dim() != rank:
            raise RuntimeError(
                f"For {kind} {rank}-D input, hx and cx should also be {rank}-D but got "
                f"({hx[0].dim()}-D, {hx[1].dim()}-D) tensors"
            )

    def _each_state(self, hx: Any, change: Any) -> Any:
        return change(hx[0]), change(hx[1])

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, tuple[Tensor, Tensor]]:
        self._update_flat_weights()
        return self._of_packed(input, hx) if isinstance(input, PackedSequence) else self._of_tensor(input, hx, "LSTM")


class GRU(RNNBase):
    """Layers of h_t = (1 − z) ∘ n + z ∘ h_{t−1}, with r, z = σ(W x_t + b + U h_{t−1} + d) and
    n = tanh(W_in x_t + b_in + r ∘ (W_hn h_{t−1} + b_hn)): the reset gate comes after the product and its bias.

    weight_ih and weight_hh hold the weights in the order r, z, n.

    Args: as for RNN, without nonlinearity. Shape: as for RNN.
    Source: torch.nn.GRU; Cho et al., 2014.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "proj_size" in kwargs:
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        super().__init__("GRU", *args, **kwargs)

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        self._update_flat_weights()
        return self._of_packed(input, hx) if isinstance(input, PackedSequence) else self._of_tensor(input, hx, "GRU")


# Cells --------------------------------------------------------------------------------------------------


class RNNCellBase(Module):
    """What the cells share: weight_ih (G, I), weight_hh (G, H), bias_ih, bias_hh (G,), from U(−1/√H, 1/√H).

    Source: torch.nn.RNNCellBase.
    """

    __constants__ = ["input_size", "hidden_size", "bias"]

    input_size: int
    hidden_size: int
    bias: bool
    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Any
    bias_hh: Any

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        gates = num_chunks * hidden_size
        self.weight_ih = Parameter(empty((gates, input_size), device=device, dtype=dtype))
        self.weight_hh = Parameter(empty((gates, hidden_size), device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            value = Parameter(empty(gates, device=device, dtype=dtype)) if bias else None
            self.register_parameter(name, value)
        self.reset_parameters()

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if "bias" in self.__dict__ and self.bias is not True:
            text += f", bias={self.bias}"
        if self.__dict__.get("nonlinearity", "tanh") != "tanh":
            text += f", nonlinearity={self.__dict__['nonlinearity']}"
        return text

    def reset_parameters(self) -> None:
        """Draw all parameters anew."""
        draw_all(self.parameters(), self.hidden_size)

    def _weights(self) -> tuple[Any, ...]:
        return self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh

    def _check_rank(self, input: Tensor, **states: Any) -> None:
        name = _cell_name(self)
        for what, value in {"input": input, **states}.items():
            if value is not None and value.dim() not in (1, 2):
                raise ValueError(f"{name}: Expected {what} to be 1D or 2D, got {value.dim()}D instead")

    def _batched(self, input: Tensor, hx: Tensor | None) -> tuple[Tensor, Tensor]:
        """Input and state with a batch dimension; a missing state is zeros."""
        if input.dim() == 1:
            input, hx = input.unsqueeze(0), None if hx is None else hx.unsqueeze(0)
        if hx is None:
            hx = zeros((input.size(0), self.hidden_size), dtype=input.dtype, device=input.device)
        return input, hx


def _cell_name(cell: Any) -> str:
    """The name of the cell's class in this file, for a subclass of it."""
    return next(c.__name__ for c in type(cell).__mro__ if c.__module__ == __name__)


class RNNCell(RNNCellBase):
    """h' = act(W_ih x + b_ih + W_hh h + b_hh), with x (B, I) or (I,), h (B, H) or (H,), zeros if not given.

    Raises ValueError for other ranks, RuntimeError for sizes that do not fit and for an act other than
    'tanh' and 'relu'.
    Source: torch.nn.RNNCell.
    """

    __constants__ = ["input_size", "hidden_size", "bias", "nonlinearity"]
    nonlinearity: str

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, num_chunks=1, device=device, dtype=dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        self._check_rank(input, hidden=hx)
        x, h = self._batched(input, hx)
        if self.nonlinearity == "tanh":
            new = run.rnn_tanh_cell(x, h, *self._weights())
        elif self.nonlinearity == "relu":
            new = run.rnn_relu_cell(x, h, *self._weights())
        else:
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return new if input.dim() == 2 else new.squeeze(0)


class LSTMCell(RNNCellBase):
    """One step of an LSTM: (h', c') from x and hx = (h, c), by LSTM's equations; each (B, H) or (H,).

    Raises ValueError for other ranks, RuntimeError for sizes that do not fit. Source: torch.nn.LSTMCell.
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, num_chunks=4, device=device, dtype=dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        self._check_rank(input, **{f"hx[{k}]": state for k, state in enumerate(hx or ())})
        h, c = (None, None) if hx is None else hx
        x, h = self._batched(input, h)
        _, c = self._batched(input, c)
        new_h, new_c = run.lstm_cell(x, (h, c), *self._weights())
        return (new_h, new_c) if input.dim() == 2 else (new_h.squeeze(0), new_c.squeeze(0))


class GRUCell(RNNCellBase):
    """One step of a GRU: h' from x (B, I) or (I,) and h (B, H) or (H,), by GRU's equations.

    Raises ValueError for other ranks, RuntimeError for sizes that do not fit. Source: torch.nn.GRUCell.
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, num_chunks=3, device=device, dtype=dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        self._check_rank(input, hidden=hx)
        new = run.gru_cell(*self._batched(input, hx), *self._weights())
        return new if input.dim() == 2 else new.squeeze(0)
