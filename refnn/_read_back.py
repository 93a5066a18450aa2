"""The arguments that a module of torch or refnn was constructed with, read back from it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

__all__ = ["arguments", "title"]

_RECURRENT = ("input_size", "hidden_size", "num_layers", "bias", "batch_first", "dropout", "bidirectional")
_CONTAINERS = ("Module", "Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict")
_DEFAULT_ALWAYS = ("device", "size_average", "reduce", "_weight", "_freeze")  # no trace of them is left, or needed
# Arguments that a module keeps in its parts only.
_OF_LAYER: dict[str, Callable[[Any], Any]] = {
    "d_model": lambda x: x.linear1.in_features,
    "nhead": lambda x: x.self_attn.num_heads,
    "dim_feedforward": lambda x: x.linear1.out_features,
    "dropout": lambda x: x.dropout.p,
    "layer_norm_eps": lambda x: x.norm1.eps,
    "batch_first": lambda x: x.self_attn.batch_first,
    "bias": lambda x: x.linear1.bias is not None,
    "dtype": lambda x: x.linear1.weight.dtype,
}
_IN_PARTS: dict[str, dict[str, Callable[[Any], Any]]] = {
    "TransformerEncoderLayer": _OF_LAYER,
    "TransformerDecoderLayer": _OF_LAYER,
    "TransformerEncoder": {"encoder_layer": lambda x: x.layers[0]},
    "TransformerDecoder": {"decoder_layer": lambda x: x.layers[0]},
    "Transformer": {"custom_encoder": lambda x: x.encoder, "custom_decoder": lambda x: x.decoder},
}


def arguments(x: Any, base: type) -> dict[str, Any]:
    """The arguments of `base.__init__`, x being of that class or one derived from it.

    Raises TypeError for one that has no default and has left no trace.
    """
    if base.__name__ in _CONTAINERS:
        return {}
    found = {}
    for name, default in _parameters(base).items():
        value = default if name in _DEFAULT_ALWAYS else _argument(x, name, base.__name__)
        if value is not inspect.Parameter.empty:
            found[name] = value
        elif default is inspect.Parameter.empty:
            raise TypeError(f"the argument {name!r} of {title(x)} cannot be read back")
    return found


def _parameters(base: type) -> dict[str, Any]:
    """The names and defaults of the constructor's parameters."""
    if base.__name__ in ("RNN", "LSTM", "GRU"):  # their own signatures are *args, **kwargs
        names = [*_RECURRENT, "dtype"]
        names += ["nonlinearity"] if base.__name__ == "RNN" else []
        names += ["proj_size"] if base.__name__ == "LSTM" else []
        return dict.fromkeys(names, None)
    signature = inspect.signature(base.__init__)  # type: ignore[misc]
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {n: p.default for n, p in list(signature.parameters.items())[1:] if p.kind not in kinds}


def _argument(x: Any, name: str, base: str) -> Any:
    """What the module was constructed with, `empty` where it does not say."""
    if name in _IN_PARTS.get(base, ()):
        return _IN_PARTS[base][name](x)
    if name == "dtype":
        tensors = [*x._parameters.values(), *x._buffers.values()]
        floating = [t.dtype for t in tensors if t is not None and t.dtype.is_floating_point]
        return floating[0] if floating else None
    if name == "add_bias_kv":
        return x.bias_k is not None
    if name == "bias" and hasattr(x, "in_proj_bias"):
        return x.in_proj_bias is not None
    value = getattr(x, name, inspect.Parameter.empty)
    return value is not None if name == "bias" and not isinstance(value, bool) else value


def title(x: Any) -> str:
    """How an error calls the module: `torch's Linear`."""
    return f"{type(x).__module__.partition('.')[0]}'s {type(x).__name__}"
