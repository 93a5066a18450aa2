"""Comparisons, logic, bits, and selection by a mask. Only selection has a derivative."""

from __future__ import annotations

import numpy as np

from refnn.autograd.op import Array, op
from refnn.ops.creation import zeros_like


@op(promote=True)
def equal(x: Array, y: Array) -> Array:
    """x = y."""
    return np.equal(x, y)


@op(promote=True)
def not_equal(x: Array, y: Array) -> Array:
    """x ≠ y."""
    return np.not_equal(x, y)


@op(promote=True)
def less(x: Array, y: Array) -> Array:
    """x < y."""
    return np.less(x, y)


@op(promote=True)
def less_equal(x: Array, y: Array) -> Array:
    """x ≤ y."""
    return np.less_equal(x, y)


@op(promote=True)
def greater(x: Array, y: Array) -> Array:
    """x > y."""
    return np.greater(x, y)


@op(promote=True)
def greater_equal(x: Array, y: Array) -> Array:
    """x ≥ y."""
    return np.greater_equal(x, y)


@op
def isnan(x: Array) -> Array:
    """Whether x is NaN."""
    return np.isnan(x)


@op
def isinf(x: Array) -> Array:
    """Whether x is ±∞."""
    return np.isinf(x)


@op
def isfinite(x: Array) -> Array:
    """Whether x is neither NaN nor infinite."""
    return np.isfinite(x)


@op
def isposinf(x: Array) -> Array:
    """Whether x is +∞."""
    return np.logical_and(np.isinf(x), x > 0)


@op
def isneginf(x: Array) -> Array:
    """Whether x is −∞."""
    return np.logical_and(np.isinf(x), x < 0)


@op
def isreal(x: Array) -> Array:
    """Whether the imaginary part of x is 0."""
    return np.asarray(np.equal(x.imag, 0)) if x.dtype.kind == "c" else np.ones(x.shape, np.bool_)


@op
def signbit(x: Array) -> Array:
    """Whether x is negative, −0 and −NaN included."""
    return np.signbit(x) if x.dtype.kind in "fV" else np.asarray(x < 0)


@op
def logical_not(x: Array) -> Array:
    """¬x, every number but 0 being true."""
    return np.logical_not(x)


@op(promote=True)
def logical_and(x: Array, y: Array) -> Array:
    """x ∧ y."""
    return np.logical_and(x, y)


@op(promote=True)
def logical_or(x: Array, y: Array) -> Array:
    """x ∨ y."""
    return np.logical_or(x, y)


@op(promote=True)
def logical_xor(x: Array, y: Array) -> Array:
    """x ⊻ y."""
    return np.logical_xor(x, y)


@op
def bitwise_not(x: Array) -> Array:
    """~x."""
    return np.invert(x)


@op(promote=True)
def bitwise_and(x: Array, y: Array) -> Array:
    """x & y, bit by bit."""
    return np.bitwise_and(x, y)


@op(promote=True)
def bitwise_or(x: Array, y: Array) -> Array:
    """x | y, bit by bit."""
    return np.bitwise_or(x, y)


@op(promote=True)
def bitwise_xor(x: Array, y: Array) -> Array:
    """x ^ y, bit by bit."""
    return np.bitwise_xor(x, y)


@op(promote=True)
def left_shift(x: Array, y: Array) -> Array:
    """x · 2ʸ."""
    return np.left_shift(x, y)


@op(promote=True)
def right_shift(x: Array, y: Array) -> Array:
    """⌊x / 2ʸ⌋."""
    return np.right_shift(x, y)


@op
def where(mask: Array, x: Array, y: Array) -> Array:
    """z = x where the mask is true, y elsewhere."""
    return np.where(mask, x, y)


where.derivative(
    x=lambda g, mask: where(mask, g, zeros_like(g)),
    y=lambda g, mask: where(mask, zeros_like(g), g),
)


# What torch has no kernel for -----------------------------------------------------------------------------

for _operation, _kernel in ((less, "lt_cpu"), (less_equal, "le_cpu"), (greater, "gt_cpu"), (greater_equal, "ge_cpu")):
    _operation.refuses(_kernel, "cU", answers=True)
for _operation in (logical_and, logical_or, logical_xor):
    _operation.refuses(f"{_operation.name}_cpu", "U", answers=True)
logical_not.refuses("logical_not_cpu", "U", answers=True)
bitwise_not.refuses("bitwise_not_cpu", "fVcU")
for _operation in (bitwise_and, bitwise_or, bitwise_xor):
    _operation.refuses(f"{_operation.name}_cpu", "fVc")
left_shift.refuses("lshift_cpu", "bfVcU")
right_shift.refuses("rshift_cpu", "bfVcU")
