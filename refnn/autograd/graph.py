"""Looking at the graph, and at what it saves: hooks on saved tensors, on several gradients, and edges."""

from __future__ import annotations

import abc
import contextlib
import functools
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from refnn.autograd import node as nodes
from refnn.autograd.base import TensorBase
from refnn.autograd.handles import RemovableHandle
from refnn.autograd.hook_runner import running_pass
from refnn.autograd.observed import observe, packing
from refnn.autograd.roots import GradientEdge

__all__ = [
    "GradientEdge",
    "Node",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "saved_tensors_hooks",
]


class Node(abc.ABC):
    """What `tensor.grad_fn` and `next_functions` give: to be asked for with isinstance.

    Source: torch.autograd.graph.Node.
    """

    @abc.abstractmethod
    def name(self) -> str:
        """The node's name, 'AddBackward0'."""

    @property
    @abc.abstractmethod
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """For each input the node that it came from, and which of its results it is."""


Node.register(nodes.Node)
Node.register(nodes.AccumulateGrad)


class saved_tensors_hooks:
    """A context manager: what operations inside save for their derivatives is kept in another form.

    pack_hook(tensor) gives the form, any object, when an operation saves the tensor; unpack_hook(object) gives a
    tensor of the same values back, when the derivative is computed. Of nested pairs the innermost is used. The hooks
    run without recording, and overwriting a packed tensor goes unnoticed.

    Raises TypeError for what cannot be called, and for an unpack_hook that gives no tensor; RuntimeError for a
    pack_hook that writes to its argument.

    Source: torch.autograd.graph.saved_tensors_hooks.
    """

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> None:
        if packing.forbidden is not None:
            raise RuntimeError(packing.forbidden)
        if not callable(self.pack_hook) or not callable(self.unpack_hook):
            raise TypeError(
                "_push_saved_tensors_default_hooks(): incompatible function arguments. The following argument types "
                "are supported:\n    1. (arg0: collections.abc.Callable, arg1: collections.abc.Callable) -> None\n\n"
                f"Invoked with: {self.pack_hook!r}, {self.unpack_hook!r}"
            )
        packing.hooks.append((self.pack_hook, self.unpack_hook))
        observe(1)

    def __exit__(self, *args: object) -> None:
        packing.hooks.pop()
        observe(-1)


class save_on_cpu(saved_tensors_hooks):
    """Keep saved tensors in main memory, where they are anyway.

    Args:
        pin_memory: keep a copy, as torch does for the sake of the transfer to a GPU.
        device_type: of the GPU.

    Source: torch.autograd.graph.save_on_cpu.
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda tensor: tensor.clone() if pin_memory else tensor.cpu(), lambda packed: packed)


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """A context manager: RuntimeError with this message for hooks on saved tensors inside, or already there.

    Source: torch.autograd.graph.disable_saved_tensors_hooks.
    """
    before = packing.forbidden
    if packing.hooks:
        raise RuntimeError(error_message)
    packing.forbidden = error_message
    try:
        yield
    finally:
        packing.forbidden = before


class _MultiHandle(RemovableHandle):
    """The handles of several hooks as one."""

    def __init__(self, handles: tuple[RemovableHandle, ...]) -> None:
        self.handles = handles

    def remove(self) -> None:
        for handle in self.handles:
            handle.remove()

    def __getstate__(self) -> tuple[Any, ...]:
        return self.handles

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.handles = state


def register_multi_grad_hook(
    tensors: Sequence[Any], fn: Callable[[Any], None], *, mode: str = "all"
) -> RemovableHandle:
    """Call fn once in a backward pass, for the gradients of several tensors.

    Args:
        tensors: those that the pass does not reach are not waited for.
        fn: takes the list of gradients, None for those that were not computed; in mode "any" a single gradient.
        mode: "all" to call it after the last of them, "any" after the first.

    Raises ValueError for another mode; AssertionError in mode "all" for a tensor that does not require grad.

    Source: torch.autograd.graph.register_multi_grad_hook.
    """
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    if mode == "any":
        return _MultiHandle(_hooks_for_the_first([t for t in tensors if t.requires_grad], fn))
    for tensor in tensors:
        if not tensor.requires_grad:
            raise AssertionError("Expected gradient function to be set")
    return _MultiHandle(_hooks_for_all(tensors, fn))


def _hooks_for_the_first(tensors: Sequence[Any], fn: Callable[[Any], None]) -> tuple[RemovableHandle, ...]:
    called: weakref.WeakSet[Any] = weakref.WeakSet()

    @functools.wraps(fn)
    def hook(grad: Any) -> None:
        if running_pass() not in called:
            called.add(running_pass())
            fn(grad)

    return tuple(t.register_hook(hook) for t in tensors)


def _hooks_for_all(tensors: Sequence[Any], fn: Callable[[Any], None]) -> tuple[RemovableHandle, ...]:
    places = [t if t.grad_fn is None else t.grad_fn for t in tensors]
    under_way: weakref.WeakKeyDictionary[Any, tuple[int, dict[int, Any]]] = weakref.WeakKeyDictionary()

    def hook(position: int, grad: Any) -> None:
        work = running_pass()
        if work not in under_way:  # the first: who else will come is known from here
            ahead = work.ahead()
            under_way[work] = sum(place in ahead for place in places), {}
        expected, grads = under_way[work]
        grads[position] = grad
        if len(grads) == expected:
            del under_way[work]
            fn([grads.get(k) for k in range(len(places))])

    return tuple(t.register_hook(functools.partial(hook, k)) for k, t in enumerate(tensors))


def get_gradient_edge(tensor: Any) -> GradientEdge:
    """Where the tensor's gradient is computed: (node, which of its results). `grad` and `backward` take it as a tensor.

    Raises RuntimeError for a tensor that does not require grad. Source: torch.autograd.graph.get_gradient_edge.
    """
    if not tensor.requires_grad:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(tensor.grad_fn or nodes.accumulator(tensor), tensor.output_nr)


def increment_version(tensor: Any) -> None:
    """Count a write to a tensor's memory, or to several tensors', that went past refnn: through a NumPy array.

    Source: torch.autograd.graph.increment_version.
    """
    written: Iterable[Any] = (tensor,) if isinstance(tensor, TensorBase) else tensor
    for each in written:
        if not each._inference:
            each._bump_version()
