"""When torch computes encoder layers by its inference kernels, and how their results differ from a layer's own.

In evaluation and without gradients torch hands a whole encoder layer, or a batch without its padding, to one kernel.
The values are the layer's, except for masks: the kernel looks at them alone, whatever the causal hint says; takes any
number but 0 as masked; and gives NaN to a query without keys. A padded batch comes back with 0 where it was padded.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from refnn.autograd.modes import is_grad_enabled
from refnn.functions.comparison import where
from refnn.functions.creation import zeros_like
from refnn.functions.ranges import arange
from refnn.nn.modules.module import Module

__all__ = ["kernel_takes", "masks_as_read", "never_nested", "padding_of_nested", "without_padding"]


def _needs_gradient(tensors: Iterable[Any]) -> bool:
    return is_grad_enabled() and any(x.requires_grad for x in tensors)


def _parameters(layer: Any) -> list[Any]:
    """Those that the kernel reads."""
    parts = (layer.self_attn.out_proj, layer.linear1, layer.linear2, layer.norm1, layer.norm2)
    own = [layer.self_attn.in_proj_weight, layer.self_attn.in_proj_bias]
    return own + [p for part in parts for p in (part.weight, part.bias) if p is not None]


def _has_hooks(layer: Module) -> bool:
    return any(m._forward_hooks or m._forward_pre_hooks for m in layer.modules())


def kernel_takes(layer: Any, src: Any) -> bool:
    """Whether the kernel stands in for an encoder layer."""
    attention = layer.self_attn
    return not (
        src.dim() != 3
        or layer.training
        or not attention.batch_first
        or attention.in_proj_bias is None
        or not attention._qkv_same_embed_dim
        or not layer.activation_relu_or_gelu
        or layer.norm1.eps != layer.norm2.eps
        or attention.num_heads % 2
        or _has_hooks(layer)
        or _needs_gradient([src, *_parameters(layer)])
    )


def masks_as_read(layer: Any, src: Any, src_mask: Any, src_key_padding_mask: Any) -> tuple[Any, Any]:
    """(attn_mask, key_padding_mask) as the kernel reads them: of bool, any number but 0 being True."""
    if src_mask is None:
        return None, None if src_key_padding_mask is None else src_key_padding_mask != 0
    merged, _ = layer.self_attn.merge_masks(src_mask, src_key_padding_mask, src)
    return (merged != 0).reshape(-1, *merged.shape[-2:]), None


# Batches without their padding --------------------------------------------------------------------------


_ADVICE = "(use batch_first for better inference performance)"


def never_nested(layer: Any, is_known: bool) -> str:
    """Why an encoder never leaves out the padding: a condition on its layers; empty if it may."""
    if not is_known:
        return "encoder_layer was not TransformerEncoderLayer"
    attention = layer.self_attn
    reasons = {
        "norm_first was True": layer.norm_first,
        f"self_attn.batch_first was not True{_ADVICE}": not attention.batch_first,
        "self_attn was passed bias=False": attention.in_proj_bias is None,
        "self_attn._qkv_same_embed_dim was not True": not attention._qkv_same_embed_dim,
        "activation_relu_or_gelu was not True": not layer.activation_relu_or_gelu,
        "norm1.eps was not equal to encoder_layer.norm2.eps": layer.norm1.eps != layer.norm2.eps,
        "self_attn.num_heads is odd": attention.num_heads % 2 == 1,
    }
    return next((f"encoder_layer.{reason}" for reason, holds in reasons.items() if holds), "")


def padding_of_nested(encoder: Any, src: Any, mask: Any, src_key_padding_mask: Any) -> Any:
    """The padding (N, S), all of it after the sequences, that an encoder leaves out; None if it does not.

    Raises RuntimeError for a mask of another size.
    """
    first = encoder.layers[0]
    if not encoder.use_nested_tensor or first.training or src.dim() != 3 or mask is not None:
        return None
    if src_key_padding_mask is None or _needs_gradient([src, *_parameters(first)]):
        return None
    kept = src_key_padding_mask == 0
    if encoder.mask_check and kept.shape != src.shape[:2]:
        raise RuntimeError("Mask size should match input size")
    padding = arange(kept.shape[1]).unsqueeze(0) >= kept.sum(1, keepdim=True)
    if encoder.mask_check and bool((padding == kept).any()):
        return None
    return padding


def without_padding(output: Any, padding: Any) -> Any:
    """0 where a batch was padded."""
    return where(padding.unsqueeze(-1), zeros_like(output), output)
