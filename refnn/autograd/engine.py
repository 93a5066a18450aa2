"""The backward pass: nodes in descending order of creation, each handing its inputs their gradients.

An edge leads to an older node, so of all nodes that hold a gradient the newest has received everything: a queue
of them is the whole schedule.

backward and grad run it; backward_pass.py is what happens at each node.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop
from operator import attrgetter
from typing import Any

import numpy as np

from refnn.autograd.anomaly_mode import anomaly
from refnn.autograd.backward_pass import Pass
from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.hook_runner import wrap_gradient
from refnn.autograd.modes import mode, set_grad_enabled
from refnn.autograd.node import Node
from refnn.autograd.once import CREATE_GRAPH, warn_once
from refnn.autograd.quiet import IGNORE, be_loud, be_quiet, quiet
from refnn.autograd.roots import as_tuple, check_roots, first_gradient, is_edge
from refnn.ops._threads import one_owner

__all__ = ["backward", "grad"]

_age = attrgetter("seq")


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
        for tensor in inputs:
            tensor.retain_grad()  # which nothing needs to do for a leaf
        found = _gradients(work, tensors, grads, inputs)
        with set_grad_enabled(create_graph):
            for tensor, g in zip(inputs, found, strict=True):
                if g is not None and tensor._node is None:
                    work.accumulate(tensor, g)
                    work.run_accumulated(tensor)
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
                if node._retained:
                    work.retain(node, g)
                for index in range(len(node.results)):
                    if (node, index) in asked:
                        captured[(node, index)] = g[index] if node.several else g
                if node not in interior:
                    continue
                hooks, retained = node._tensor_hooks, node._retained
                node._tensor_hooks = node._retained = None
                try:
                    work.run(node, g, useful.__contains__)
                finally:
                    node._tensor_hooks, node._retained = hooks, retained
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
