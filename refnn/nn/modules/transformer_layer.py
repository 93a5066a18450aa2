"""The layers of a Transformer: attention and a feed-forward block, each with a residual connection and a norm."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from refnn.nn import functional as F
from refnn.nn.functional.attention_heads import canonical_mask, dtype_of
from refnn.nn.modules import _inference as inference
from refnn.nn.modules.activation import ReLU
from refnn.nn.modules.activation_smooth import GELU
from refnn.nn.modules.attention import MultiheadAttention
from refnn.nn.modules.dropout import Dropout
from refnn.nn.modules.linear import Linear
from refnn.nn.modules.module import Module
from refnn.nn.modules.normalization import LayerNorm
from refnn.nn.modules.utils import own_constructor

__all__ = ["Activation", "TransformerDecoderLayer", "TransformerEncoderLayer"]

Activation = str | Callable[[Any], Any]


def _activation(name: str) -> Callable[[Any], Any]:
    """Raises RuntimeError for another name."""
    if name == "relu":
        return F.relu
    if name == "gelu":
        return F.gelu
    raise RuntimeError(f"activation should be relu/gelu, not {name}")


class _Layer(Module):
    """A block for each of `_attentions`, and one that is feed-forward; around each a residual connection and a norm."""

    __constants__ = ["norm_first"]
    _attentions: ClassVar[tuple[str, ...]]
    norm_first: bool
    activation: Any

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        factory: dict[str, Any] = {"bias": bias, "device": device, "dtype": dtype}
        super().__init__()
        for name in self._attentions:
            setattr(self, name, MultiheadAttention(d_model, nhead, dropout, batch_first=batch_first, **factory))
        self.linear1 = Linear(d_model, dim_feedforward, **factory)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, **factory)
        self.norm_first = norm_first
        blocks = range(1, len(self._attentions) + 2)
        for k in blocks:
            setattr(self, f"norm{k}", LayerNorm(d_model, eps=layer_norm_eps, **factory))
        for k in blocks:
            setattr(self, f"dropout{k}", Dropout(dropout))
        self._set_activation(_activation(activation) if isinstance(activation, str) else activation)

    def _set_activation(self, function: Callable[[Any], Any]) -> None:
        self.activation = function

    def _add(self, x: Any, norm: Module, block: Callable[[Any], Any]) -> Any:
        """x + block(norm(x)), or norm(x + block(x))."""
        return x + block(norm(x)) if self.norm_first else norm(x + block(x))

    def _sa_block(self, x: Any, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False) -> Any:
        """The layer's attention to itself."""
        return self.dropout1(_attended(self.self_attn, x, x, attn_mask, key_padding_mask, is_causal))

    def _ff_block(self, x: Any) -> Any:
        """W₂ dropout(act(W₁ x + b₁)) + b₂, and dropout."""
        last = getattr(self, f"dropout{len(self._attentions) + 1}")
        return last(self.linear2(self.dropout(self.activation(self.linear1(x)))))

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if not hasattr(self, "activation"):  # very old files
            self.activation = F.relu


def _attended(attention: Any, x: Any, memory: Any, mask: Any, padding: Any, is_causal: bool) -> Any:
    return attention(
        x, memory, memory, attn_mask=mask, key_padding_mask=padding, is_causal=is_causal, need_weights=False
    )[0]


@own_constructor
class TransformerEncoderLayer(_Layer):
    """x = norm(x + attention(x)); y = norm(x + W₂ act(W₁ x + b₁) + b₂), with dropout after each block.

    Args:
        d_model: E, the size of x.
        nhead: heads of the attention.
        dim_feedforward: rows of W₁.
        dropout: the probability of dropping, in training.
        activation: 'relu', 'gelu', or a function.
        layer_norm_eps: added to the variance in the norms.
        batch_first: (N, S, E) instead of (S, N, E).
        norm_first: norms before the blocks: x + attention(norm(x)), x + feed-forward(norm(x)).
        bias: whether linear layers and norms have biases.

    Shape: src (S, N, E) or (S, E); src_mask (S, S) or (N · H, S, S), src_key_padding_mask (N, S), as in
        MultiheadAttention; is_causal says that src_mask is the causal one. Returns src's shape.
    Raises: RuntimeError for another activation's name, AssertionError where E is no multiple of the heads.
    Source: torch.nn.TransformerEncoderLayer; Vaswani et al., 2017.
    """

    _attentions = ("self_attn",)

    def _set_activation(self, function: Callable[[Any], Any]) -> None:
        self.activation_relu_or_gelu = _kind(function)
        super()._set_activation(function)

    def forward(self, src: Any, src_mask: Any = None, src_key_padding_mask: Any = None, is_causal: bool = False) -> Any:
        padding = canonical_mask(
            src_key_padding_mask, "src_key_padding_mask", dtype_of(src_mask), "src_mask", src.dtype
        )
        mask = canonical_mask(src_mask, "src_mask", None, "", src.dtype, check_other=False)
        if inference.kernel_takes(self, src):
            mask, padding = inference.masks_as_read(self, src, mask, padding)
            is_causal = False
        x = self._add(src, self.norm1, lambda x: self._sa_block(x, mask, padding, is_causal=is_causal))
        return self._add(x, self.norm2, self._ff_block)


def _kind(activation: Any) -> int:
    """1 for ReLU, 2 for GELU, 0 for others."""
    if activation is F.relu or isinstance(activation, ReLU):
        return 1
    return 2 if activation is F.gelu or isinstance(activation, GELU) else 0


@own_constructor
class TransformerDecoderLayer(_Layer):
    """x = norm(x + attention(x)); x = norm(x + attention of x to the memory); y = norm(x + W₂ act(W₁ x + b₁) + b₂).

    The arguments are those of TransformerEncoderLayer.

    Shape: tgt (T, N, E), memory (S, N, E), or without N; tgt_mask (T, T), memory_mask (T, S), or for each head;
        tgt_key_padding_mask (N, T), memory_key_padding_mask (N, S). Returns tgt's shape.
    Raises: RuntimeError for another activation's name, AssertionError where E is no multiple of the heads.
    Source: torch.nn.TransformerDecoderLayer; Vaswani et al., 2017.
    """

    _attentions = ("self_attn", "multihead_attn")

    def forward(
        self,
        tgt: Any,
        memory: Any,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Any:
        own = (tgt_mask, tgt_key_padding_mask, tgt_is_causal)
        other = (memory, memory_mask, memory_key_padding_mask, memory_is_causal)
        x = self._add(tgt, self.norm1, lambda x: self._sa_block(x, *own))
        x = self._add(x, self.norm2, lambda x: self._mha_block(x, *other))
        return self._add(x, self.norm3, self._ff_block)

    def _mha_block(self, x: Any, mem: Any, attn_mask: Any, key_padding_mask: Any, is_causal: bool = False) -> Any:
        """Attention to the memory."""
        return self.dropout2(_attended(self.multihead_attn, x, mem, attn_mask, key_padding_mask, is_causal))
