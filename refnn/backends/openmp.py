"""torch.backends.openmp: OpenMP. There is none."""

from refnn.backends._absent import is_available

__all__ = ["is_available"]
