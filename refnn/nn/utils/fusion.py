"""Batch normalisation folded into the layer before it, for networks that are trained already."""

from __future__ import annotations

import copy
from typing import Any

from refnn.functions.creation import ones_like, zeros_like
from refnn.nn.parameter import Parameter

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]

Tensor = Any


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """A copy of a convolution that gives bn(conv(x)), with running statistics. transpose: conv is transposed.

    Raises AssertionError in training, and without running statistics.

    Source: torch.nn.utils.fuse_conv_bn_eval.
    """
    return _fused(conv, bn, fuse_conv_bn_weights, transpose)


def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """A copy of a Linear that gives bn(linear(x)), with running statistics.

    Raises AssertionError in training, without running statistics, and for another number of features.

    Source: torch.nn.utils.fuse_linear_bn_eval.
    """
    if not (linear.training or bn.training) and linear.out_features != bn.num_features and bn.num_features != 1:
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got linear.out_features="
            f"{linear.out_features} and bn.num_features={bn.num_features}"
        )
    return _fused(linear, bn, fuse_linear_bn_weights)


def _fused(layer: Any, bn: Any, fuse: Any, *options: bool) -> Any:
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    fused = copy.deepcopy(layer)
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")
    statistics = (bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias)
    fused.weight, fused.bias = fuse(fused.weight, fused.bias, *statistics, *options)
    return fused


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """W' = W γ / √(σ² + ε), b' = (b − μ) γ / √(σ² + ε) + β, along the output channels.

    These are W's first dimension, or its second with `transpose`. Missing are b = β = 0, γ = 1.

    Source: torch.nn.utils.fuse_conv_bn_weights.
    """
    bias = zeros_like(bn_rm) if conv_b is None else conv_b
    gamma = ones_like(bn_rm) if bn_w is None else bn_w
    beta = zeros_like(bn_rm) if bn_b is None else bn_b
    inverse = (bn_rv + bn_eps).rsqrt()
    channels = [-1 if d == int(transpose) else 1 for d in range(conv_w.dim())]
    weight = conv_w * (gamma * inverse).reshape(channels)
    return _as_parameters(conv_w, bias, weight, (bias - bn_rm) * inverse * gamma + beta, conv_b)


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor,
    bn_b: Tensor,
) -> tuple[Parameter, Parameter]:
    """W' = W γ / √(σ² + ε), b' = (b − μ) γ / √(σ² + ε) + β, along the output features.

    Source: torch.nn.utils.fuse_linear_bn_weights.
    """
    bias = zeros_like(bn_rm) if linear_b is None else linear_b
    scale = bn_w * (bn_rv + bn_eps).rsqrt()
    weight = linear_w * scale.unsqueeze(-1).to(dtype=linear_w.dtype)
    return _as_parameters(linear_w, bias, weight, (bias - bn_rm) * scale + bn_b, linear_b)


def _as_parameters(weight: Tensor, bias: Tensor, new_weight: Tensor, new_bias: Tensor, given: Any) -> tuple[Any, Any]:
    """Parameters of the old ones' dtypes; a bias that was missing takes the weight's, and no gradient."""
    kind = weight.dtype if given is None else bias.dtype
    return (
        Parameter(new_weight.to(dtype=weight.dtype), weight.requires_grad),
        Parameter(new_bias.to(dtype=kind), bias.requires_grad),
    )
