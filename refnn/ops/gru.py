"""GRU in one direction, and its cell.

Shapes: x (T, B, I), or packed (R, I) with the rows of step t sizes[t] in number; states (B, H); W_ih (G, I),
W_hh (G, H), biases (G,) or None, with G = 3 H; y (T, B, H) or (R, H). With `reverse` time runs backwards. A
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


def gru_cell(x: Any, h: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> Any:
    """h' = (1 − z) n + z h, with (r, z, n) the thirds, in this order, of W_ih x + b_ih and W_hh h + b_hh:

    r = σ(x_r + h_r); z = σ(x_z + h_z); n = tanh(x_n + r h_n). The reset gate comes after W_hn h + b_hn.
    """
    thirds = (w_ih.shape[0] // 3,) * 3
    x_r, x_z, x_n = split(affine(x, w_ih, b_ih), sizes=thirds, dim=1)
    h_r, h_z, h_n = split(affine(h, w_hh, b_hh), sizes=thirds, dim=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = tanh(x_n + r * h_n)
    return (h - n) * z + n


@op(node_name="StackBackward0")
def gru_layer(
    x: Array,
    h0: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array | None,
    b_hh: Array | None,
    *,
    sizes: Sizes | None,
    reverse: bool,
) -> tuple[Array, Array, Array]:
    """(y, h_T) by gru_cell's equations, and for the backward pass r, z, n and h_n (4, R, H)."""
    h0, w_ih, w_hh, b_ih, b_hh = wide(h0, w_ih, w_hh, b_ih, b_hh)
    inputs, size = rows(x), h0.shape[1]
    saved = _workspace.lend((4, len(inputs), size), inputs.dtype)
    project(inputs, w_ih, b_ih, out=saved[:3])
    h, weights = h0.copy(), aligned(by_gate(w_hh, 3).transpose(0, 2, 1))
    y = np.empty((len(inputs), size), inputs.dtype)
    products = _workspace.empty((3, *h0.shape), inputs.dtype, "rnn product")
    with np.errstate(over="ignore"):  # e⁻ᶻ = ∞ gives the right σ = 0
        for start, stop in spans(x, sizes, reverse):
            gates, h_t = saved[:, start:stop], h[: stop - start]
            r, z, n, h_n = gates
            from_h = np.matmul(h_t, weights, out=products[:, : stop - start])
            if b_hh is not None:
                from_h += b_hh.reshape(3, 1, size)
            gates[:2] += from_h[:2]
            logistic(gates[:2])  # r and z
            h_n[:] = from_h[2]
            n += r * h_n
            np.tanh(n, out=n)
            h_t -= n
            h_t *= z
            h_t += n
            y[start:stop] = h_t
    results = (y.reshape(*x.shape[:-1], size), h, saved)
    return tuple(a.astype(x.dtype, copy=False) for a in results)  # type: ignore[return-value]


@op
def gru_layer_backward(
    gy: Array | None,
    gh: Array | None,
    x: Array,
    h0: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Array | None,
    b_hh: Array | None,
    y: Array,
    saved: Array,
    *,
    wanted: tuple[bool, ...],
    sizes: Sizes | None,
    reverse: bool,
) -> tuple[Array, ...]:
    """Backpropagation through time. With dh = ∂L/∂y_t + what step t + 1 sends:

    δn = dh (1 − z)(1 − n²); δz = dh (h_{t−1} − n) z (1 − z); δr = δn h_n r (1 − r). Step t sends dh z +
    W_hhᵀ (δr, δz, δn r).
    """
    h0, w_ih, w_hh, gh = wide(h0, w_ih, w_hh, gh)
    steps = spans(x, sizes, reverse)
    inputs, states, size = rows(x), rows(y), h0.shape[1]
    gys = None if gy is None else rows(gy)
    r, z, n, h_n = opmath(saved)
    before = earlier(states, h0, steps)
    delta = _workspace.empty(saved.shape, states.dtype, "rnn delta")
    d_n, d_r, d_z, d_hn = delta  # d_hn = δn r; W_ih has the first three, W_hh the last three
    delta_x, delta_h = delta[:3], delta[1:]
    logistic_slope(r, out=d_r)
    d_r *= h_n
    logistic_slope(z, out=d_z)
    d_z *= np.subtract(before, n, out=d_hn)
    tanh_slope(n, out=d_n)
    d_n *= np.subtract(1, z, out=d_hn)
    dh, weights = initial(gh, h0), aligned(by_gate(w_hh, 3))
    products = _workspace.empty((3, *h0.shape), states.dtype, "rnn product")
    for start, stop in reversed(steps):
        b = stop - start
        carried = dh[:b]
        if gys is not None:
            carried += gys[start:stop]
        d_z[start:stop] *= carried
        d_n[start:stop] *= carried
        d_r[start:stop] *= d_n[start:stop]
        np.multiply(d_n[start:stop], r[start:stop], out=d_hn[start:stop])
        carried *= z[start:stop]
        carried += np.add.reduce(np.matmul(delta_h[:, start:stop], weights, out=products[:, :b]), 0)
    of_biases = cache(lambda: bias_gradient(delta))
    return chosen(
        wanted,
        x.dtype,
        lambda: sent_back(delta_x, _n_first(w_ih)).reshape(x.shape),
        lambda: dh,
        lambda: _n_last(weight_gradient(delta_x, inputs)),
        lambda: weight_gradient(delta_h, before),
        lambda: _n_last(of_biases()[:-size]),
        lambda: of_biases()[size:],
    )


def _n_first(thirds: Array) -> Array:
    """The thirds (r, z, n) as (n, r, z)."""
    size = len(thirds) // 3
    return np.concatenate((thirds[2 * size :], thirds[: 2 * size]))


def _n_last(thirds: Array) -> Array:
    """The thirds (n, r, z) as (r, z, n)."""
    size = len(thirds) // 3
    return np.concatenate((thirds[size:], thirds[:size]))


@gru_layer.joint_derivative
def _gru_rule(
    g: Any,
    x: Any,
    h0: Any,
    w_ih: Any,
    w_hh: Any,
    b_ih: Any,
    b_hh: Any,
    out: Any,
    needs: Any,
    sizes: Any,
    reverse: bool,
) -> tuple[Any, ...]:
    inputs = (x, h0, w_ih, w_hh, b_ih, b_hh)
    meta = {"wanted": tuple(needs), "sizes": sizes, "reverse": reverse}
    return spread(needs, gru_layer_backward(*g[:2], *inputs, out[0], out[2], **meta))


@gru_layer_backward.joint_derivative
def _gru_backward_rule(
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
    sizes: Any,
    reverse: bool,
) -> list[Any]:
    def forward(x: Any, h: Any, *weights: Any) -> tuple[Any, ...]:
        def cell(x: Any, h: Any) -> tuple[Any]:
            return (gru_cell(x, h, *weights),)

        return unrolled(cell, x, (h,), sizes, reverse)

    inputs = (x, h0, w_ih, w_hh, b_ih, b_hh)
    return [*second_derivative(forward, (gy, gh), inputs, wanted, g, needs[:-2]), None, None]
