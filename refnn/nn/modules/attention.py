"""MultiheadAttention."""

from __future__ import annotations

from typing import Any

from refnn.autograd.modes import is_grad_enabled
from refnn.functions.creation import empty
from refnn.nn import functional as F
from refnn.nn.functional.attention_heads import canonical_mask, dtype_of
from refnn.nn.init import constant_, xavier_normal_, xavier_uniform_
from refnn.nn.modules.linear import NonDynamicallyQuantizableLinear
from refnn.nn.modules.module import Module
from refnn.nn.parameter import Parameter

__all__ = ["MultiheadAttention"]


class MultiheadAttention(Module):
    """(Y, P): Y = concat_h(P_h V_h) W_outᵀ + b_out, P_h = softmax(Q_h K_hᵀ / √d + M), in H heads of size d = E / H.

    in_proj_weight (3 E, E) holds the projections of query, key and value; with kdim or vdim q_proj_weight (E, E),
    k_proj_weight (E, kdim), v_proj_weight (E, vdim) do. They are drawn from U(−√(6 / (in + out)), √(6 / (in + out))).
    in_proj_bias (3 E,) and out_proj.bias (E,) are 0 at first; bias_k and bias_v (1, 1, E) are normal.

    Args:
        embed_dim: E. Its heads have equal parts of it.
        num_heads: H.
        dropout: the probability of dropping a weight, in training.
        bias: whether there are in_proj_bias and out_proj.bias.
        add_bias_kv: a further key and value that are learnt.
        add_zero_attn: a further key and value of 0.
        kdim, vdim: sizes of keys and values; E if not given.
        batch_first: (N, L, E) instead of (L, N, E).

    Shape: query (L, N, E), key (S, N, kdim), value (S, N, vdim), or without N. key_padding_mask (N, S), attn_mask
        (L, S) or (N · H, L, S): of bool True masks out, floats are added. Returns Y (L, N, E) and P (N, L, S), the mean
        over the heads, or (N, H, L, S) with average_attn_weights False; None with need_weights False.
    Raises: ValueError for sizes that are not positive, AssertionError where E is no multiple of H; in forward
        AssertionError and RuntimeError for shapes that do not fit.
    Source: torch.nn.MultiheadAttention; Vaswani et al., 2017.
    """

    __constants__ = ["batch_first"]
    bias_k: Any
    bias_v: Any
    in_proj_weight: Any
    in_proj_bias: Any
    q_proj_weight: Any
    k_proj_weight: Any
    v_proj_weight: Any
    _qkv_same_embed_dim: bool

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and "
                f"num_heads={num_heads} instead"
            )
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = kdim if kdim is not None else embed_dim
        self.vdim = vdim if vdim is not None else embed_dim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != self.embed_dim:
            raise AssertionError("embed_dim must be divisible by num_heads")
        self._add_parameters(bias, add_bias_kv, {"device": device, "dtype": dtype})
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _add_parameters(self, bias: bool, add_bias_kv: bool, factory: dict[str, Any]) -> None:
        e = self.embed_dim
        shapes: dict[str, Any] = {
            "q_proj_weight": (e, e),
            "k_proj_weight": (e, self.kdim),
            "v_proj_weight": (e, self.vdim),
        }
        if self._qkv_same_embed_dim:
            shapes = {"in_proj_weight": (3 * e, e)} | dict.fromkeys(shapes)
        else:
            shapes["in_proj_weight"] = None
        shapes["in_proj_bias"] = (3 * e,) if bias else None
        for name, shape in shapes.items():
            self.register_parameter(name, None if shape is None else Parameter(empty(shape, **factory)))
        self.out_proj = NonDynamicallyQuantizableLinear(e, e, bias=bias, **factory)
        if add_bias_kv:
            self.bias_k = Parameter(empty((1, 1, e), **factory))
            self.bias_v = Parameter(empty((1, 1, e), **factory))
        else:
            self.bias_k = self.bias_v = None

    def _reset_parameters(self) -> None:
        """Draw the projections anew, but for out_proj, and set biases to 0."""
        if self._qkv_same_embed_dim:
            xavier_uniform_(self.in_proj_weight)
        else:
            for weight in (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
                xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            constant_(self.in_proj_bias, 0.0)
            constant_(self.out_proj.bias, 0.0)
        for extra in (self.bias_k, self.bias_v):
            if extra is not None:
                xavier_normal_(extra)

    def __setstate__(self, state: dict[str, Any]) -> None:
        state.setdefault("_qkv_same_embed_dim", True)  # absent from very old files
        super().__setstate__(state)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Any, Any]:
        native = self._is_native(query, key, value, key_padding_mask, attn_mask)
        batched = query.dim() == 3
        key_padding_mask = canonical_mask(
            key_padding_mask, "key_padding_mask", dtype_of(attn_mask), "attn_mask", query.dtype
        )
        attn_mask = canonical_mask(attn_mask, "attn_mask", None, "", query.dtype, check_other=False)
        if native:
            # torch's inference kernel looks at the masks alone, and gives NaN where they leave no key.
            is_causal = False
            softmax = need_weights or self._leaves_a_query_without_keys(attn_mask, key_padding_mask, query)
        else:
            softmax = need_weights
        if self.batch_first and batched:
            query, key, value = _sequence_first(query, key, value)
        y, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=key_padding_mask,
            need_weights=softmax,
            attn_mask=attn_mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        y = y.transpose(1, 0) if self.batch_first and batched else y
        return y, weights if need_weights else None

    def _is_native(self, query: Any, key: Any, value: Any, key_padding_mask: Any, attn_mask: Any) -> bool:
        """Whether torch would compute this call by its inference kernel."""
        if self.training or query.dim() != 3 or query is not key or key is not value or not self.batch_first:
            return False
        if any(mask is not None and mask.is_floating_point() for mask in (key_padding_mask, attn_mask)):
            return False
        if self.in_proj_bias is None or query.dtype != self.in_proj_bias.dtype or not self._qkv_same_embed_dim:
            return False
        if self.in_proj_weight is None or query.dtype != self.in_proj_weight.dtype:
            return False
        if self.bias_k is not None or self.bias_v is not None or self.add_zero_attn or self.num_heads % 2:
            return False
        tensors = (query, self.in_proj_weight, self.in_proj_bias, self.out_proj.weight, self.out_proj.bias)
        return not (is_grad_enabled() and any(x is not None and x.requires_grad for x in tensors))

    def _leaves_a_query_without_keys(self, attn_mask: Any, key_padding_mask: Any, query: Any) -> bool:
        merged, _ = self.merge_masks(attn_mask, key_padding_mask, query)
        return merged is not None and bool((merged == -float("inf")).all(-1).any())

    def merge_masks(self, attn_mask: Any, key_padding_mask: Any, query: Any) -> tuple[Any, int | None]:
        """(mask, kind): both masks in one (N, H, L, S) and 2; key_padding_mask alone and 1; neither, None and None.

        A single attn_mask of two or three dimensions is expanded likewise.
        """
        if attn_mask is None:
            return key_padding_mask, None if key_padding_mask is None else 1
        b, n, _ = query.shape
        if attn_mask.dim() == 3:
            merged = attn_mask.view(b, -1, n, n)
        else:
            merged = attn_mask.view(1, 1, n, n).expand(b, self.num_heads, -1, -1)
        if key_padding_mask is not None:
            merged = merged + key_padding_mask.view(b, 1, 1, n).expand(-1, self.num_heads, -1, -1)
        return merged, 2


def _sequence_first(query: Any, key: Any, value: Any) -> tuple[Any, Any, Any]:
    """(N, L, E) as (L, N, E); what was one tensor stays one."""
    if key is value:
        turned = key.transpose(1, 0)
        return (turned if query is key else query.transpose(1, 0)), turned, turned
    return query.transpose(1, 0), key.transpose(1, 0), value.transpose(1, 0)
