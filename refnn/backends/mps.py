"""torch.backends.mps: Apple's graphics processors. There are none."""

from refnn.backends._absent import is_available, is_built

__all__ = ["is_available", "is_built"]
