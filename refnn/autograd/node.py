"""Nodes of the graph: one for each recorded operation.

A node knows the operation's derivative rule, what the rule needs, and where each input came from: an
earlier node, or a leaf tensor. Nodes are numbered in order of creation; an edge always leads to a lower
number, so descending numbers are a topological order and no recursion is needed.
"""

from __future__ import annotations

import itertools
import re
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from refnn.autograd.anomaly_mode import anomaly
from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.handles import RemovableHandle, add_hook
from refnn.dtypes import is_inexact

__all__ = ["AccumulateGrad", "Node", "OpNode", "make_node"]

_counter = itertools.count(1)
_new = object.__new__

FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have "
    "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
    "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time or "
    "if you need to access saved tensors after calling backward."
)


class Node:
    """A recorded operation. What `tensor.grad_fn` returns.

    Attributes:
        edges: for each input the Node or the leaf tensor that it came from, or None.
        edge_index: which result of that Node it was.
        results: (shape, numpy dtype) of each result.
        plain: whether it is an op's node with a rule for each argument.
        watched: whether it has hooks of any kind.
        shared: whether its class stands for nodes of several names.
    """

    edges: Sequence[Any] = ()
    edge_index: Sequence[int] | None = None  # None: all are the first result
    results: Sequence[tuple[tuple[int, ...], np.dtype[Any]]]
    fresh_gradients = False  # whether its rules return arrays that no one else refers to
    several = False  # whether the gradient is a tuple, one for each result
    plain = False
    watched = False
    shared = False
    _tensor_hooks: Any = None  # [(index, hook)]: run on a gradient before the node
    _retained: Any = None  # {index: weakref to the tensor whose gradient is kept}
    _pre_hooks: Any = None
    _post_hooks: Any = None

    def __init__(self) -> None:
        self.seq = next(_counter)

    def name(self) -> str:
        """The text in `grad_fn=<…>`."""
        return type(self).__name__

    @property
    def metadata(self) -> dict[str, Any]:
        """A dictionary of the node's own, for whoever wants to note something."""
        found: dict[str, Any] = self.__dict__.setdefault("_metadata", {})
        return found

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """For each input: its node (an AccumulateGrad for a leaf, None if no gradient flows), and which result."""
        return tuple(
            (accumulator(edge) if isinstance(edge, TensorBase) else None if edge is None else shown(edge), index)
            for edge, index in zip(self.edges, self.edge_index or [0] * len(self.edges), strict=True)
        )

    def register_hook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call fn(grad_inputs, grad_outputs) after the node ran; a returned tuple replaces grad_inputs."""
        if self._post_hooks is None:
            self._post_hooks = OrderedDict()
        self.watched = True
        return add_hook(self._post_hooks, fn)

    def register_prehook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call fn(grad_outputs) before the node runs; a returned tuple replaces them."""
        if self._pre_hooks is None:
            self._pre_hooks = OrderedDict()
        self.watched = True
        return add_hook(self._pre_hooks, fn)

    def retain(self, index: int, tensor: Any) -> None:
        """Keep the gradient of a result in the `grad` of a tensor, as long as there is one."""
        if self._retained is None:
            self._retained = {}
        self._retained[index] = weakref.ref(tensor)
        self.watched = True

    def apply(self, grad: Any, create_graph: bool, wanted: Any) -> list[tuple[int, Any]]:
        """(input's number, its gradient) for each input that needs one and is wanted (None: all)."""
        raise AssertionError("a Node's subclass defines apply")

    def release(self) -> None:
        """Let go of what was saved for the backward pass."""

    def __repr__(self) -> str:
        return f"<{self.name().rpartition(':')[2]} object at {id(self):#x}>"


_named_classes: dict[tuple[type, str], type] = {}


def shown(node: Any) -> Any:
    """The node as its users see it: an op's node gets a class of its own name, as every node of torch's has.

    Only then: a pass over nodes of a single class is quicker.
    """
    kind = type(node)
    if kind.shared:
        key = (kind, node.name().rpartition(":")[2])
        named = _named_classes.get(key)
        if named is None:
            named = _named_classes[key] = type(key[1], (kind,), {"shared": False, "__module__": "builtins"})
        node.__class__ = named
    return node


class AccumulateGrad:
    """Where the graph ends in a leaf: its gradient is added to `variable.grad`.

    Hooks see the gradient before it is added (which a returned tuple replaces), and after.
    """

    def __init__(self, variable: Any) -> None:
        self.variable = variable
        self.metadata: dict[str, Any] = {}
        self.pre_hooks: OrderedDict[int, Any] = OrderedDict()
        self.post_hooks: OrderedDict[int, Any] = OrderedDict()

    def register_prehook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call fn((gradient,)) before it is added; a returned tuple replaces it."""
        self.variable._ending = self  # which so stays as long as the leaf does
        return add_hook(self.pre_hooks, fn)

    def register_hook(self, fn: Callable[..., Any]) -> RemovableHandle:
        """Call fn((), (gradient,)) after it was added."""
        self.variable._ending = self
        return add_hook(self.post_hooks, fn)

    next_functions: tuple[tuple[Any, int], ...] = ()

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self):#x}>"


def at_result(node: Node, index: int) -> Any:
    """A tensor in the place of a node's result, of whose values nothing is known."""
    shape, dtype = node.results[index]
    tensor = wrap(np.broadcast_to(np.zeros((), dtype), shape))
    tensor._requires_grad, tensor._node, tensor._index = True, node, index
    return tensor


def accumulator(variable: Any) -> AccumulateGrad:
    """The leaf's AccumulateGrad: one and the same, as long as someone holds it."""
    held = variable.__dict__.get("_accumulator")
    node: AccumulateGrad | None = None if held is None else held()
    if node is None:
        node = AccumulateGrad(variable)
        variable._accumulator = weakref.ref(node)
    return node


def bare(name: str) -> str:
    """ExpBackward0 -> Exp, SumBackward1 -> Sum1, as torch's messages have it."""
    return re.sub(r"Backward0?(?=\d*$)", "", name)


def overwritten(tensor: Any, source: str | None, found: int, expected: int) -> str:
    """torch's message for a saved tensor that was written to. source: 'output 0 of Exp', or None for a leaf."""
    whose = "" if source is None else f", which is {source},"
    kind = str(wrap(tensor._data).type())
    shape = ", ".join(map(str, tensor._data.shape))
    hint = "enable anomaly detection to find the operation that failed to compute its gradient, with "
    hint += "torch.autograd.set_detect_anomaly(True, check_nan=False)."
    if anomaly.enabled:
        hint = "the backtrace further above shows the operation that failed to compute its gradient. The variable in "
        hint += "question was changed in there or anywhere later. Good luck!"
    return (
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"[{kind} [{shape}]]{whose} is at version {found}; expected version {expected} instead. "
        f"Hint: {hint}"
    )


class SavedList:
    """Every tensor of a variadic argument, with its version when it was saved."""

    def __init__(self, tensors: tuple[Any, ...]) -> None:
        self.tensors = tensors
        self.versions = [t._version if isinstance(t, TensorBase) else 0 for t in tensors]


class OpNode(Node):
    """A node of an op in the table: its plan says which rules to call with which saved values."""

    saved: Any
    meta: dict[str, Any]
    fresh_gradients = True
    shared = True

    op: Any
    plan: Any

    def name(self) -> str:
        name = self.op.node_name
        return str(name({**self.op.defaults, **self.meta}) if callable(name) else name)

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """As for any node; of a region that was written, the written operation's inputs instead of its result."""
        found = super().next_functions
        if self.op.edges is not None:  # torch leaves out the numbers
            return tuple(pair for pair in found if pair[0] is not None)[: self.op.edges]
        if self.op.name == "write_region" and isinstance(self.edges[1], Node):
            return (found[0], *self.edges[1].next_functions[1:])
        return found

    def unpack(self, create_graph: bool) -> list[Any]:
        """The saved values as the rules want them: arrays, or tensors under create_graph.

        Raises RuntimeError if they were freed, or overwritten in place since they were saved.
        """
        saved, plan = self.saved, self.plan
        if saved is None:
            raise RuntimeError(FREED)
        if not plan.saves_tensors:
            return saved
        values = list(saved)
        for k, version in self.versions:
            tensor = values[k]
            box = tensor._box
            if box is not None and box[0] != version:
                raise RuntimeError(self._overwritten(tensor, version, create_graph))
            if not create_graph:
                values[k] = tensor._data
        if create_graph:
            for k, _ in plan.arguments:  # constants: an operator between a tensor and an array would leave the graph
                if type(values[k]) is np.ndarray and values[k].dtype.kind in "fcV":
                    values[k] = wrap(values[k])
        if plan.saves_list:
            for k, value in enumerate(values):
                if type(value) is SavedList:
                    values[k] = self._unpack_list(value, create_graph)
        if plan.out_slot is not None:
            values[plan.out_slot] = self._unpack_out(values[plan.out_slot], create_graph)
        return values

    versions: Sequence[tuple[int, int]]  # (slot, version then) of each tensor that is saved
    out_boxes: Any = None  # (version counter, its value then, which result) of each result that is saved and read

    def _unpack_list(self, saved: SavedList, create_graph: bool) -> tuple[Any, ...]:
        for tensor, version in zip(saved.tensors, saved.versions, strict=True):
            if isinstance(tensor, TensorBase) and tensor._version != version:
                raise RuntimeError(self._overwritten(tensor, version, create_graph))
        if create_graph:
            return saved.tensors
        return tuple(t._data if isinstance(t, TensorBase) else t for t in saved.tensors)

    def _unpack_out(self, out: Any, create_graph: bool) -> Any:
        for box, version, index in self.out_boxes:
            if box[0] != version:
                array = out[index] if self.several else out
                raise RuntimeError(self._overwritten(wrap(array), version, create_graph, box[0], index))
        if not create_graph:
            return out
        if not self.several:
            return self._result(out, 0)
        return tuple(self._result(array, index) for index, array in enumerate(out))

    def _result(self, array: Any, index: int) -> Any:
        """The node's own result as a tensor again. (Keeping the tensor itself would be a reference cycle.)"""
        tensor = wrap(array)
        if is_inexact(tensor._data.dtype):
            tensor._requires_grad, tensor._node, tensor._index = True, self, index
        return tensor

    def _overwritten(
        self,
        tensor: Any,
        expected: int,
        create_graph: bool,
        found: int | None = None,
        index: int | None = None,
    ) -> str:
        if found is None:
            found = tensor._version
        if index is None and tensor._node is not None:
            index = tensor._index
        node = self if index is not None and tensor._node is None else tensor._node
        source = None if node is None else f"output {index} of {bare(node.name())}"
        return overwritten(tensor, source, found, expected)

    def apply(self, grad: Any, create_graph: bool, wanted: Any) -> list[tuple[int, Any]]:
        plan = self.plan
        values = self.unpack(create_graph)
        if plan.joint is not None:
            needs = plan.needs
            if wanted is not None:
                needs = tuple(n and wanted(edge) for n, edge in zip(needs, self.edges, strict=True))
            got = plan.joint(grad, needs, values)
            return [(k, gk) for k, gk in enumerate(got) if gk is not None and needs[k]]
        pairs = []
        for k, rule in plan.calls:
            if wanted is None or wanted(self.edges[k]):
                gk = rule(grad, values)
                if gk is not None:
                    pairs.append((k, gk))
        if create_graph and self.op.flat:
            return [(k, self._reaching(k, gk)) for k, gk in pairs]
        return pairs

    def _reaching(self, k: int, gk: Any) -> Any:
        """The k-th input's gradient as a function of this input too, in which it has no slope."""
        if not self.op.flat(self.meta):
            return gk
        from refnn.ops.creation import without_slope

        edge, index = self.edges[k], self.edge_index[k] if self.edge_index else 0
        x = edge if isinstance(edge, TensorBase) else at_result(edge, index)
        name = self.name()
        return without_slope(gk, x, name=name[:-1] + "Backward0" if name.endswith("0") else name)

    def release(self) -> None:
        if self.plan.saves_tensors:
            self.saved = None


def make_node(
    op: Any,
    plan: Any,
    edges: Sequence[Any],
    edge_index: Any,
    saved: Any,
    versions: Any,
    meta: dict[str, Any],
) -> OpNode:
    """An op's node. Calling the class instead would take half as long again, for each operation that is recorded."""
    node = _new(OpNode)
    node.seq = next(_counter)
    node.op = op
    node.plan = plan
    node.plain = plan.joint is None
    node.edges = edges
    node.edge_index = edge_index
    node.saved = saved
    node.versions = versions
    node.meta = meta
    return node
