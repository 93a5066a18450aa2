"""Convolution (cross-correlation), its transpose, and the weight's gradient: any rank.

The three are the partial contractions of one trilinear form,

    Σ  g[n, o, l] · w[o, c, k] · x[n, c, l · stride + k · dilation − before],

by w and x (`conv`), by w and g (`conv_transpose`), by x and g (`conv_weight`): each is linear in both of its
arguments, and the other two are its rules. Gradients of any order therefore need nothing else.

Shapes: x (N, C, *S), w (O, C / groups, *K), g and y (N, O, *L). `padding` is a pair (before, after) for each
spatial dimension. Results are channels last in memory, whatever the input's layout; float16 is summed in
float32.

Kernels, the first that applies: depthwise (_depthwise.py), Winograd's 3 × 3 (_winograd_rows.py for few channels,
_winograd.py), columns and matrix products (_im2col.py), which covers every case.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops import _depthwise, _im2col, _threads, _winograd, _winograd_rows, _workspace
from refnn.ops._buffers import in_place
from refnn.ops._im2col import PRODUCTS
from refnn.ops._memory_format import channels_first, channels_last
from refnn.ops._windows import Dims, Pads, Windows, copy_images
from refnn.ops.creation import conj, data_of
from refnn.ops.shape import expand, reshape

Needs = tuple[bool, ...]

# y = conv(x, w) + bias ----------------------------------------------------------------------------------


@op(private_order=True, node_name="ConvolutionBackward0")
def conv(
    x: Array, weight: Array, bias: Array | None, *, stride: Dims, padding: Pads, dilation: Dims, groups: int
) -> Array:
    """y[n, o, l] = bias[o] + Σ_c,k w[o, c, k] · x[n, c, l · stride + k · dilation − before]."""
    windows = Windows(weight.shape[2:], stride, padding, dilation)
    x, weight, bias, dtype = _in_float(x, weight, bias)
    with _threads.owning(_time(x, weight)), in_place(x.size):
        y = _forward(channels_last(x), weight, bias, windows, groups)
    return _result(y, dtype)


def _forward(x: Array, w: Array, bias: Array | None, windows: Windows, groups: int) -> Array:
    """conv over channels-last views.  x (N, *S, C) -> (N, *L, O)"""
    channels, out = x.shape[-1], w.shape[0]
    places = windows.places(x.shape[1:-1])
    if not (x.size and w.size and math.prod(places)):
        return _constant((x.shape[0], *places, out), bias, x.dtype)
    if channels == out == groups > 1:
        return _depthwise.forward(x, w, bias, windows)
    if _winograd.applies(len(x) * math.prod(places), channels, out, windows, groups, x.dtype):
        y = _winograd_of(channels, out).forward(x, w, bias, windows)
        if y is not None:
            return y
    return _im2col.forward(x, w, bias, windows, groups)


def _winograd_of(channels: int, out: int) -> Any:
    return _winograd_rows if channels * out <= _winograd_rows.MAX_PRODUCT else _winograd


# The transpose: x's gradient, and the convolution of ConvTranspose ---------------------------------------


@op(private_order=True, node_name="ConvolutionBackward0")
def conv_transpose(
    x: Array,
    weight: Array,
    bias: Array | None,
    *,
    size: Dims,
    stride: Dims,
    padding: Pads,
    dilation: Dims,
    groups: int,
) -> Array:
    """y[n, c, l · stride + k · dilation − before] += Σ_o w[o, c, k] · x[n, o, l], plus bias[c].

    x is (N, O, *L), y (N, C, *size): a convolution of y has the size L.
    """
    windows = Windows(weight.shape[2:], stride, padding, dilation)
    x, weight, bias, dtype = _in_float(x, weight, bias)
    with _threads.owning(_time(x, weight)), in_place(x.size):
        y = _transpose(_dense(x), weight, size, windows, groups)
    if bias is not None:
        y += bias
    return _result(y, dtype)


def _transpose(g: Array, w: Array, size: Dims, windows: Windows, groups: int) -> Array:
    """conv_transpose over channels-last arrays.  g (N, *L, O) -> (N, *size, C)"""
    channels = w.shape[1] * groups
    if not (g.size and w.size and math.prod(size)):
        return _constant((g.shape[0], *size, channels), None, g.dtype)
    depthwise = channels == w.shape[0] == groups > 1
    if all(s == 1 for s in windows.stride):
        turned = windows.transposed(size, g.shape[1:-1])
        places = len(g) * math.prod(size)
        quick = depthwise or _winograd.applies(places, len(w), channels, turned, groups, g.dtype)
        if quick or not _im2col.scatters_faster(places, w, groups):
            return _forward(g, _turn(w, groups), None, turned, groups)
    if depthwise:
        return _depthwise.input_gradient(g, w, size, windows)
    return _im2col.input_gradient(g, w, size, windows, groups)


def _turn(w: Array, groups: int) -> Array:
    """The kernel that carries gradients back: every axis reversed, in and out exchanged in each group."""
    out, channels, *kernel = w.shape
    turned = w.reshape(groups, out // groups, channels, *kernel).swapaxes(1, 2)
    turned = turned.reshape(groups * channels, out // groups, *kernel)
    return np.flip(turned, tuple(range(2, turned.ndim)))


# The weight's gradient ----------------------------------------------------------------------------------


@op(node_name="ConvolutionBackward0")
def conv_weight(x: Array, y: Array, *, kernel: Dims, stride: Dims, padding: Pads, dilation: Dims, groups: int) -> Array:
    """w[o, c, k] = Σ_n,l y[n, o, l] · x[n, c, l · stride + k · dilation − before]."""
    windows = Windows(kernel, stride, padding, dilation)
    x, y, _, dtype = _in_float(x, y, None)
    with _threads.owning(y.size * math.prod(kernel) * x.shape[1] / groups / PRODUCTS), in_place(x.size):
        w = _weight(channels_last(x), _dense(y), windows, groups)
    return np.ascontiguousarray(w.astype(dtype, copy=False))


def _weight(x: Array, g: Array, windows: Windows, groups: int) -> Array:
    """conv_weight over channels-last arrays.  -> (O, C / groups, *K)"""
    channels, out = x.shape[-1], g.shape[-1]
    if not (x.size and g.size and math.prod(windows.kernel)):
        return np.zeros((out, channels // groups, *windows.kernel), x.dtype)
    if channels == out == groups > 1:
        return _depthwise.weight_gradient(x, g, windows)
    if _winograd.applies(g.size // out, channels, out, windows, groups, x.dtype):
        w = _winograd_of(channels, out).weight_gradient(x, g, windows)
        if w is not None:
            return w
    return _im2col.weight_gradient(x, g, windows, groups)


# The bias's gradient ------------------------------------------------------------------------------------


@op
def channel_sum(x: Array) -> Array:
    """y[c] = Σ_n,l x[n, c, l]: image by image, then over the images."""
    if not x.size:
        return np.zeros(x.shape[1], x.dtype)
    x, _, _, dtype = _in_float(x, x, None)
    images = channels_last(x).reshape(x.shape[0], -1, x.shape[1])
    ones = np.ones((1, images.shape[1]), x.dtype)
    parts = _threads.deal(range(len(images)), lambda part: ones @ images[part[0] : part[-1] + 1], x.size / 4e3)
    total: Array = np.concatenate(parts).sum((0, 1))  # of (N, 1, C)
    return total.astype(dtype, copy=False)


# Rules --------------------------------------------------------------------------------------------------


@conv.joint_derivative
def _conv_rule(
    g: Any, x: Any, weight: Any, needs: Needs, stride: Dims, padding: Pads, dilation: Dims, groups: int
) -> tuple[Any, Any, Any]:
    form: Any = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    size, kernel = data_of(x).shape[2:], data_of(weight).shape[2:]
    g = _laid_out(g)
    return (
        conv_transpose(g, conj(weight), None, size=size, **form) if needs[0] else None,
        conv_weight(conj(x), g, kernel=kernel, **form) if needs[1] else None,
        channel_sum(g) if needs[2] else None,
    )


@conv_transpose.joint_derivative
def _conv_transpose_rule(
    g: Any, x: Any, weight: Any, needs: Needs, stride: Dims, padding: Pads, dilation: Dims, groups: int
) -> tuple[Any, Any, Any]:
    form: Any = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    kernel = data_of(weight).shape[2:]
    g = _laid_out(g)
    return (
        conv(g, conj(weight), None, **form) if needs[0] else None,
        conv_weight(g, conj(x), kernel=kernel, **form) if needs[1] else None,
        channel_sum(g) if needs[2] else None,
    )


@conv_weight.joint_derivative
def _conv_weight_rule(
    g: Any, x: Any, y: Any, needs: Needs, stride: Dims, padding: Pads, dilation: Dims, groups: int
) -> tuple[Any, Any]:
    form: Any = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    size = data_of(x).shape[2:]
    return (
        conv_transpose(conj(y), g, None, size=size, **form) if needs[0] else None,
        conv(conj(x), g, None, **form) if needs[1] else None,
    )


def _spread_channels(g: Any, shape: Dims) -> Any:
    return expand(reshape(g, shape=(1, shape[1], *[1] * (len(shape) - 2))), shape=shape)


channel_sum.derivative(x=lambda g, x_shape: _spread_channels(g, x_shape))


def _time(x: Array, w: Array) -> float:
    """About how many µs it takes in one thread, where each place of x meets a kernel (with stride 1)."""
    return x.size // max(1, x.shape[1]) * w.size / PRODUCTS


# Layout and dtype ---------------------------------------------------------------------------------------


def _dense(x: Array) -> Array:
    """x (N, C, *S) as a C-contiguous (N, *S, C): without a copy where its memory is channels last."""
    view = channels_last(x)
    if view.flags.c_contiguous:
        return view
    dense = _workspace.lend(view.shape, x.dtype)
    copy_images(dense, view)
    return dense


def _laid_out(g: Any) -> Any:
    """A bare gradient with channels-last memory, brought there once for all that read it."""
    return channels_first(_dense(g)) if isinstance(g, np.ndarray) else g


def _constant(shape: Dims, bias: Array | None, dtype: Any) -> Array:
    y = np.zeros(shape, dtype)
    if bias is not None:
        y += bias
    return y


def _in_float(x: Array, w: Array, bias: Array | None) -> tuple[Array, Array, Array | None, Any]:
    """The operands as they are computed with, and the result's dtype. 16-bit floats are summed in float32."""
    dtype = x.dtype
    if dtype.itemsize == 2 and dtype.kind in "fV":
        bias = None if bias is None else bias.astype(np.float32)
        x, w = x.astype(np.float32), w.astype(np.float32)
    return x, w, bias, dtype


def _result(y: Array, dtype: Any) -> Array:
    """(N, *L, O) -> (N, O, *L), over the same memory."""
    return channels_first(y.astype(dtype, copy=False))
