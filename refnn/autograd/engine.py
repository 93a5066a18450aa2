"""The backward pass: nodes in descending order of creation, each handing its inputs their gradients.

An edge leads to an older node, so of all nodes that hold a gradient the newest has received everything: a queue
of them is the whole schedule.

An ordinary pass moves bare arrays; with create_graph the same loop moves tensors, and the rules record
themselves. A gradient that arrives twice is summed into a buffer that the engine owns.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from operator import attrgetter
from sys import getrefcount
from typing import Any

import numpy as np

from refnn.autograd.anomaly_mode import anomaly
from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.hook_runner import HookRunner, wrap_gradient
from refnn.autograd.modes import mode, set_grad_enabled
from refnn.autograd.node import Node
from refnn.autograd.once import CREATE_GRAPH, warn_once
from refnn.autograd.quiet import IGNORE, be_loud, be_quiet, quiet
from refnn.autograd.roots import as_tuple, check_roots, first_gradient, is_edge
from refnn.ops._threads import one_owner

__all__ = ["Pass", "backward", "grad"]

_age = attrgetter("seq")
_ndarray = np.ndarray


def _reachable(roots: list[Node]) -> list[Node]:
    """Every node below the roots, newest first."""
    seen = set(roots)
    stack = list(seen)
    while stack:
        for edge in stack.pop().edges:
            if isinstance(edge, Node) and edge not in seen:
                seen.add(edge)
                stack.append(edge)
    return sorted(seen, key=_age, reverse=True)


def _leading_to(order: list[Node], targets: set[Any]) -> set[Any]:
    """The nodes and leaves that lie between the roots and the targets, targets included."""
    useful = set(targets)
    for node in reversed(order):  # oldest first: edges are decided before the nodes that use them
        if any(edge in useful for edge in node.edges if edge is not None):
            useful.add(node)
    return useful


class Pass(HookRunner):
    """One backward pass: the gradients under way, and where they end."""

    inspects = False  # whether `run_post_hooks` is to see every node's gradients

    def __init__(self, create_graph: bool, keep_graph: bool) -> None:
        self.create_graph = create_graph
        self.keep_graph = keep_graph
        self.grads: dict[Any, Any] = {}  # of nodes and leaves; a list for a node with several results
        self.shared: set[Any] = set()  # the targets to whose buffer someone else refers
        self.queue: list[tuple[int, Node]] = []  # a heap of the nodes that have a gradient, the newest on top

    def send(self, target: Any, index: int, g: Any, fresh: bool) -> None:
        """Add g to the gradient of a node's result, or of a leaf. fresh: no one else refers to g."""
        if isinstance(target, Node):
            shape, dtype = target.results[index]
            if target.several:
                slots = self.grads.get(target)
                if slots is None:
                    slots = self.grads[target] = [None] * len(target.results)
                    heappush(self.queue, (-target.seq, target))
                g = self.fit(g, shape, dtype)
                slots[index] = g if slots[index] is None else slots[index] + g
                return
        else:
            shape, dtype = target._data.shape, target._data.dtype
        if self.create_graph or type(g) is not np.ndarray or g.shape != shape or g.dtype is not dtype:
            g, fresh = self.fit(g, shape, dtype), False
        held = self.grads.get(target)
        if held is None:
            self.grads[target] = g
            if not fresh:
                self.shared.add(target)
            if isinstance(target, Node):
                heappush(self.queue, (-target.seq, target))
        elif held.shape and target not in self.shared:
            np.add(held, g, out=held)
        elif self.create_graph:
            self.grads[target] = held + g
        else:
            self.grads[target] = np.asarray(held + g)
            self.shared.discard(target)

    def fit(self, g: Any, shape: tuple[int, ...], dtype: Any) -> Any:
        """Sum a broadcast gradient to its input's shape, and cast it to its dtype."""
        if not self.create_graph:
            if type(g) is not np.ndarray:
                g = np.asarray(g)
            if g.shape == shape and g.dtype == dtype:
                return g
            return _fit_array(g, shape, dtype)
        from refnn.ops.creation import cast
        from refnn.ops.reduction import sum_to

        if not isinstance(g, TensorBase):
            g = wrap(g)
        if g._data.dtype != dtype:
            g = cast(g, dtype=dtype)
        if g._data.shape != shape:
            g = sum_to(g, shape=shape)
        return g

    def run_plain(self, node: Any, g: Any) -> None:
        """`run` of an op's node without hooks, in an ordinary pass: the same steps, in one function."""
        plan = node.plan
        values = node.unpack(False)
        edges, indices = node.edges, node.edge_index
        may_own = not node.several
        grads = self.grads
        for k, rule in plan.plain_calls:
            gk = rule(g, values)
            target, fresh = edges[k], False
            if type(gk) is _ndarray:
                fresh = may_own and gk is not g and gk.base is None
                is_node = isinstance(target, Node)
                if is_node:
                    fits = not target.several and target.results[0] == (gk.shape, gk.dtype)
                else:
                    data = target._data
                    fits = gk.dtype is data.dtype and gk.shape == data.shape
                if fits:  # and is, as a rule, the only one: then a single look-up, since that of a leaf takes time
                    count = len(grads)
                    grads.setdefault(target, gk)
                    if len(grads) > count:
                        if is_node:
                            heappush(self.queue, (-target.seq, target))
                        if not fresh:
                            self.shared.add(target)
                        continue
            elif gk is None:
                continue
            self.send(target, indices[k] if indices else 0, gk, fresh)
        if plan.saves_tensors and not self.keep_graph:
            node.saved = None

    def run(self, node: Node, g: Any, wanted: Any) -> None:
        if node.watched:
            if node._tensor_hooks:
                g = self.run_tensor_hooks(node, g)
            if node._retained:
                self.retain(node, g)
            if node._pre_hooks:
                g = self.run_pre_hooks(node, g)
        pairs = node.apply(g, self.create_graph, wanted)
        if node._post_hooks or self.inspects:
            pairs = self.run_post_hooks(node, g, pairs)
        if not self.keep_graph:
            node.release()
        edges, edge_index = node.edges, node.edge_index
        may_own = node.fresh_gradients and not node._post_hooks and not node.several
        for k, gk in pairs:
            target = edges[k]
            if target is not None:
                # A rule returns a new array, the very gradient that it was given, or a view.
                fresh = may_own and gk is not g and type(gk) is np.ndarray and gk.base is None
                self.send(target, edge_index[k] if edge_index else 0, gk, fresh)

    def accumulate_leaves(self) -> None:
        """What is left at the end of a pass are the leaves' gradients."""
        shared = self.shared
        for leaf, g in self.grads.items():
            if leaf._hooks:
                self.accumulate(leaf, self.leaf_hooks(leaf, g))
            elif (
                leaf._grad is None
                and not self.create_graph
                and g.strides == leaf._data.strides
                and (not shared or leaf not in shared or _references(g) == _OF_ONE)
            ):
                leaf._grad = wrap(g)
            else:
                self.accumulate(leaf, g)
            if leaf._post_hooks:
                for hook in list(leaf._post_hooks.values()):
                    hook(leaf)

    def accumulate(self, leaf: Any, g: Any) -> None:
        """leaf.grad += g, in place where no graph of the gradient is wanted."""
        held = leaf._grad
        if self.create_graph:
            from refnn.ops.creation import kept

            leaf._grad = kept(g) if held is None else held + g
        elif held is None:
            leaf._grad = wrap(_laid_out_like(g, leaf._data))
        else:
            np.add(held._data, g, out=held._data)
            held._bump_version()


def _references(g: Any) -> tuple[int, int, bool]:
    """How many references there are to an array, to the one that it is a view of, and whether it shows all of that."""
    base = g.base
    return getrefcount(g), getrefcount(base), type(base) is _ndarray and base.nbytes == g.nbytes


def _references_of_one() -> Any:
    """_references of a view that only a dictionary holds, in a loop over it as that over a pass's gradients.

    Such a gradient need not be copied: whatever else looks at it, or at its memory, would make more of them.
    """
    for _, g in {None: np.empty(2).reshape(2)}.items():  # noqa: PERF102
        return _references(g)


_OF_ONE = _references_of_one()


def _laid_out_like(g: Any, like: Any) -> Any:
    """A copy of a gradient in its leaf's own order of memory, as torch has it."""
    copy = np.empty_like(like)
    if g.ndim > 3:
        from refnn.ops._memory_format import channels_last
        from refnn.ops._windows import copy_images

        copy_images(channels_last(copy), channels_last(g))
    else:
        np.copyto(copy, g)
    return copy


def _fit_array(g: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    if g.dtype != dtype:
        if dtype.kind != "c" and g.dtype.kind == "c":
            g = g.real
        g = g.astype(dtype)
    if g.shape != shape:
        from refnn.ops.reduction import sum_to

        g = np.asarray(sum_to(g, shape=shape))
    return g


def _anomaly_pass() -> type[Pass]:
    from refnn.autograd.anomaly_pass import AnomalyPass

    return AnomalyPass


def _start(work: Pass, tensors: tuple[Any, ...], grads: tuple[Any, ...]) -> None:
    for tensor, given in zip(tensors, grads, strict=True):
        g = first_gradient(tensor, given, work.create_graph)
        work.send(tensor._node or tensor, tensor._index, g, given is None)


def _run_all(work: Pass) -> None:
    grads, queue = work.grads, work.queue
    plain = not work.create_graph
    before, mode.grad = mode.grad, work.create_graph
    token = be_quiet(IGNORE)
    try:
        with one_owner():
            while queue:
                node = heappop(queue)[1]
                g = grads.pop(node)
                if plain and node.plain and not node.watched:
                    work.run_plain(node, g)
                else:
                    work.run(node, g, None)
        work.accumulate_leaves()
    finally:
        be_loud(token)
        mode.grad = before


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add the gradients of `tensors` to the leaves' `grad`.

    For y = f(x) and v the given gradient of y, x.grad += (∂y/∂x)ᵀ v. A scalar's own gradient is 1.

    Args:
        tensors: a tensor or several.
        grad_tensors: v for each; None for a scalar.
        retain_graph: keep what the graph saved, for another pass. Default: the value of create_graph.
        create_graph: record the pass, so that gradients can be differentiated.
        inputs: accumulate into these only.

    Raises:
        RuntimeError: a tensor does not require grad; a missing v of a non-scalar; a graph that was freed;
            a saved tensor that was overwritten.
    """
    tensors = as_tuple(tensors)
    grads = as_tuple(grad_tensors) if grad_tensors is not None else (None,) * len(tensors)
    if inputs is not None:
        inputs = as_tuple(inputs)
        if not inputs:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    check_roots(tensors, grads)
    if create_graph:
        warn_once(CREATE_GRAPH, 4)
    kind = _anomaly_pass() if anomaly.enabled else Pass
    work = kind(create_graph, create_graph if retain_graph is None else retain_graph)
    if inputs is not None:
        found = _gradients(work, tensors, grads, inputs)
        with set_grad_enabled(create_graph):
            for tensor, g in zip(inputs, found, strict=True):
                if g is not None:
                    work.accumulate(tensor, g)
        return
    _start(work, tensors, grads)
    _run_all(work)


@quiet
def _gradients(work: Pass, outputs: tuple[Any, ...], grads: tuple[Any, ...], inputs: Sequence[Any]) -> list[Any]:
    """The gradients that arrive at `inputs`, leaving every `grad` alone."""
    for tensor in inputs:
        if tensor._base is not None:
            tensor._sync()
    keys = [(t._node or t, t._index) for t in inputs]
    _start(work, outputs, grads)
    targets = {target for target, _ in keys}
    useful = work.useful = _leading_to(_reachable([node for _, node in work.queue]), targets)
    asked = set(keys)
    interior = {
        node for node in useful if any(edge in useful for edge in getattr(node, "edges", ()) if edge is not None)
    }

    captured: dict[Any, Any] = {}
    before = mode.grad
    mode.grad = work.create_graph
    try:
        while work.queue:
            node = heappop(work.queue)[1]
            g = work.grads.pop(node)
            if node not in useful:
                continue
            if node in targets:
                if node._tensor_hooks:
                    g = work.run_tensor_hooks(node, g)
                for index in range(len(node.results)):
                    if (node, index) in asked:
                        captured[(node, index)] = g[index] if node.several else g
                if node not in interior:
                    continue
                hooks, node._tensor_hooks = node._tensor_hooks, None
                try:
                    work.run(node, g, useful.__contains__)
                finally:
                    node._tensor_hooks = hooks
            else:
                work.run(node, g, useful.__contains__)
        for leaf, g in work.grads.items():
            if not isinstance(leaf, Node) and (leaf, 0) in asked:
                captured[(leaf, 0)] = work.leaf_hooks(leaf, g)
    finally:
        mode.grad = before
    return [captured.get(key) for key in keys]


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of `outputs` with respect to `inputs`, as a tuple; no `grad` is touched.

    Args:
        outputs, inputs: a tensor or several.
        grad_outputs: v for each output; None for a scalar.
        retain_graph, create_graph: as in `backward`.
        allow_unused: give None for an input that does not matter, instead of raising.
        materialize_grads: give zeros for it.

    Raises:
        RuntimeError: as `backward`, and for an input that does not require grad or was not used.
        ValueError: contradictory or unsupported arguments.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    if is_grads_batched:
        raise ValueError("is_grads_batched needs vmap, which refnn does not have: call grad once for each row")
    allow_unused = materialize_grads if allow_unused is None else allow_unused
    given, outputs, inputs = inputs, as_tuple(outputs), as_tuple(inputs)
    grads = as_tuple(grad_outputs) if grad_outputs is not None else (None,) * len(outputs)
    if not inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    check_roots(outputs, grads)
    for tensor in inputs:
        if not tensor.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    keep = create_graph if retain_graph is None else retain_graph
    work = (_anomaly_pass() if anomaly.enabled else Pass)(create_graph, keep)
    results = []
    for position, (tensor, g) in enumerate(zip(inputs, _gradients(work, outputs, grads, inputs), strict=True)):
        if g is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {position} appears to not have been used in the graph. "
                "Set allow_unused=True if this is the desired behavior."
            )
        if g is None:
            if materialize_grads and is_edge(given, position):
                raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
            results.append(wrap(np.zeros_like(tensor._data)) if materialize_grads else None)
        elif isinstance(g, TensorBase):
            results.append(g)
        else:
            results.append(wrap_gradient(g.copy("K") if g.base is not None else g))
    return tuple(results)
