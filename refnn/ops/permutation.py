"""Random permutations, drawn as torch's CPU kernel draws them.

Source: Knuth, The Art of Computer Programming, volume 2, 3.4.2, algorithm P (Fisher and Yates, 1938).
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refnn.ops._mersenne import MersenneTwister

__all__ = ["permutation"]

_SMALL = 256  # below, a loop is quicker than array operations
_LARGE = 0xFFFFFFFF // 20


def permutation(n: int, stream: MersenneTwister) -> NDArray[np.int64]:
    """0 … n − 1, shuffled: for i < n − 1, swap the i-th with the (i + W mod (n − i))-th."""
    if n >= _LARGE:
        return _inside_out(n, stream)
    if n < 2:
        return np.arange(n)
    words = stream.words(n - 1)
    words %= np.arange(n, 1, -1, dtype=np.uint32)
    targets = words.astype(np.int64)
    targets += np.arange(n - 1)
    return _swapped(targets) if n < _SMALL else _swapped_at_once(targets)


def _swapped(targets: NDArray[np.int64]) -> NDArray[np.int64]:
    out = list(range(len(targets) + 1))
    for i, j in enumerate(targets.tolist()):
        out[i], out[j] = out[j], out[i]
    return np.array(out, np.int64)


def _swapped_at_once(targets: NDArray[np.int64]) -> NDArray[np.int64]:
    """The result of the swaps i ↔ targets[i] ≥ i, in order, without a loop over them.

    Step i puts what stood at i, call it a_i, at targets[i], and fixes what stood there as result[i]. So
    result[i] = a_m, where m is the step before i that last wrote to the same target; or the target itself,
    if none did. In the same way a_k = a_m where m < k last wrote to k, or k itself: chains, whose ends are
    found by pointer doubling.
    """
    steps = np.arange(len(targets) + 1)
    a, ends = steps.copy(), np.empty_like(steps)
    moved = targets != steps[:-1]
    a[targets[moved]] = steps[:-1][moved]  # the last assignment to an index counts
    while True:
        np.take(a, a, out=ends, mode="clip")
        if np.array_equal(ends, a):
            break
        a, ends = ends, a
    order = _stable_order(targets)  # by target, then by step
    ordered = targets[order]
    again = np.flatnonzero(ordered[1:] == ordered[:-1])
    out = np.append(targets, a[-1])
    out[order[again + 1]] = a[order[again]]
    stays = np.flatnonzero(~moved)
    out[stays] = a[stays]
    return out


def _stable_order(x: NDArray[np.int64]) -> NDArray[np.int64]:
    """What argsort(x, kind="stable") gives for 0 ≤ x < 2³², 16 bits at a time: those NumPy sorts by counting."""
    order: Any = np.argsort(x.astype(np.uint16), kind="stable")
    if len(x) > 1 << 16:
        order = order[np.argsort((x >> 16).astype(np.uint16)[order], kind="stable")]
    return order


def _inside_out(n: int, stream: MersenneTwister) -> NDArray[np.int64]:
    """The shuffle of very long ranges: append i, then swap it with the (Q mod (i + 1))-th."""
    out = array("q", bytes(8 * n))
    block = 1 << 20
    for start in range(0, n, block):
        counts = np.arange(start + 1, min(start + block, n) + 1, dtype=np.uint64)
        targets = (stream.pairs(len(counts)) % counts).tolist()
        for i, j in enumerate(targets, start):
            out[i] = out[j]
            out[j] = i
    return np.frombuffer(out, np.int64)
