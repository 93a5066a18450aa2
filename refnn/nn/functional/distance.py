"""cosine_similarity, pairwise_distance, pdist, normalize."""

from __future__ import annotations

from typing import Any

from refnn.functions.distance import cosine_similarity, pairwise_distance, pdist
from refnn.functions.pointwise import div

__all__ = ["cosine_similarity", "normalize", "pairwise_distance", "pdist"]


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Any = None) -> Any:
    """y = x / max(‖x‖_p, eps), the norm being taken along dim. Any shape, floating or complex.

    Raises IndexError for a dim out of range, RuntimeError for integers.

    Source: torch.nn.functional.normalize.
    """
    length = input.norm(p, dim, keepdim=True).clamp_min(eps).expand_as(input)
    return input / length if out is None else div(input, length, out=out)
