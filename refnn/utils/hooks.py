"""Handles by which a registered hook is taken away again (torch.utils.hooks)."""

from __future__ import annotations

from refnn.autograd.handles import RemovableHandle

__all__ = ["RemovableHandle"]
