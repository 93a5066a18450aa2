"""Record: every module call's output, every gradient, every parameter, in the order they come to be.

The recorder knows neither torch nor refnn. It uses what both have: `named_modules`, forward hooks, tensor
hooks, `named_parameters`, `backward`. What it notes is copied to NumPy at once, so that a later in-place
operation cannot reach it.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import numpy as np

from refnn.autograd.op import Array
from refnn.testing.arrays import is_tensor, to_numpy

__all__ = ["KINDS", "Entry", "Key", "Recorder", "Side", "leaves"]

KINDS = (
    "initial",  # a parameter or buffer before the first step
    "batch",  # what the model and the loss are given
    "output",  # of one call of one module
    "loss",
    "output gradient",  # the loss's gradient by such an output
    "gradient",  # of a parameter
    "parameter",  # after the optimizer's step
    "buffer",  # after the step
)


class Key(NamedTuple):
    """What makes two entries the same moment of two runs."""

    step: int  # −1 before the first
    kind: str
    name: str  # a module's or a parameter's qualified name
    call: int  # the n-th call of that module in this step, from 0
    item: str  # the place within a structured output: "[0]", ".data"


@dataclasses.dataclass(frozen=True)
class Entry:
    """One value at one moment.

    `value` is None where there is none: an output that is None, no gradient, a parameter without a shape yet.
    """

    key: Key
    value: Array | None
    module: str = ""  # the class of the module


@dataclasses.dataclass
class Side:
    """One of the two runs that are compared.

    Args:
        name: what reports call it, "torch" or "refnn".
        model: a module of torch or of refnn.
        batches: what `loss` is given, one after the other.
        loss: `loss(model, batch)`, a scalar tensor.
        optimizer: has `step()`; without one no parameter changes.
        seed: called with a number before anything that may draw random numbers.
        active: a context in which everything of this side runs.
    """

    name: str
    model: Any
    batches: Iterable[Any]
    loss: Callable[[Any, Any], Any]
    optimizer: Any = None
    seed: Callable[[int], object] = lambda number: None
    active: Callable[[], AbstractContextManager[Any]] = nullcontext


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The (place, value) pairs of a nested structure of tuples, lists, mappings and dataclasses."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        for field in value._fields:
            yield from leaves(getattr(value, field), f"{path}.{field}")
    elif isinstance(value, (tuple, list)):
        for i, part in enumerate(value):
            yield from leaves(part, f"{path}[{i}]")
    elif isinstance(value, Mapping):
        for key in value:
            yield from leaves(value[key], f"{path}[{key!r}]")
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from leaves(getattr(value, field.name), f"{path}.{field.name}")
    else:
        yield path, value


class Recorder:
    """Runs one side step by step and returns what it saw."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self._entries: list[Entry] = []
        self._calls: Counter[tuple[str, str]] = Counter()
        self._step = -1

    def initial(self) -> list[Entry]:
        """The parameters and buffers as they are before the first step."""
        self._begin(-1)
        self._note_tensors("initial", self._side.model.named_parameters())
        self._note_tensors("initial", self._side.model.named_buffers())
        return self._entries

    def step(self, number: int, batch: Any) -> list[Entry]:
        """Forward, backward and the optimizer's step, and all that came to be in them."""
        self._begin(number)
        side = self._side
        self._note("batch", "", 0, batch)
        side.model.zero_grad()
        handles = [m.register_forward_hook(self._forward_hook(name)) for name, m in side.model.named_modules()]
        try:
            loss = side.loss(side.model, batch)
            if not hasattr(loss, "requires_grad"):
                raise TypeError(f"loss has to return a scalar tensor, not {type(loss).__name__}")
            self._note("loss", "", 0, loss)
            if loss.requires_grad:
                loss.backward()
                self._note_gradients()
            if side.optimizer is not None:
                side.optimizer.step()
                self._note_tensors("parameter", side.model.named_parameters())
            self._note_tensors("buffer", side.model.named_buffers())
        except Exception as error:
            seen = _last_output(self._entries)
            error.add_note(f"while {side.name} ran step {number}; the last module to return was {seen}")
            raise
        finally:
            for handle in handles:
                handle.remove()
        return self._entries

    def _begin(self, step: int) -> None:
        self._step, self._entries = step, []
        self._calls.clear()

    def _forward_hook(self, name: str) -> Callable[[Any, Any, Any], None]:
        def hook(module: Any, _inputs: Any, output: Any) -> None:
            call = self._count("output", name)
            for item, leaf in leaves(output):
                self._add("output", name, call, item, leaf, type(module).__name__)
                if is_tensor(leaf) and getattr(leaf, "requires_grad", False):
                    leaf.register_hook(self._gradient_hook(name, call, item, type(module).__name__))

        return hook

    def _gradient_hook(self, name: str, call: int, item: str, module: str) -> Callable[[Any], None]:
        def hook(gradient: Any) -> None:
            again = self._count("output gradient", f"{name} {call} {item}")
            place = f"{item} (again, {again})" if again else item
            self._add("output gradient", name, call, place, gradient, module)

        return hook

    def _note_gradients(self) -> None:
        """Those of the last layers first, as backward reaches them."""
        for name, parameter in reversed(list(self._side.model.named_parameters())):
            self._add("gradient", name, 0, "", parameter.grad)

    def _note_tensors(self, kind: str, named: Iterable[tuple[str, Any]]) -> None:
        for name, tensor in named:
            self._add(kind, name, 0, "", tensor)

    def _note(self, kind: str, name: str, call: int, value: Any) -> None:
        for item, leaf in leaves(value):
            self._add(kind, name, call, item, leaf)

    def _add(self, kind: str, name: str, call: int, item: str, leaf: Any, module: str = "") -> None:
        key = Key(self._step, kind, name, call, item)
        self._entries.append(Entry(key, _copied(leaf, key), module))

    def _count(self, kind: str, name: str) -> int:
        """How often this was called before, in this step."""
        self._calls[kind, name] += 1
        return self._calls[kind, name] - 1


def _copied(leaf: Any, key: Key) -> Array | None:
    if leaf is None or type(leaf).__name__.startswith("Uninitialized"):  # a lazy layer's parameter
        return None
    if is_tensor(leaf):
        return np.array(to_numpy(leaf))
    if isinstance(leaf, (bool, int, float, complex, str, np.generic)):
        return np.asarray(leaf)
    where = f"{key.kind} of {key.name or 'the model'}{key.item}"
    raise TypeError(f"{where} is a {type(leaf).__name__}, which cannot be compared")


def _last_output(entries: list[Entry]) -> str:
    names = [e.key.name or "the model" for e in entries if e.key.kind == "output"]
    return repr(names[-1]) if names else "none"
