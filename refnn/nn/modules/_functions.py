"""Autograd Functions that layers use: where full backward hooks hang, and an older normalisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd import Function
from refnn.autograd.base import wrap
from refnn.autograd.modes import mode
from refnn.ops._half import opmath

__all__ = ["BackwardHookFunction", "CrossMapLRN2d"]


class BackwardHookFunction(Function):
    """The identity of any number of tensors: a place in the graph that all their gradients pass at once."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        ctx.mark_non_differentiable(*[arg for arg in args if not arg.requires_grad])
        return args

    @staticmethod
    def backward(ctx: Any, *args: Any) -> Any:
        return args


class CrossMapLRN2d(Function):
    """y = x s^−beta, s = k + alpha / size · Σ x[c']², over channels of x (N, C, H, W).

    With p = ⌊(size + 1) / 2⌋ the sum for channel c is over |c' − c| < p, and over channel 0, which it never
    leaves out. The gradient of x is g s^−beta − 2 alpha beta / size · x Σ g y / s, the sum over the `size`
    channels from c − ⌊(size + 1) / 2⌋ on: as in torch, not quite the derivative.

    Raises ValueError for another number of dimensions, IndexError for no channels, RuntimeError for integers, for
    a size of 1 in the backward pass, and where it is to be differentiated twice.
    """

    @staticmethod
    def forward(ctx: Any, input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> Any:
        if input.dim() != 4:
            raise ValueError(f"CrossMapLRN2d: Expected input to be 4D, got {input.dim()}D instead.")
        x = opmath(input._data)
        channels = x.shape[1]
        if not channels:
            raise IndexError(f"select(): index 0 out of range for tensor of size {list(x.shape)} at dimension 1")
        scale = alpha / size
        if not input.is_floating_point():
            title = input.dtype.title
            raise RuntimeError(f"result type Float can't be cast to the desired output type {title}")
        pre_pad = int((size - 1) / 2 + 1)
        window = _band(channels, 1 - pre_pad, pre_pad)
        window[:, 0] = 1
        ctx.numbers, ctx.scale = (size, alpha, beta), k + scale * _across(window, x * x)
        output = wrap((x * ctx.scale**-beta).astype(input._data.dtype))
        ctx.save_for_backward(input, output)
        return output

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        if mode.grad and len(grad_output):
            raise RuntimeError(
                "mul(): functions with out=... arguments don't support automatic differentiation, but one of the "
                "arguments requires grad."
            )
        x, output, g = (opmath(t._data) for t in (*ctx.saved_tensors, grad_output))
        size, alpha, beta = ctx.numbers
        channels, before = x.shape[1], int(size - (size - 1) / 2)
        if before + channels > channels + size - 1:
            raise RuntimeError(
                f"start ({before}) + length ({channels}) exceeds dimension size ({channels + size - 1})."
            )
        shares = _across(_band(channels, -before, size - before), g * output / ctx.scale)
        gradient = g * ctx.scale**-beta - 2 * alpha * beta / size * x * shares
        return wrap(gradient.astype(grad_output._data.dtype)), None, None, None, None


def _band(channels: int, start: int, stop: int) -> Any:
    """1 where start ≤ column − row < stop, else 0: (C, C)."""
    offset = np.arange(channels) - np.arange(channels)[:, None]
    return ((offset >= start) & (offset < stop)).astype(np.float32)


def _across(window: Any, x: Any) -> Any:
    """Sums over channels: (C, C), (N, C, H, W) -> (N, C, H, W)."""
    n, c, h, w = x.shape
    return (window.astype(x.dtype) @ x.reshape(n, c, h * w)).reshape(n, c, h, w)
