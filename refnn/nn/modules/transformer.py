"""Transformer, and its encoder and decoder: stacks of layers."""

from __future__ import annotations

import copy
import math
import warnings
from typing import Any

from refnn import dtypes
from refnn.functions.creation import full
from refnn.functions.rearranging import triu
from refnn.nn import functional as F
from refnn.nn.functional.attention_heads import canonical_mask, dtype_of
from refnn.nn.init import xavier_uniform_
from refnn.nn.modules import _inference as inference
from refnn.nn.modules.container import ModuleList
from refnn.nn.modules.module import Module
from refnn.nn.modules.normalization import LayerNorm
from refnn.nn.modules.transformer_layer import Activation, TransformerDecoderLayer, TransformerEncoderLayer

__all__ = [
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]

# Helpers ------------------------------------------------------------------------------------------------


def _copies(layer: Module, count: int) -> ModuleList:
    return ModuleList([copy.deepcopy(layer) for _ in range(count)])


def _causal_mask(size: int, device: Any = None, dtype: Any = None) -> Any:
    """(L, L) of floats: 0 up to the diagonal, −∞ after it."""
    return triu(full((size, size), -math.inf, dtype=dtype, device=device), diagonal=1)


def _length(x: Any, batch_first: bool) -> int | None:
    if x.dim() == 2:
        return int(x.size(0))
    if x.dim() == 3:
        return int(x.size(1 if batch_first else 0))
    return None


def _is_causal(mask: Any, hint: bool | None, size: int | None) -> bool:
    """The hint; where there is none, whether the mask is the causal one."""
    if hint is not None or mask is None:
        return hint is True
    causal = _causal_mask(size if size is not None else mask.size(-2), dtype=mask.dtype)
    return bool(mask.size() == causal.size() and (mask == causal).all())


# Stacks -------------------------------------------------------------------------------------------------


class TransformerEncoder(Module):
    """num_layers copies of an encoder layer, one after another, and a norm if one is given.

    The copies start with equal weights. In evaluation without gradients a batch that is padded at the end comes back
    with 0 there before the norm, unless enable_nested_tensor is False; mask_check looks where it is.

    Shape: src (S, N, E) or as the layer takes it; mask and src_key_padding_mask as in the layer. With is_causal None
        the mask itself is looked at.
    Raises: RuntimeError and AssertionError for masks that do not fit.
    Source: torch.nn.TransformerEncoder; Vaswani et al., 2017.
    """

    __constants__ = ["norm"]

    def __init__(
        self,
        encoder_layer: TransformerEncoderLayer,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = _copies(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.use_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check
        reason = inference.never_nested(encoder_layer, isinstance(encoder_layer, TransformerEncoderLayer))
        if enable_nested_tensor and reason:
            warnings.warn(
                f"enable_nested_tensor is True, but self.use_nested_tensor is False because {reason}", stacklevel=2
            )
            self.use_nested_tensor = False

    def forward(
        self, src: Any, mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool | None = None
    ) -> Any:
        padding = canonical_mask(src_key_padding_mask, "src_key_padding_mask", dtype_of(mask), "mask", src.dtype)
        mask = canonical_mask(mask, "mask", None, "", src.dtype, check_other=False)
        left_out = inference.padding_of_nested(self, src, mask, padding)
        batch_first = self.layers[0].self_attn.batch_first
        causal = _is_causal(mask, is_causal, _length(src, batch_first))
        output = src
        for layer in self.layers:
            output = layer(
                output,
                src_mask=mask,
                is_causal=causal,
                src_key_padding_mask=padding if left_out is None else left_out,
            )
        if left_out is not None:
            output = inference.without_padding(output, left_out)
        return output if self.norm is None else self.norm(output)


class TransformerDecoder(Module):
    """num_layers copies of a decoder layer, one after another, and a norm if one is given.

    The copies start with equal weights.

    Shape: as in the layer. With tgt_is_causal None the mask itself is looked at.
    Source: torch.nn.TransformerDecoder; Vaswani et al., 2017.
    """

    __constants__ = ["norm"]

    def __init__(self, decoder_layer: TransformerDecoderLayer, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = _copies(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        batch_first = self.layers[0].self_attn.batch_first
        causal = _is_causal(tgt_mask, tgt_is_causal, _length(tgt, batch_first))
        output = tgt
        for layer in self.layers:
            output = layer(
                output,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=causal,
                memory_is_causal=memory_is_causal,
            )
        return output if self.norm is None else self.norm(output)


class Transformer(Module):
    """decoder(tgt, encoder(src)): both stacks, each with a norm after it.

    Matrices are drawn from U(−√(6 / (in + out)), √(6 / (in + out))).

    Args:
        d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias: of the
            layers.
        num_encoder_layers, num_decoder_layers: how many there are.
        custom_encoder, custom_decoder: modules that stand in for the stacks.

    Shape: src (S, N, E), tgt (T, N, E), or without N; src_mask (S, S), tgt_mask (T, T), memory_mask (T, S), or for each
        head; src_key_padding_mask (N, S), tgt_key_padding_mask (N, T), memory_key_padding_mask (N, S). Returns tgt's
        shape.
    Raises: RuntimeError where batches or features of src and tgt differ.
    Source: torch.nn.Transformer; Vaswani et al., 2017.
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        custom_encoder: Any = None,
        custom_decoder: Any = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        factory: dict[str, Any] = {"device": device, "dtype": dtype}
        super().__init__()
        sizes = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias)
        if custom_encoder is not None:
            self.encoder = custom_encoder
        else:
            encoder_layer = TransformerEncoderLayer(*sizes, **factory)
            norm = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **factory)
            self.encoder = TransformerEncoder(encoder_layer, num_encoder_layers, norm)
        if custom_decoder is not None:
            self.decoder = custom_decoder
        else:
            decoder_layer = TransformerDecoderLayer(*sizes, **factory)
            norm = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **factory)
            self.decoder = TransformerDecoder(decoder_layer, num_decoder_layers, norm)
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def forward(
        self,
        src: Any,
        tgt: Any,
        src_mask: Any = None,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Any:
        batch = 0 if self.batch_first else 1
        if src.dim() == 3 and src.size(batch) != tgt.size(batch):
            raise RuntimeError("the batch number of src and tgt must be equal")
        if src.size(-1) != self.d_model or tgt.size(-1) != self.d_model:
            raise RuntimeError("the feature number of src and tgt must be equal to d_model")
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: dtypes.dtype | None = None) -> Any:
        """The causal mask (sz, sz) of floats: −∞ above the diagonal, else 0."""
        return _causal_mask(sz, device, dtype)

    def _reset_parameters(self) -> None:
        """Draw all matrices anew."""
        for parameter in self.parameters():
            if parameter.dim() > 1:
                xavier_uniform_(parameter)
