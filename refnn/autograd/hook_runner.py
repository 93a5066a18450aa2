"""The hooks that a backward pass runs: of tensors, of nodes, of leaves, and gradients that are retained."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.node import Node

__all__ = ["HookRunner", "running_pass", "wrap_gradient"]


class _Running(threading.local):
    work: Any = None  # the innermost pass that is calling a tensor's hooks


_running = _Running()


def running_pass() -> Any:
    """The pass that calls the hook."""
    return _running.work


class HookRunner:
    """Hooks see and return tensors, whatever the pass itself moves."""

    create_graph: bool
    accumulate: Callable[[Any, Any], None]  # add to a leaf's `grad`
    grads: dict[Any, Any]
    useful: Any = None  # of a pass to some inputs: the nodes and leaves on the way to them
    at: Any = None  # the node or leaf whose hooks are called

    @contextlib.contextmanager
    def calling(self, at: Any) -> Iterator[None]:
        """Let hooks know what calls them, and where the pass is."""
        before, _running.work = _running.work, self
        former, self.at = self.at, at
        try:
            yield
        finally:
            _running.work, self.at = before, former

    def ahead(self) -> set[Any]:
        """The nodes and leaves that the pass is going to reach from where it is, this place included."""
        found = {self.at, *self.grads}
        stack = list(found)
        while stack:
            for edge in getattr(stack.pop(), "edges", ()):
                if edge is not None and edge not in found:
                    found.add(edge)
                    stack.append(edge)
        return found if self.useful is None else found & self.useful

    def as_tensor(self, g: Any) -> Any:
        return g if g is None or isinstance(g, TensorBase) else wrap_gradient(g)

    def as_moved(self, g: Any) -> Any:
        return g._data if isinstance(g, TensorBase) and not self.create_graph else g

    def call_hook(self, hook: Any, g: Any, shape: Any, dtype: Any) -> Any:
        given = self.as_tensor(g)
        result = hook(given)
        if result is None:
            return g
        if not isinstance(result, TensorBase):
            raise TypeError(f"expected Variable, but hook returned '{type(result).__name__}'")
        if result._data.dtype != dtype:
            was, got = (wrap(t._data).type() for t in (given, result))
            raise RuntimeError(f"hook '{_name_of(hook)}' has changed the type of value (was {was} got {got})")
        if result._data.shape != shape:
            raise RuntimeError(f"hook '{_name_of(hook)}' has changed the size of value")
        return self.as_moved(result)

    def run_tensor_hooks(self, node: Node, g: Any) -> Any:
        grads = list(g) if node.several else [g]
        with self.calling(node):
            for index, hooks in node._tensor_hooks.items():
                for hook in list(hooks.values()):
                    if grads[index] is not None:
                        grads[index] = self.call_hook(hook, grads[index], *node.results[index])
        return grads if node.several else grads[0]

    def retain(self, node: Node, g: Any) -> None:
        for index, reference in node._retained.items():
            tensor = reference()
            value = g[index] if node.several else g
            if tensor is not None and value is not None:
                value = self.as_tensor(value)
                if tensor._grad is not None:
                    value = tensor._grad + value
                tensor._grad = value if self.create_graph else wrap(value._data.copy("K"))

    def run_pre_hooks(self, node: Node, g: Any) -> Any:
        for hook in list(node._pre_hooks.values()):
            grads = tuple(self.as_tensor(x) for x in (g if node.several else (g,)))
            result = hook(grads)
            if result is not None:
                result = result if isinstance(result, tuple) else (result,)
                moved = [self.as_moved(x) for x in result]
                g = moved if node.several else moved[0]
        return g

    def run_post_hooks(self, node: Node, g: Any, pairs: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
        outputs = tuple(self.as_tensor(x) for x in (g if node.several else (g,)))
        given = dict(pairs)
        for hook in list(node._post_hooks.values()):
            inputs = tuple(self.as_tensor(given.get(k)) for k in range(len(node.edges)))
            result = hook(inputs, outputs)
            if result is not None:
                result = result if isinstance(result, tuple) else (result,)
                if len(result) != len(inputs):
                    raise RuntimeError(
                        f"hook '{_name_of(hook)}' has returned an incorrect number of values "
                        f"(got {len(result)}, but expected {len(inputs)})"
                    )
                given = {k: self.as_moved(x) for k, x in enumerate(result) if x is not None}
        return list(given.items())

    def leaf_hooks(self, leaf: Any, g: Any) -> Any:
        if leaf._hooks:
            with self.calling(leaf):
                for hook in list(leaf._hooks.values()):
                    g = self.call_hook(hook, g, leaf._data.shape, leaf._data.dtype)
        return g

    def end(self, leaf: Any, g: Any) -> None:
        """What an AccumulateGrad does, with its hooks and the leaf's."""
        ending = leaf._ending
        g = self.leaf_hooks(leaf, g)
        for hook in list(ending.pre_hooks.values()):
            result = hook((self.as_tensor(g),))
            if result is not None:
                g = self.as_moved(result[0] if isinstance(result, tuple) else result)
        if leaf.requires_grad:
            self.accumulate(leaf, g)
            self.run_accumulated(leaf)
        for hook in list(ending.post_hooks.values()):
            hook((), (self.as_tensor(g),))

    def run_accumulated(self, leaf: Any) -> None:
        for hook in list((leaf._post_hooks or {}).values()):
            hook(leaf)


def _name_of(hook: Any) -> str:
    return getattr(hook, "__name__", "<unknown>")


def wrap_gradient(g: Any) -> Any:
    """A gradient as a tensor, whose order in memory no one is to see."""
    tensor = wrap(g)
    tensor._private_order = not tensor._data.flags.c_contiguous
    return tensor
