"""One backward pass: how a node's gradients are computed, and what becomes of each.

An ordinary pass moves bare arrays; with create_graph it moves tensors, and the rules record themselves. A gradient
that arrives twice is summed into a buffer that the pass owns.
"""

from __future__ import annotations

from heapq import heappush
from sys import getrefcount
from typing import Any

import numpy as np

from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.hook_runner import HookRunner
from refnn.autograd.node import Node

__all__ = ["Pass"]

_ndarray = np.ndarray


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
            if leaf._ending is not None:
                self.end(leaf, g)
                continue
            if not leaf._requires_grad and leaf._base is None:  # it was told to stop in between
                continue
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
                self.run_accumulated(leaf)

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
