"""torch.erf, torch.erfc and Tensor's methods of these names."""

from __future__ import annotations

from refnn.functions.pointwise import _unary, _unary_
from refnn.ops import special as ops

__all__ = ["erf", "erf_", "erfc", "erfc_"]

erf, erf_ = _unary(ops.erf), _unary_(ops.erf, "erf_")
erfc, erfc_ = _unary(ops.erfc), _unary_(ops.erfc, "erfc_")
