"""Recurrent layers of one direction, from zeros, over (T, B, C): features first, [x; h; 1] stacked in one buffer, so
that one product a step brings both inputs and the bias; one product for each weight's gradient at the end.

W is [W_ih W_hh b], the gates below one another in torch's order.
"""

from __future__ import annotations

import numpy as np

from benchmarks.by_hand.layers import Array, Phases


def _stacked(x: Array, hidden: int) -> Array:
    """(T + 1, C + H + 1, B): x, room for h, and ones."""
    steps, batch, inputs = x.shape
    seen = np.ones((steps + 1, inputs + hidden + 1, batch), x.dtype)
    seen[:-1, :inputs] = x.transpose(0, 2, 1)
    seen[0, inputs:-1] = 0
    return seen


def _gradients(dz: Array, seen: Array, weights: Array, inputs: int) -> tuple[Array, ...]:
    """(dx, dW), from dz (T, gates, B)."""
    dx = np.matmul(weights[:, :inputs].T, dz).transpose(0, 2, 1)
    dw = np.matmul(
        dz.transpose(1, 0, 2).reshape(len(weights), -1), seen[:-1].transpose(1, 0, 2).reshape(seen.shape[1], -1).T
    )
    return dx, dw


def rnn(g: Array, x: Array, weights: Array) -> Phases:
    """h = tanh(W [x; h; 1])"""
    steps, batch, inputs = x.shape
    hidden = len(weights)
    recurrent = np.ascontiguousarray(weights[:, inputs:-1].T)
    held: dict[str, Array] = {}

    def forward() -> Array:
        seen = held["seen"] = _stacked(x, hidden)
        for t in range(steps):
            h = seen[t + 1, inputs:-1]
            np.tanh(np.matmul(weights, seen[t], out=h), out=h)
        return seen[1:, inputs:-1].transpose(0, 2, 1)

    def backward() -> tuple[Array, ...]:
        seen = held["seen"]
        h = seen[1:, inputs:-1]
        dz = np.multiply(h, h)
        np.subtract(1, dz, out=dz)
        dh = np.zeros((hidden, batch), x.dtype)
        for t in reversed(range(steps)):
            dh += g[t].T
            dz[t] *= dh
            np.matmul(recurrent, dz[t], out=dh)
        return _gradients(dz, seen, weights, inputs)

    return {"forward": forward, "backward": backward}


def _logistic(z: Array) -> None:
    """z = σ(z) = ½ tanh(½ z) + ½"""
    z *= np.float32(0.5)
    np.tanh(z, out=z)
    z *= np.float32(0.5)
    z += np.float32(0.5)


def lstm(g: Array, x: Array, weights: Array) -> Phases:
    """c = f c + i g, h = o tanh c"""
    steps, batch, inputs = x.shape
    hidden = len(weights) // 4
    recurrent = np.ascontiguousarray(weights[:, inputs:-1].T)
    held: dict[str, Array] = {}

    def forward() -> Array:
        seen, gates = _stacked(x, hidden), np.empty((steps, 4, hidden, batch), x.dtype)
        cells = np.zeros((2, steps + 1, hidden, batch), x.dtype)
        c, squashed = cells
        work = np.empty((hidden, batch), x.dtype)
        for t in range(steps):
            i, f, c_in, o = z = gates[t]
            np.matmul(weights, seen[t], out=z.reshape(4 * hidden, batch))
            _logistic(z[:2])
            np.tanh(c_in, out=c_in)
            _logistic(o)
            np.multiply(f, c[t], out=c[t + 1])
            c[t + 1] += np.multiply(i, c_in, out=work)
            np.multiply(o, np.tanh(c[t + 1], out=squashed[t + 1]), out=seen[t + 1, inputs:-1])
        held.update(seen=seen, gates=gates, cells=cells)
        return seen[1:, inputs:-1].transpose(0, 2, 1)

    def backward() -> tuple[Array, ...]:
        seen, gates, (c, squashed) = held["seen"], held["gates"], held["cells"]
        dz = np.empty_like(gates)
        dh, dc, work = np.zeros((3, hidden, batch), x.dtype)
        for t in reversed(range(steps)):
            (i, f, c_in, o), (di, df, dg, do), s = gates[t], dz[t], squashed[t + 1]
            dh += g[t].T
            np.multiply(np.subtract(1, np.multiply(s, s, out=work), out=work), o, out=work)
            dc += np.multiply(work, dh, out=work)
            np.multiply(dh, s, out=do)
            np.multiply(dc, c[t], out=df)
            np.multiply(dc, c_in, out=di)
            np.multiply(dc, i, out=dg)
            for d, a in ((di, i), (df, f), (do, o)):
                d *= a
                d *= np.subtract(1, a, out=work)
            dg *= np.subtract(1, np.multiply(c_in, c_in, out=work), out=work)
            dc *= f
            np.matmul(recurrent, dz[t].reshape(4 * hidden, batch), out=dh)
        return _gradients(dz.reshape(steps, 4 * hidden, batch), seen, weights, inputs)

    return {"forward": forward, "backward": backward}
