"""RNN in one direction, and its cell: h_t = act(W_ih x_t + b_ih + W_hh h_{t−1} + b_hh).

Shapes: x (T, B, I), or packed (R, I) with the rows of step t sizes[t] in number; states (B, H); W_ih (G, I),
W_hh (G, H), biases (G,) or None, with G = H; y (T, B, H) or (R, H). With `reverse` time runs backwards. A
kernel multiplies all inputs by W_ih in one product; in each step one product with W_hh is left.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops import _workspace
from refnn.ops._recurrence import (
    Sizes,
    affine,
    aligned,
    bias_gradient,
    chosen,
    earlier,
    initial,
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
from refnn.ops.activation import relu, tanh

_ACT = {"tanh": tanh, "relu": relu}


def rnn_cell(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, *, nonlinearity: str) -> Any:
    """h' = act(W_ih x + b_ih + W_hh h + b_hh), with x (B, I) and h (B, H)."""
    return _ACT[nonlinearity](affine(x, w_ih, b_ih) + affine(h, w_hh, b_hh))


@op(node_name="StackBackward0")
def rnn_layer(
    x: Array,
    h0: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array | None,
    b_hh: Array | None,
    *,
    nonlinearity: str,
    sizes: Sizes | None,
    reverse: bool,
) -> tuple[Array, Array]:
    """(y, h_T) with h_t = act(W_ih x_t + b_ih + W_hh h_{t−1} + b_hh) and y_t = h_t."""
    h0, w_ih, w_hh, b_ih, b_hh = wide(h0, w_ih, w_hh, b_ih, b_hh)
    inputs = rows(x)
    y = np.empty((len(inputs), h0.shape[1]), inputs.dtype)
    project(inputs, w_ih, b_ih, b_hh, out=y[None])
    h, weight = h0.copy(), aligned(w_hh.T)
    product = _workspace.empty(h0.shape, y.dtype, "rnn product")
    for start, stop in spans(x, sizes, reverse):
        step, h_t = y[start:stop], h[: stop - start]
        step += np.matmul(h_t, weight, out=product[: stop - start])
        if nonlinearity == "tanh":
            np.tanh(step, out=step)
        else:
            np.maximum(step, np.zeros((), step.dtype), out=step)
        h_t[:] = step
    return y.reshape(*x.shape[:-1], len(w_hh)).astype(x.dtype, copy=False), h.astype(x.dtype, copy=False)


@op
def rnn_layer_backward(
    gy: Array | None,
    gh: Array | None,
    x: Array,
    h0: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array | None,
    b_hh: Array | None,
    y: Array,
    *,
    wanted: tuple[bool, ...],
    nonlinearity: str,
    sizes: Sizes | None,
    reverse: bool,
) -> tuple[Array, ...]:
    """Backpropagation through time: δ_t = act'(z_t) (∂L/∂y_t + W_hhᵀ δ_{t+1}).

    The wanted gradients, with respect to x, h0, W_ih, W_hh, b_ih and b_hh, are δ W_ih, W_hhᵀ δ_1, Σ δ_tᵀ x_t,
    Σ δ_tᵀ h_{t−1}, Σ δ_t and Σ δ_t.
    """
    h0, w_ih, w_hh, gh = wide(h0, w_ih, w_hh, gh)
    steps = spans(x, sizes, reverse)
    inputs, states = rows(x), rows(y)
    gys = None if gy is None else rows(gy)
    delta = _workspace.empty(states.shape, states.dtype, "rnn delta")
    if nonlinearity == "tanh":
        tanh_slope(states, out=delta)
    dh, weight = initial(gh, h0), aligned(w_hh)
    for start, stop in reversed(steps):
        carried, step = dh[: stop - start], delta[start:stop]
        if gys is not None:
            carried += gys[start:stop]
        if nonlinearity == "tanh":
            step *= carried
        else:
            np.copyto(step, carried)
            step[states[start:stop] <= 0] = 0
        np.matmul(step, weight, out=carried)
    deltas = delta[None]  # of the only gate
    of_biases = cache(lambda: bias_gradient(deltas))
    return chosen(
        wanted,
        x.dtype,
        lambda: sent_back(deltas, w_ih).reshape(x.shape),
        lambda: dh,
        lambda: weight_gradient(deltas, inputs),
        lambda: weight_gradient(deltas, earlier(states, h0, steps)),
        of_biases,
        lambda: of_biases().copy(),
    )


@rnn_layer.joint_derivative
def _rnn_rule(
    g: Any,
    x: Any,
    h0: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any,
    b_hh: Any,
    out: Any,
    needs: Any,
    nonlinearity: str,
    sizes: Any,
    reverse: bool,
) -> tuple[Any, ...]:
    meta = {"nonlinearity": nonlinearity, "sizes": sizes, "reverse": reverse}
    inputs = (x, h0, w_ih, w_hh, b_ih, b_hh)
    return spread(needs, rnn_layer_backward(*g, *inputs, out[0], wanted=tuple(needs), **meta))


@rnn_layer_backward.joint_derivative
def _rnn_backward_rule(
    g: Any,
    gy: Any,
    gh: Any,
    x: Any,
    h0: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any,
    b_hh: Any,
    needs: Any,
    wanted: Any,
    nonlinearity: str,
    sizes: Any,
    reverse: bool,
) -> list[Any]:
    def forward(x: Any, h: Any, *weights: Any) -> tuple[Any, ...]:
        def cell(x: Any, h: Any) -> tuple[Any]:
            return (rnn_cell(x, h, *weights, nonlinearity=nonlinearity),)

        return unrolled(cell, x, (h,), sizes, reverse)

    inputs = (x, h0, w_ih, w_hh, b_ih, b_hh)
    return [*second_derivative(forward, (gy, gh), inputs, wanted, g, needs[:-1]), None]
