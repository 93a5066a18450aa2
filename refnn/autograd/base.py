"""The part of a tensor that the tape knows: values, version, place in the graph.

`refnn.tensor.Tensor` adds torch's interface. The class attributes below are the defaults of a plain
tensor, so that making one costs a single assignment.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "TensorBase", "wrap"]

Array: TypeAlias = npt.NDArray[Any]


class TensorBase:
    """An ndarray, its gradient, and its place on the tape."""

    _data: Array
    _requires_grad: bool = False
    _node: Any = None  # what computed this tensor; None for a leaf
    _index: int = 0  # which of the node's results this is
    _grad: Any = None
    _box: list[int] | None = None  # the version counter, shared by every tensor over the same memory
    _base: Any = None  # the tensor of which this is a differentiable view
    _seen: int = 0  # a view's version when its node was made
    _origin: str | None = None  # why a view may not be written to: "no_grad", "multi"
    _hooks: Any = None  # a leaf's hooks on its gradient
    _post_hooks: Any = None  # a leaf's hooks after its gradient was accumulated
    _ending: Any = None  # a leaf's AccumulateGrad, once it has hooks
    _retains: bool = False
    _inference: bool = False
    _private_order: bool = False  # in memory in an order of our choice, where torch's would be contiguous
    _old_flag: bool = False

    @property
    def _version(self) -> int:
        """How often the memory was written to in place since the tensor was made."""
        return 0 if self._box is None else self._box[0]

    def _version_box(self) -> list[int]:
        if self._box is None:
            self._box = [0]
        return self._box

    def _bump_version(self) -> None:
        if self._box is None:
            self._box = [1]
        else:
            self._box[0] += 1

    def _settle(self) -> None:
        """Bring the memory into the order that torch would have, before anything can tell the difference.

        Convolutions and pooling keep the channels last between them, which is quicker. No memory is shared
        with such a tensor: whatever shares memory, or asks for strides, settles it first.
        """
        if self._private_order:
            self._private_order = False
            self._data = np.ascontiguousarray(self._data)

    def _sync(self) -> None:
        """Bring a view's node up to date after its base was written to in place."""
        base = self._base
        if base._requires_grad and self._origin not in ("no_grad", "custom"):
            box = self._version_box()
            if box[0] != self._seen or not self._requires_grad:
                from refnn.autograd.inplace import rejoin

                rejoin(self)


_tensor_class: type[Any] = TensorBase


def register_tensor_class(cls: type[Any]) -> None:
    """Tell the tape which class its results have. Called once, by refnn.tensor."""
    global _tensor_class
    _tensor_class = cls


def wrap(array: Any) -> Any:
    """A tensor over this very array, without a graph. A NumPy scalar becomes 0-dim."""
    tensor = object.__new__(_tensor_class)
    tensor._data = array if type(array) is np.ndarray else np.asarray(array)
    return tensor
