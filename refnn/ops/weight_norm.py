"""A weight as a length and a direction."""

from __future__ import annotations

from typing import Any

from refnn.autograd.op import Array, op
from refnn.ops._half import opmath
from refnn.ops.creation import data_of
from refnn.ops.pointwise import div, mul
from refnn.ops.reduction import sum as sum_over
from refnn.ops.statistics import norm

Dims = tuple[int, ...]


def _others(x: Any, dim: int) -> Dims:
    return tuple(d for d in range(data_of(x).ndim) if d != dim)


@op(node_name="WeightNormInterfaceBackward0")
def weight_norm(v: Array, g: Array, *, dim: int) -> Array:
    """w = g v / ‖v‖, the norm being taken over all dimensions but one. Half precision is computed in float32."""
    wide = opmath(v)
    length = norm.kernel(wide, p=2.0, dim=_others(v, dim), keepdim=True)
    return (wide * (g.astype(wide.dtype, copy=False) / length)).astype(v.dtype, copy=False)


@weight_norm.joint_derivative
def _weight_norm_rule(grad: Any, v: Any, g: Any, needs: Any, dim: int) -> tuple[Any, Any]:
    """dg = ⟨dw, v⟩ / ‖v‖ and dv = g / ‖v‖ (dw − v ⟨dw, v⟩ / ‖v‖²)."""
    over = _others(v, dim)
    length = norm(v, p=2.0, dim=over, keepdim=True)
    to_g = div(sum_over(mul(grad, v), dim=over, keepdim=True), length)
    if not needs[0]:
        return None, to_g
    return mul(div(g, length), grad - mul(div(v, length), to_g)), to_g
