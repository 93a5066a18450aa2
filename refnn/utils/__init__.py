"""torch.utils: data loading, and the handles of hooks."""

from refnn.utils import data, hooks

__all__ = ["data", "hooks"]
