"""What RNN, LSTM and GRU share: parameters, checks, and running the stack."""

from __future__ import annotations

import numbers
import warnings
import weakref
from typing import Any

from refnn.functions import rnn as run
from refnn.functions.creation import empty, zeros
from refnn.nn.modules._affine import draw_all
from refnn.nn.modules.module import Module
from refnn.nn.parameter import Parameter
from refnn.nn.utils.rnn import PackedSequence

__all__ = ["RNNBase"]

Tensor = Any

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}
_FUNCTIONS = {"RNN_TANH": run.rnn_tanh, "RNN_RELU": run.rnn_relu, "LSTM": run.lstm, "GRU": run.gru}


def permuted(tensor: Tensor, permutation: Tensor, dim: int = 1) -> Tensor:
    return tensor.index_select(dim, permutation)


class RNNBase(Module):
    """What RNN, LSTM and GRU share: their parameters, and the checks of their inputs.

    Layer k in direction d has weight_ih_l{k}{d} (G, I), weight_hh_l{k}{d} (G, H), bias_ih_l{k}{d} and
    bias_hh_l{k}{d} (G,), with d empty or "_reverse", G = H, 3 H or 4 H, and I the input size, or the size of
    the layer below times its directions; with a projection also weight_hr_l{k}{d} (P, H), and P in H's place
    for weight_hh. All are drawn from U(−1/√H, 1/√H), in this order.

    Source: torch.nn.RNNBase.
    """

    __constants__ = [
        "mode",
        "input_size",
        "hidden_size",
        "num_layers",
        "bias",
        "batch_first",
        "dropout",
        "bidirectional",
        "proj_size",
    ]
    __jit_unused_properties__ = ["all_weights"]

    mode: str
    input_size: int
    hidden_size: int
    num_layers: int
    bias: bool
    batch_first: bool
    dropout: float
    bidirectional: bool
    proj_size: int

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._flat_weight_refs: list[weakref.ref[Any] | None] = []
        self._check_dropout(dropout)
        self._check_sizes()
        self._flat_weights_names: list[str] = []
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            for suffix in ("", "_reverse")[: self._directions]:
                self._add_parameters(layer, suffix, {"device": device, "dtype": dtype})
        self._init_flat_weights()
        self.reset_parameters()

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _output_size(self) -> int:
        return self.proj_size if self.proj_size > 0 else self.hidden_size

    def _check_dropout(self, dropout: Any) -> None:
        if not isinstance(dropout, numbers.Number) or isinstance(dropout, bool) or not 0 <= dropout <= 1:  # type: ignore[operator]
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if dropout > 0 and self.num_layers == 1:  # type: ignore[operator]
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={dropout} and num_layers={self.num_layers}",
                stacklevel=4,
            )

    def _check_sizes(self) -> None:
        for name, kind in (("bias", bool), ("batch_first", bool), ("input_size", int), ("hidden_size", int)):
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
            if kind is int and value <= 0:
                raise ValueError(f"{name} must be greater than zero")
        if self.num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if self.proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if self.proj_size >= self.hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if self.mode not in _GATES:
            raise ValueError("Unrecognized RNN mode: " + self.mode)

    def _add_parameters(self, layer: int, suffix: str, factory: dict[str, Any]) -> None:
        gates, out = _GATES[self.mode] * self.hidden_size, self._output_size
        inputs = self.input_size if layer == 0 else out * self._directions
        shapes: dict[str, tuple[int, ...]] = {"weight_ih": (gates, inputs), "weight_hh": (gates, out)}
        if self.bias:
            shapes |= {"bias_ih": (gates,), "bias_hh": (gates,)}
        if self.proj_size > 0:
            shapes["weight_hr"] = (out, self.hidden_size)
        names = []
        for kind, shape in shapes.items():
            names.append(f"{kind}_l{layer}{suffix}")
            setattr(self, names[-1], Parameter(empty(shape, **factory)))
        self._flat_weights_names.extend(names)
        self._all_weights.append(names)

    def _init_flat_weights(self) -> None:
        self._flat_weights = [getattr(self, name, None) for name in self._flat_weights_names]
        self._flat_weight_refs = [None if w is None else weakref.ref(w) for w in self._flat_weights]
        self.flatten_parameters()

    def __setattr__(self, attr: str, value: Any) -> None:
        if "_flat_weights" in self.__dict__ and attr in self._flat_weights_names:
            self._flat_weights[self._flat_weights_names.index(attr)] = value
        super().__setattr__(attr, value)

    def flatten_parameters(self) -> None:
        """Lay the weights side by side, where a GPU's library gains by it: on the CPU nothing is to do."""

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        self._flat_weight_refs = []
        result = super()._apply(fn, recurse)
        self._init_flat_weights()
        return result

    def reset_parameters(self) -> None:
        """Draw all parameters anew."""
        draw_all(self.parameters(), self.hidden_size)

    # Checks -----------------------------------------------------------------------------------------------

    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """Raise ValueError for another dtype than the weights', RuntimeError for a wrong rank or size."""
        expected = self._flat_weights[0].dtype  # type: ignore[union-attr]
        if input.dtype != expected:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({expected}). "
                f"Convert input: input.to({expected}), or convert model: model.to({input.dtype})"
            )
        rank = 2 if batch_sizes is not None else 3
        if input.dim() != rank:
            raise RuntimeError(f"input must have {rank} dimensions, got {input.dim()}")
        if self.input_size != input.size(-1):
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.size(-1)}"
            )

    def _batch(self, input: Tensor, batch_sizes: Tensor | None) -> int:
        if batch_sizes is not None:
            return int(batch_sizes[0])
        return int(input.size(0) if self.batch_first else input.size(1))

    def get_expected_hidden_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """(layers · directions, B, H), or P in H's place."""
        return self.num_layers * self._directions, self._batch(input, batch_sizes), self._output_size

    def check_hidden_size(
        self,
        hx: Tensor,
        expected_hidden_size: tuple[int, int, int],
        msg: str = "Expected hidden size {}, got {}",
    ) -> None:
        """Raise RuntimeError unless the state has this size."""
        if hx.size() != expected_hidden_size:
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.size())))

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Check input and state against the layer's sizes."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """The states in the order of the sorted sequences, or back."""
        return hx if permutation is None else permuted(hx, permutation)

    def _weights_have_changed(self) -> bool:
        for ref, name in zip(self._flat_weight_refs, self._flat_weights_names, strict=True):
            weight = getattr(self, name, None)
            if weight is not None and ref is not None and ref() is not weight:
                return True
        return False

    def _update_flat_weights(self) -> None:
        if self._weights_have_changed():
            self._init_flat_weights()

    # Running ----------------------------------------------------------------------------------------------

    def _zero_state(self, input: Tensor, batch: int, size: int) -> Tensor:
        shape = (self.num_layers * self._directions, batch, size)
        return zeros(shape, dtype=input.dtype, device=input.device)

    def _initial(self, input: Tensor, batch: int) -> Any:
        return self._zero_state(input, batch, self.hidden_size)

    def _call(self, input: Tensor, batch_sizes: Tensor | None, hx: Any) -> tuple[Tensor, Any]:
        """(y, the last state) of the whole stack."""
        options = (self._flat_weights, self.bias, self.num_layers, self.dropout, self.training, self.bidirectional)
        function = _FUNCTIONS[self.mode]
        if batch_sizes is None:
            result = function(input, hx, *options, self.batch_first)
        else:
            result = function(input, batch_sizes, hx, *options)
        return result[0], result[1] if len(result) == 2 else result[1:]

    def _of_packed(self, sequence: PackedSequence, hx: Any) -> tuple[PackedSequence, Any]:
        input, batch_sizes, order, back = sequence
        if hx is None:
            hx = self._initial(input, int(batch_sizes[0]))
        else:
            hx = self.permute_hidden(hx, order)
        self.check_forward_args(input, hx, batch_sizes)
        output, hidden = self._call(input, batch_sizes, hx)
        return PackedSequence(output, batch_sizes, order, back), self.permute_hidden(hidden, back)

    def _check_state_rank(self, hx: Any, batched: bool) -> None:
        if batched and hx.dim() != 3:
            raise RuntimeError(f"For batched 3-D input, hx should also be 3-D but got {hx.dim()}-D tensor")
        if not batched and hx.dim() != 2:
            raise RuntimeError(f"For unbatched 2-D input, hx should also be 2-D but got {hx.dim()}-D tensor")

    def _each_state(self, hx: Any, change: Any) -> Any:
        return tuple(map(change, hx)) if isinstance(hx, tuple) else change(hx)

    def _of_tensor(self, input: Tensor, hx: Any, whose: str) -> tuple[Tensor, Any]:
        if input.dim() not in (2, 3):
            raise ValueError(f"{whose}: Expected input to be 2D or 3D, got {input.dim()}D{self._tensor} instead")
        batched = input.dim() == 3
        batch_dim = 0 if self.batch_first else 1
        if not batched:
            input = input.unsqueeze(batch_dim)
        if hx is not None:
            self._check_state_rank(hx, batched)
            if not batched:
                hx = self._each_state(hx, lambda state: state.unsqueeze(1))
        else:
            hx = self._initial(input, self._batch(input, None))
        self.check_forward_args(input, hx, None)
        output, hidden = self._call(input, None, hx)
        if batched:
            return output, hidden
        return output.squeeze(batch_dim), self._each_state(hidden, lambda state: state.squeeze(1))

    _tensor = ""  # RNN's own error says "tensor" here, its siblings' do not

    # State ------------------------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        shown = [f"{self.input_size}, {self.hidden_size}"]
        defaults = {
            "proj_size": 0,
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0,
            "bidirectional": False,
        }
        for name, default in defaults.items():
            value = getattr(self, name)
            if value is not default if isinstance(default, bool) else value != default:
                shown.append(f"{name}={value}")
        return ", ".join(shown)

    def __getstate__(self) -> dict[str, Any]:
        self._update_flat_weights()
        state = self.__dict__.copy()
        del state["_flat_weight_refs"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._flat_weights = [getattr(self, name, None) for name in self._flat_weights_names]
        self._flat_weight_refs = [None if w is None else weakref.ref(w) for w in self._flat_weights]

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """For each layer and direction its parameters."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]
