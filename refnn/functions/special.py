"""torch.erf, torch.erfc and Tensor's methods of these names."""

from __future__ import annotations

from refnn.functions._elementwise import unary, unary_
from refnn.ops import special as ops

__all__ = ["erf", "erf_", "erfc", "erfc_"]

erf, erf_ = unary(ops.erf), unary_(ops.erf, "erf_")
erfc, erfc_ = unary(ops.erfc), unary_(ops.erfc, "erfc_")
