"""torch.backends.mkl: Intel's library of linear algebra. There is none."""

from refnn.backends._absent import is_available

__all__ = ["is_available"]
