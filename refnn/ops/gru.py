"""GRU in one direction, and its cell.

Shapes: x (T, B, I), or packed (R, I) with the rows of step t sizes[t] in number; states (B, H); W_ih (G, I),
W_hh (G, H), biases (G,) or None, with G = 3 H; y (T, B, H) or (R, H). With `reverse` time runs backwards. A
kernel multiplies all inputs by W_ih in one product; in each step one product with W_hh is left.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops import _workspace
from refnn.ops._recurrence import (
    Sizes,
    add_product,
    affine,
    chosen,
    column_sums,
    earlier,
    initial,
    logistic,
    parts,
    projected,
    rows,
    second_derivative,
    spans,
    spread,
    unrolled,
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
    """(y, h_T) by gru_cell's equations, and for the backward pass r, z, n and h_n (R, 4 H)."""
    h0, w_ih, w_hh, b_ih, b_hh = wide(h0, w_ih, w_hh, b_ih, b_hh)
    from_x = projected(rows(x), w_ih, b_ih)
    size = w_hh.shape[1]
    h, weight = h0.copy(), np.ascontiguousarray(w_hh.T)
    y = np.empty((len(from_x), size), from_x.dtype)
    saved = np.empty((len(from_x), 4 * size), from_x.dtype)
    with np.errstate(over="ignore"):  # e⁻ᶻ = ∞ gives the right σ = 0
        for start, stop in spans(x, sizes, reverse):
            h_t, gates = h[: stop - start], saved[start:stop, : 2 * size]
            r, z, n, h_n = parts(saved[start:stop], 4)
            from_h = h_t @ weight
            if b_hh is not None:
                from_h += b_hh
            np.add(from_x[start:stop, : 2 * size], from_h[:, : 2 * size], out=gates)
            logistic(gates)  # r and z
            h_n[:] = from_h[:, 2 * size :]
            np.multiply(r, h_n, out=n)
            n += from_x[start:stop, 2 * size :]
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
    inputs, states, saved = rows(x), rows(y), rows(saved)
    gys = None if gy is None else rows(gy)
    r, z, n, h_n = parts(saved, 4)
    before = earlier(states, h0, steps)
    delta_x, delta_h = (_workspace.empty((len(saved), len(w_hh)), saved.dtype, f"rnn delta {of}") for of in "xh")
    d_r, d_z, d_n = parts(delta_x, 3)
    d_hn = parts(delta_h, 3)[2]  # δn r
    np.multiply(h_n * r, 1 - r, out=d_r)
    np.multiply((before - n) * z, 1 - z, out=d_z)
    np.multiply(1 - z, 1 - n * n, out=d_n)
    dh = initial(gh, h0)
    for start, stop in reversed(steps):
        carried, hidden = dh[: stop - start], delta_h[start:stop]
        if gys is not None:
            carried += gys[start:stop]
        d_z[start:stop] *= carried
        d_n[start:stop] *= carried
        d_r[start:stop] *= d_n[start:stop]
        hidden[:] = delta_x[start:stop]
        d_hn[start:stop] *= r[start:stop]
        carried *= z[start:stop]
        add_product(carried, hidden, w_hh, "rnn")
    return chosen(
        wanted,
        x.dtype,
        lambda: (delta_x @ w_ih).reshape(x.shape),
        lambda: dh,
        lambda: delta_x.T @ inputs,
        lambda: delta_h.T @ before,
        lambda: column_sums(delta_x),
        lambda: column_sums(delta_h),
    )


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
