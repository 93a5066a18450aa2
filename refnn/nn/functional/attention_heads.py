"""multi_head_attention_forward, and the masks that attention layers share."""

from __future__ import annotations

import math
import warnings
from typing import Any

from refnn import dtypes
from refnn.functions.activation import softmax
from refnn.functions.creation import zeros, zeros_like
from refnn.functions.joining import cat
from refnn.functions.linalg import bmm
from refnn.functions.linalg_sums import baddbmm
from refnn.nn.functional.attention import scaled_dot_product_attention
from refnn.nn.functional.dropout import dropout
from refnn.nn.functional.linear import linear
from refnn.nn.functional.padding import pad

__all__ = ["canonical_mask", "dtype_of", "multi_head_attention_forward"]


def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Any, Any]:
    """(Y, P): attention of H heads, Y = concat_h(P_h V_h) W_outᵀ + b, P_h = softmax(Q_h K_hᵀ / √d + M), d = E / H.

    Q, K, V are projections of query (L, N, E), key (S, N, ·), value (S, N, ·) by W (3 E, E) or by three;
    without N unbatched. bias_k and bias_v, and with add_zero_attn zeros, are further keys and values; static_k and
    static_v (N · H, S, d) stand in for the projected ones. M is attn_mask, (L, S) or (N · H, L, S), and
    key_padding_mask (N, S): of bool True masks a key out, floats are added. is_causal says that attn_mask
    is the causal one.

    Y (L, N, E). P (N, L, S) is the mean over the heads, or (N, H, L, S); None unless need_weights. A query without keys
    gives NaN with need_weights, 0 without.

    Raises AssertionError and RuntimeError for shapes, dtypes and options that do not fit.

    Source: torch.nn.functional.multi_head_attention_forward; Vaswani et al., 2017.
    """
    batched = _check_ranks(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = (x.unsqueeze(1) for x in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    n, b, embed = query.shape
    m = key.shape[0]
    key_padding_mask = canonical_mask(
        key_padding_mask, "key_padding_mask", dtype_of(attn_mask), "attn_mask", query.dtype
    )
    attn_mask, is_causal = _causal_or_mask(attn_mask, is_causal, key_padding_mask, need_weights, query.dtype)
    width = _check_sizes(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    if use_separate_proj_weight:
        weights = _separate(q_proj_weight, k_proj_weight, v_proj_weight)
        biases = (None, None, None) if in_proj_bias is None else in_proj_bias.chunk(3)
        q, k, v = (linear(x, w, c) for x, w, c in zip((query, key, value), weights, biases, strict=True))
    else:
        if in_proj_weight is None:
            raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
        q, k, v = _packed(query, key, value, in_proj_weight, in_proj_bias)
    attn_mask = _check_mask(attn_mask, (n, m), b * num_heads)
    if bias_k is not None and bias_v is not None:
        _check_no_static(static_k, static_v)
        k, v = cat((k, bias_k.repeat(1, b, 1))), cat((v, bias_v.repeat(1, b, 1)))
        attn_mask, key_padding_mask = _one_key_more(attn_mask, key_padding_mask)
    elif bias_k is not None or bias_v is not None:
        missing, given = ("bias_v", "bias_k") if bias_v is None else ("bias_k", "bias_v")
        raise AssertionError(f"{given} is set but {missing} is None")
    q = _heads(q, b * num_heads, width)
    k = _heads(k, b * num_heads, width) if static_k is None else _static("static_k", static_k, b * num_heads, width)
    v = _heads(v, b * num_heads, width) if static_v is None else _static("static_v", static_v, b * num_heads, width)
    if add_zero_attn:
        nothing = (b * num_heads, 1, width)
        k = cat((k, zeros(nothing, dtype=k.dtype)), dim=1)
        v = cat((v, zeros(nothing, dtype=v.dtype)), dim=1)
        attn_mask, key_padding_mask = _one_key_more(attn_mask, key_padding_mask)
    attn_mask = _merged(attn_mask, key_padding_mask, b, num_heads, k.shape[1])
    p = dropout_p if training else 0.0
    if need_weights:
        y, found = _weighted(q, k, v, attn_mask, p, is_causal)
        y = linear(y.transpose(0, 1).contiguous().view(n * b, embed), out_proj_weight, out_proj_bias)
        found = found.view(b, num_heads, n, k.shape[1])
        found = found.mean(dim=1) if average_attn_weights else found
        y = y.view(n, b, y.shape[1])
        return (y, found) if batched else (y.squeeze(1), found.squeeze(0))
    y = _fused(q, k, v, attn_mask, p, is_causal, b, num_heads)
    y = linear(y.permute(2, 0, 1, 3).contiguous().view(n * b, embed), out_proj_weight, out_proj_bias)
    y = y.view(n, b, y.shape[1])
    return (y if batched else y.squeeze(1)), None


def _weighted(q: Any, k: Any, v: Any, attn_mask: Any, p: float, is_causal: bool) -> tuple[Any, Any]:
    """(Y, P) of all heads, P after dropout."""
    if is_causal and attn_mask is None:
        raise AssertionError("FIXME: is_causal not implemented for need_weights")
    scaled, keys = q * math.sqrt(1.0 / float(q.shape[2])), k.transpose(-2, -1)
    scores = bmm(scaled, keys) if attn_mask is None else baddbmm(attn_mask, scaled, keys)
    found = softmax(scores, dim=-1)
    if p > 0.0:
        found = dropout(found, p=p)
    return bmm(found, v), found


def _fused(q: Any, k: Any, v: Any, attn_mask: Any, p: float, is_causal: bool, b: int, heads: int) -> Any:
    """Y (N, H, L, d), by scaled_dot_product_attention."""
    if attn_mask is not None:
        if attn_mask.shape[0] == 1 and attn_mask.dim() == 3:
            attn_mask = attn_mask.unsqueeze(0)
        else:
            attn_mask = attn_mask.view(b, heads, -1, k.shape[1])
    q, k, v = (x.view(b, heads, x.shape[1], x.shape[2]) for x in (q, k, v))
    return scaled_dot_product_attention(q, k, v, attn_mask, p, is_causal)


# Projections --------------------------------------------------------------------------------------------


def _packed(query: Any, key: Any, value: Any, weight: Any, bias: Any) -> Any:
    """Q, K, V by one weight (3 E, E): in one product where they are projections of one tensor."""
    embed = query.shape[-1]
    if key is value and query is key:
        y = linear(query, weight, bias)
        y = y.unflatten(-1, (3, embed)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
        return y[0], y[1], y[2]
    if key is value:
        first, rest = weight.split([embed, embed * 2])
        first_bias, rest_bias = (None, None) if bias is None else bias.split([embed, embed * 2])
        y = linear(key, rest, rest_bias)
        y = y.unflatten(-1, (2, embed)).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
        return linear(query, first, first_bias), y[0], y[1]
    biases = (None, None, None) if bias is None else bias.chunk(3)
    triples = zip((query, key, value), weight.chunk(3), biases, strict=True)
    return tuple(linear(x, w, c) for x, w, c in triples)


def _separate(q_proj_weight: Any, k_proj_weight: Any, v_proj_weight: Any) -> tuple[Any, Any, Any]:
    given = {"q_proj_weight": q_proj_weight, "k_proj_weight": k_proj_weight, "v_proj_weight": v_proj_weight}
    for name, weight in given.items():
        if weight is None:
            raise AssertionError(f"use_separate_proj_weight is True but {name} is None")
    return q_proj_weight, k_proj_weight, v_proj_weight


def _heads(x: Any, count: int, width: int) -> Any:
    """(S, N, E) as (N · H, S, d)."""
    return x.view(x.shape[0], count, width).transpose(0, 1)


def _static(name: str, x: Any, count: int, width: int) -> Any:
    for dim, wanted in ((0, count), (2, width)):
        if x.size(dim) != wanted:
            raise AssertionError(f"expecting {name}.size({dim}) of {wanted}, but got {x.size(dim)}")
    return x


def _check_no_static(static_k: Any, static_v: Any) -> None:
    if static_k is not None:
        raise AssertionError("bias cannot be added to static key.")
    if static_v is not None:
        raise AssertionError("bias cannot be added to static value.")


# Masks --------------------------------------------------------------------------------------------------


def dtype_of(mask: Any) -> Any:
    return None if mask is None else mask.dtype


def canonical_mask(
    mask: Any, mask_name: str, other_type: Any, other_name: str, target_type: Any, check_other: bool = True
) -> Any:
    """A mask of floats: −∞ where one of bool is True.

    Warns where another mask has another dtype. Raises AssertionError for whole numbers.
    """
    if mask is None:
        return None
    floating = mask.is_floating_point()
    if mask.dtype != dtypes.bool and not floating:
        raise AssertionError(f"only bool and floating types of {mask_name} are supported")
    if check_other and other_type is not None and mask.dtype != other_type:
        warnings.warn(
            f"Support for mismatched {mask_name} and {other_name} is deprecated. Use same type for both instead.",
            stacklevel=3,
        )
    return mask if floating else zeros_like(mask, dtype=target_type).masked_fill_(mask, -math.inf)


def _causal_or_mask(attn_mask: Any, is_causal: bool, padding: Any, need_weights: bool, dtype: Any) -> tuple[Any, bool]:
    """(the mask, whether it may be left out and made anew from the hint)."""
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and padding is None and not need_weights:
        return None, True
    mask = canonical_mask(attn_mask, "attn_mask", None, "", dtype, check_other=False)
    return mask, is_causal and padding is None


def _check_mask(attn_mask: Any, size: tuple[int, int], count: int) -> Any:
    """attn_mask with three dimensions."""
    if attn_mask is None:
        return None
    if attn_mask.dim() == 2:
        if attn_mask.shape != size:
            raise RuntimeError(f"The shape of the 2D attn_mask is {attn_mask.shape}, but should be {size}.")
        return attn_mask.unsqueeze(0)
    if attn_mask.dim() != 3:
        raise RuntimeError(f"attn_mask's dimension {attn_mask.dim()} is not supported")
    if attn_mask.shape != (count, *size):
        raise RuntimeError(f"The shape of the 3D attn_mask is {attn_mask.shape}, but should be {(count, *size)}.")
    return attn_mask


def _one_key_more(*masks: Any) -> list[Any]:
    """The masks with a further key that takes part."""
    return [None if mask is None else pad(mask, (0, 1)) for mask in masks]


def _merged(attn_mask: Any, padding: Any, b: int, heads: int, m: int) -> Any:
    """Both masks in one."""
    if padding is None:
        return attn_mask
    for dim, wanted in enumerate((b, m)):
        if padding.shape[dim] != wanted:
            raise AssertionError(f"Expected key_padded_mask.shape[{dim}] to be {wanted}, but got {padding.shape[dim]}")
    padding = padding.view(b, 1, 1, m).expand(-1, heads, -1, -1).reshape(b * heads, 1, m)
    return padding if attn_mask is None else attn_mask + padding


# Checks, in torch's order -------------------------------------------------------------------------------


def _check_ranks(query: Any, key: Any, value: Any, padding: Any, attn_mask: Any, heads: int) -> bool:
    """Whether there is a batch. Raises AssertionError for ranks that do not go together."""
    rank = query.dim()
    if rank not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {rank}-D query tensor")
    kind = f"For {'batched' if rank == 3 else 'unbatched'} ({rank}-D) `query`, expected"
    if key.dim() != rank or value.dim() != rank:
        raise AssertionError(
            f"{kind} `key` and `value` to be {rank}-D but found {key.dim()}-D and {value.dim()}-D tensors respectively"
        )
    if padding is not None and padding.dim() != rank - 1:
        raise AssertionError(
            f"{kind} `key_padding_mask` to be `None` or {rank - 1}-D but found {padding.dim()}-D tensor instead"
        )
    if attn_mask is not None:
        if attn_mask.dim() not in (2, 3):
            raise AssertionError(
                f"{kind} `attn_mask` to be `None`, 2-D or 3-D but found {attn_mask.dim()}-D tensor instead"
            )
        wanted = (heads, query.shape[0], key.shape[0])
        if rank == 2 and attn_mask.dim() == 3 and attn_mask.shape != wanted:
            raise AssertionError(f"Expected `attn_mask` shape to be {wanted} but got {attn_mask.shape}")
    return bool(rank == 3)


def _check_sizes(query: Any, key: Any, value: Any, embed_to_check: int, heads: int, separate: bool) -> int:
    """The size of a head."""
    embed = query.shape[2]
    if embed != embed_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_to_check}, but got {embed}")
    width = int(embed // heads)
    if width * heads != embed:
        raise AssertionError(f"embed_dim {embed} not divisible by num_heads {heads}")
    if separate and key.shape[:2] != value.shape[:2]:
        raise AssertionError(f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")
    if not separate and key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")
    return width
