"""LSTM in one direction, and its cell.

Shapes: x (T, B, I), or packed (R, I) with the rows of step t sizes[t] in number; states (B, H); W_ih (G, I),
W_hh (G, H), biases (G,) or None, with G = 4 H; y (T, B, H) or (R, H). With `reverse` time runs backwards. A
kernel multiplies all inputs by W_ih in one product; in each step one product with W_hh is left.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops import _workspace
from refnn.ops._half import opmath
from refnn.ops._recurrence import (
    Sizes,
    affine,
    aligned,
    bias_gradient,
    by_gate,
    chosen,
    earlier,
    initial,
    logistic,
    logistic_slope,
    project,
    rows,
    second_derivative,
    sent_back,
    spans,
    spread,
    tanh_slope,
    unrolled,
    weight_gradient,
    wide,
)
from refnn.ops.activation import sigmoid, tanh
from refnn.ops.joining import split
from refnn.ops.linear import linear_unbiased


def lstm_cell(x: Any, h: Any, c: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, w_hr: Any = None) -> tuple[Any, Any]:
    """(h', c') with (i, f, g, o) = W_ih x + b_ih + W_hh h + b_hh, in this order, each (B, H).

    c' = σ(f) c + σ(i) tanh g; h' = σ(o) tanh c', or W_hr times that where there is a projection.
    """
    z = affine(x, w_ih, b_ih) + affine(h, w_hh, b_hh)
    i, f, g, o = split(z, sizes=(w_ih.shape[0] // 4,) * 4, dim=1)
    c = sigmoid(f) * c + sigmoid(i) * tanh(g)
    h = sigmoid(o) * tanh(c)
    return (h if w_hr is None else linear_unbiased(h, w_hr)), c


@op(node_name="StackBackward0")
def lstm_layer(
    x: Array,
    h0: Array,
    c0: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array | None,
    b_hh: Array | None,
    w_hr: Array | None,
    *,
    sizes: Sizes | None,
    reverse: bool,
) -> tuple[Array, Array, Array, Array, Array]:
    """(y, h_T, c_T) by lstm_cell's equations, and for the backward pass the gates (4, R, H) and all c_t (R, H)."""
    h0, c0, w_ih, w_hh, b_ih, b_hh, w_hr = wide(h0, c0, w_ih, w_hh, b_ih, b_hh, w_hr)
    inputs = rows(x)
    gates = _workspace.lend((4, len(inputs), c0.shape[1]), inputs.dtype)
    project(inputs, w_ih, b_ih, b_hh, out=gates)
    h, c, weights = h0.copy(), c0.copy(), aligned(by_gate(w_hh, 4).transpose(0, 2, 1))
    y = np.empty((gates.shape[1], h0.shape[1]), gates.dtype)
    cells = np.empty((gates.shape[1], c.shape[1]), gates.dtype)
    from_h = _workspace.empty((4, *c.shape), gates.dtype, "rnn product")
    with np.errstate(over="ignore"):  # e⁻ᶻ = ∞ gives the right σ = 0
        for start, stop in spans(x, sizes, reverse):
            b = stop - start
            z, h_t, c_t = gates[:, start:stop], h[:b], c[:b]
            z += np.matmul(h_t, weights, out=from_h[:, :b])
            i, f, g, o = z
            logistic(z[:2])  # i and f
            np.tanh(g, out=g)
            logistic(o)
            c_t *= f
            c_t += i * g
            cells[start:stop] = c_t
            out = np.tanh(c_t)
            out *= o
            y[start:stop] = h_t[:] = out if w_hr is None else out @ w_hr.T
    shape, kind = (*x.shape[:-1], y.shape[1]), x.dtype
    results = (y.reshape(shape), h, c, gates, cells)
    return tuple(a.astype(kind, copy=False) for a in results)  # type: ignore[return-value]


@op
def lstm_layer_backward(
    gy: Array | None,
    gh: Array | None,
    gc: Array | None,
    x: Array,
    h0: Array,
    c0: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array | None,
    b_hh: Array | None,
    w_hr: Array | None,
    y: Array,
    gates: Array,
    cells: Array,
    *,
    wanted: tuple[bool, ...],
    sizes: Sizes | None,
    reverse: bool,
) -> tuple[Array, ...]:
    """Backpropagation through time. With dh = ∂L/∂y_t + W_hhᵀ δ_{t+1} (times W_hr if there is one):

    dc = dc_{t+1} f_{t+1} + dh o (1 − tanh² c); δ = (dc g i (1 − i), dc c_{t−1} f (1 − f), dc i (1 − g²),
    dh tanh c · o (1 − o)).
    """
    h0, c0, w_ih, w_hh, w_hr, gh, gc = wide(h0, c0, w_ih, w_hh, w_hr, gh, gc)
    steps = spans(x, sizes, reverse)
    inputs, states, gates, cells = rows(x), rows(y), opmath(gates), rows(cells)
    gys = None if gy is None else rows(gy)
    i, f, g, o = gates
    squashed = _workspace.empty(cells.shape, cells.dtype, "rnn tanh c")
    into_cell = _workspace.empty(cells.shape, cells.dtype, "rnn o (1 - tanh^2 c)")
    delta = _workspace.empty(gates.shape, gates.dtype, "rnn delta")
    d_i, d_f, d_g, d_o = delta
    np.tanh(cells, out=squashed)
    tanh_slope(squashed, out=into_cell)
    into_cell *= o
    logistic_slope(i, out=d_i)
    d_i *= g
    logistic_slope(f, out=d_f)
    d_f *= earlier(cells, c0, steps)
    tanh_slope(g, out=d_g)
    d_g *= i
    logistic_slope(o, out=d_o)
    d_o *= squashed
    dh, dc, weights = initial(gh, h0), initial(gc, c0), aligned(by_gate(w_hh, 4))
    products = _workspace.empty((4, *h0.shape), gates.dtype, "rnn product")
    projections = np.empty_like(states)
    for start, stop in reversed(steps):
        b = stop - start
        carried, dcell, d_t = dh[:b], dc[:b], delta[:, start:stop]
        if gys is not None:
            carried += gys[start:stop]
        dout = carried
        if w_hr is not None:
            projections[start:stop] = carried
            dout = carried @ w_hr
        dcell += dout * into_cell[start:stop]
        d_t[3] *= dout
        d_t[:3] *= dcell
        dcell *= f[start:stop]
        np.add.reduce(np.matmul(d_t, weights, out=products[:, :b]), 0, out=carried)
    of_biases = cache(lambda: bias_gradient(delta))
    return chosen(
        wanted,
        x.dtype,
        lambda: sent_back(delta, w_ih).reshape(x.shape),
        lambda: dh,
        lambda: dc,
        lambda: weight_gradient(delta, inputs),
        lambda: weight_gradient(delta, earlier(states, h0, steps)),
        of_biases,
        lambda: of_biases().copy(),
        lambda: projections.T @ (o * squashed),
    )


@lstm_layer.joint_derivative
def _lstm_rule(
    g: Any,
    x: Any,
    h0: Any,
    c0: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any,
    b_hh: Any,
    w_hr: Any,
    out: Any,
    needs: Any,
    sizes: Any,
    reverse: bool,
) -> tuple[Any, ...]:
    inputs = (x, h0, c0, w_ih, w_hh, b_ih, b_hh, w_hr)
    saved = (out[0], out[3], out[4])
    meta = {"wanted": tuple(needs), "sizes": sizes, "reverse": reverse}
    return spread(needs, lstm_layer_backward(*g[:3], *inputs, *saved, **meta))


@lstm_layer_backward.joint_derivative
def _lstm_backward_rule(
    g: Any,
    gy: Any,
    gh: Any,
    gc: Any,
    x: Any,
    h0: Any,
    c0: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any,
    b_hh: Any,
    w_hr: Any,
    needs: Any,
    wanted: Any,
    sizes: Any,
    reverse: bool,
) -> list[Any]:
    def forward(x: Any, h: Any, c: Any, *weights: Any) -> tuple[Any, ...]:
        def cell(x: Any, h: Any, c: Any) -> tuple[Any, Any]:
            return lstm_cell(x, h, c, *weights)

        return unrolled(cell, x, (h, c), sizes, reverse)

    inputs = (x, h0, c0, w_ih, w_hh, b_ih, b_hh, w_hr)
    return [*second_derivative(forward, (gy, gh, gc), inputs, wanted, g, needs[:-3]), None, None, None]
