"""Where a tensor's memory lies: of the process alone, or shared with the processes that are forked from it."""

from __future__ import annotations

import mmap
import sys
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from refnn._tensor.differentiation import Differentiation

_SEEN_ELSEWHERE = (
    "share_memory_() moves this tensor's memory, and other tensors or arrays look at it: share it before making views, "
    "or share a clone"
)


class Memory(Differentiation):
    """A tensor's memory, and what torch asks of it."""

    def is_shared(self) -> bool:
        """Whether processes forked from this one see what it writes to the tensor."""
        return isinstance(_owner(self._data), mmap.mmap)

    def share_memory_(self) -> Self:
        """Move the values to memory that processes forked from this one share. Nothing happens if they are there.

        Raises RuntimeError for a tensor whose memory others look at: they would be left behind.
        Source: torch.Tensor.share_memory_.
        """
        if self.is_shared():
            return self
        self._settle()
        data = self._data
        owner = data.base
        # Of memory that no one else looks at, the tensor (or its array), this variable and the call hold a reference.
        alone = owner is None or (isinstance(owner, np.ndarray) and sys.getrefcount(owner) == 3)
        if not alone or sys.getrefcount(data) > 3:
            raise RuntimeError(_SEEN_ELSEWHERE)
        memory = mmap.mmap(-1, max(1, data.nbytes))
        strides = np.empty_like(data).strides  # as they lie, without gaps
        moved: NDArray[Any] = np.ndarray(data.shape, data.dtype, memory, strides=strides)
        moved[...] = data
        self._data = moved
        return self

    def is_pinned(self, device: Any = None) -> bool:
        """False: memory is pinned for an accelerator, and there is none."""
        return False

    def pin_memory(self, device: Any = None) -> Any:
        """Raise RuntimeError, as there is no accelerator to pin memory for."""
        raise RuntimeError("Cannot access accelerator device when none is available.")

    def const_data_ptr(self) -> int:
        """The address of its first element, for those who only read there."""
        return self.data_ptr()

    def sparse_dim(self) -> int:
        """How many dimensions are stored sparsely: none."""
        return 0

    def dense_dim(self) -> int:
        """How many dimensions are stored densely: all."""
        return self._data.ndim


def _owner(array: NDArray[Any]) -> Any:
    """What the memory of an array belongs to in the end."""
    owner: Any = array
    while isinstance(owner, np.ndarray) and owner.base is not None:
        owner = owner.base
    return owner
