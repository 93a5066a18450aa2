"""Nodes that are watched from their making: with the traceback of it, or with saved values in a packed form.

An op records an `ObservedNode` instead of an `OpNode` while anything asks for it, so that ordinary recording does not
look whether anything does.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from refnn.autograd import op as op_module
from refnn.autograd.anomaly_mode import anomaly, note_origin
from refnn.autograd.base import Array, TensorBase, wrap
from refnn.autograd.modes import enable_grad, no_grad
from refnn.autograd.node import OpNode, make_node
from refnn.autograd.plan import ALL, ARG, OUT, RESULT

__all__ = ["Packed", "observe", "packing"]

_IN_PLACE = (
    "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot be "
    "modified by in-place operations as this can lead to unexpected side-effects. Please open an issue if you need to "
    "perform in-place operations on the input to a pack hook."
)


class _Packing(threading.local):
    """The pairs of hooks on saved tensors, the innermost last; and why none may be added."""

    def __init__(self) -> None:
        self.hooks: list[tuple[Any, Any]] = []
        self.forbidden: str | None = None


packing = _Packing()
_lock = threading.Lock()
_observers = 0


def observe(change: int) -> None:
    """One more who wants nodes observed, or with -1 one less."""
    global _observers
    with _lock:
        _observers += change
        op_module.record_with(_make_observed if _observers else make_node)


class Packed:
    """A saved tensor, in the form that the pack hook gave it, and its place in the graph.

    The tensors that are the node's own results leave their place out, lest they form a cycle.
    """

    def __init__(self, tensor: Any, own: bool = False) -> None:
        pack, self.unpack = packing.hooks[-1]
        self.index = tensor._index if own else None
        self.leaf = tensor if tensor._requires_grad and tensor._node is None and not own else None
        self.place = None if own or tensor._node is None else (tensor._node, tensor._index)
        version = tensor._version
        with no_grad():
            self.held = pack(tensor)
        if tensor._version != version:
            raise RuntimeError(_IN_PLACE)

    def array(self) -> Array:
        """What the unpack hook makes of it. Raises TypeError if that is no tensor."""
        with no_grad():
            tensor = self.unpack(self.held)
        if not isinstance(tensor, TensorBase):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(tensor).__name__}"
            )
        return tensor._data

    def tensor(self, node: Any) -> Any:
        """It again, in its place in the graph; `node` is the one that saved it."""
        result = wrap(self.array())
        place = self.place if self.index is None else (node, self.index)
        if self.leaf is not None:
            with enable_grad():
                place = (self.leaf.view_as(self.leaf)._node, 0)
        if place is not None and result._data.dtype.kind in "fcV":
            result._requires_grad, (result._node, result._index) = True, place
        return result


class ObservedNode(OpNode):
    """An op's node that keeps its origin, where anomalies are looked for, and packs what it saves."""

    packed: tuple[int, ...] = ()  # the slots that hold something packed

    def observe(self) -> None:
        """What is done with a new node."""
        if anomaly.enabled:
            note_origin(self)
        if packing.hooks:
            self._pack()

    def _pack(self) -> None:
        self.saved = list(self.saved)
        packed = []
        for slot, (kind, _) in enumerate(self.plan.sources):
            if kind not in (ARG, ALL, RESULT, OUT):
                continue
            value = self.saved[slot]
            if kind == ALL:
                self.saved[slot] = [_packed(each) for each in value.tensors]
            elif kind == OUT:
                self.several = type(value) is tuple
                results = [self._result(a, k) for k, a in enumerate(value if self.several else (value,))]
                self.saved[slot] = [Packed(result, own=True) for result in results]
            else:
                self.saved[slot] = _packed(value)
            packed.append(slot)
        self.packed, self.versions = tuple(packed), ()

    def unpack(self, create_graph: bool) -> list[Any]:
        """As of any op's node. What was packed is not looked at for having been overwritten."""
        if not self.packed or self.saved is None:
            return super().unpack(create_graph)
        values = list(self.saved)
        for slot in self.packed:
            value = values[slot]
            if isinstance(value, list):
                found = tuple(self._unpacked(each, create_graph) for each in value)
                values[slot] = found[0] if slot == self.plan.out_slot and not self.several else found
            else:
                values[slot] = self._unpacked(value, create_graph)
        return values

    def _unpacked(self, value: Any, create_graph: bool) -> Any:
        if not isinstance(value, Packed):
            return value
        return value.tensor(self) if create_graph else value.array()


def _make_observed(*parts: Any) -> OpNode:
    node: Any = make_node(*parts)
    node.__class__ = ObservedNode
    node.observe()
    return node


def _packed(value: Any) -> Any:
    """Packed, if it is a tensor or an array; numbers stay as they are."""
    if isinstance(value, np.ndarray) and value.ndim:
        value = wrap(value)
    return Packed(value) if isinstance(value, TensorBase) else value
