"""Distances as modules."""

from __future__ import annotations

from typing import Any

from refnn.nn import functional as F
from refnn.nn.modules.module import Module

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class PairwiseDistance(Module):
    """y = ‖x₁ − x₂ + eps‖_p along the last dimension. x₁, x₂ (*, D) -> y (*), or (*, 1) with keepdim.

    Raises, when called, what `nn.functional.pairwise_distance` raises.

    Source: torch.nn.PairwiseDistance.
    """

    __constants__ = ["norm", "eps", "keepdim"]
    norm: float
    eps: float
    keepdim: bool

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Any, x2: Any) -> Any:
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class CosineSimilarity(Module):
    """y = Σ x₁ x₂ / (max(‖x₁‖, eps) max(‖x₂‖, eps)) along `dim`. x₁, x₂ (*, D, *) -> y without that dimension.

    Raises, when called, what `nn.functional.cosine_similarity` raises.

    Source: torch.nn.CosineSimilarity.
    """

    __constants__ = ["dim", "eps"]
    dim: int
    eps: float

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Any, x2: Any) -> Any:
        return F.cosine_similarity(x1, x2, self.dim, self.eps)
