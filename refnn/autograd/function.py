"""autograd.Function: operations with a forward and a backward of the user's own."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from refnn.autograd.anomaly_mode import anomaly, note_origin
from refnn.autograd.base import TensorBase, wrap
from refnn.autograd.modes import mode, no_grad, set_grad_enabled
from refnn.autograd.node import FREED, Node, bare, overwritten
from refnn.autograd.observed import Packed, packing
from refnn.autograd.op import join

__all__ = ["Function", "FunctionCtx", "once_differentiable"]


class FunctionCtx:
    """What forward leaves for backward."""

    needs_input_grad: tuple[bool, ...] = ()
    _to_save: tuple[Any, ...] = ()
    _dirty: tuple[Any, ...] = ()
    _non_differentiable: tuple[Any, ...] = ()
    materialize_grads = True
    _node: Any = None

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors (or None) for backward, where `saved_tensors` gives them back. The last call counts.

        Other things are refused with a TypeError after forward, and only if a gradient is recorded.
        """
        self._to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Accepted from setup_context; forward-mode differentiation is the only reader of it in torch."""
        for t in tensors:
            if t is not None and not isinstance(t, TensorBase):
                raise AssertionError("save_for_forward expects all arguments to be tensors")

    def mark_dirty(self, *args: Any) -> None:
        """Say which inputs forward wrote to in place; they must be returned."""
        self._dirty = args

    def mark_non_differentiable(self, *args: Any) -> None:
        """Say which outputs have no gradient."""
        self._non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (True, the default) or None for a gradient that never arrived."""
        self.materialize_grads = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What save_for_backward kept. Raises RuntimeError after it was freed, or overwritten."""
        return self._to_save if self._node is None else self._node.saved_tensors


_NO_TENSOR: Any = ((), np.dtype(np.float32))  # stands for a result that is not a tensor


class FunctionNode(Node):
    """The graph's node for one application of a Function; it holds the ctx."""

    def __init__(self, cls: type[Function], ctx: FunctionCtx, inputs: tuple[Any, ...]) -> None:
        super().__init__()
        self.cls = cls
        self.ctx = ctx
        tensors = [a if isinstance(a, TensorBase) and a.requires_grad else None for a in inputs]  # type: ignore[attr-defined]
        self.is_tensor = [isinstance(a, TensorBase) for a in inputs]
        self.edges = tuple(None if t is None else t._node or t for t in tensors)
        self.edge_index = tuple(0 if t is None else t._index for t in tensors)
        self.input_results = [(a._data.shape, a._data.dtype) if isinstance(a, TensorBase) else None for a in inputs]
        self._saved: list[Any] | None = None

    def name(self) -> str:
        return f"{self.cls.__name__}Backward"

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """As for any node; of the arguments that are tensors."""
        return tuple(found for found, given in zip(super().next_functions, self.is_tensor, strict=True) if given)

    def __repr__(self) -> str:
        return f"<torch.autograd.function.{self.name()} object at {id(self):#x}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or "ctx" not in self.__dict__:
            raise AttributeError(name)
        return getattr(self.ctx, name)

    def save(self, outputs: tuple[Any, ...]) -> None:
        """Keep the tensors with their versions; the node's own outputs without their node, lest they form a cycle."""
        saved: list[Any] = []
        for place, tensor in enumerate(self.ctx._to_save):
            if tensor is not None and not isinstance(tensor, TensorBase):
                given = type(tensor).__name__
                raise TypeError(f"save_for_backward can only save variables, but argument {place} is of type {given}")
            index = next((i for i, out in enumerate(outputs) if out is tensor), None)
            if tensor is None:
                saved.append(None)
            elif packing.hooks:
                saved.append((Packed(tensor, own=index is not None and tensor._node is self), 0, None))
            elif index is None:
                saved.append((tensor, tensor._version, None))
            else:
                box = tensor._version_box()
                plain = wrap(tensor._data)
                plain._box = box
                saved.append((plain, box[0], index if outputs[index]._requires_grad else None))
        self._saved = saved
        self.ctx._to_save = ()

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What forward saved. Raises RuntimeError after it was freed, or overwritten."""
        if self._saved is None:
            raise RuntimeError(FREED)
        return tuple(None if entry is None else self._restore(*entry) for entry in self._saved)

    def _restore(self, tensor: Any, version: int, index: int | None) -> Any:
        if isinstance(tensor, Packed):
            return tensor.tensor(self)
        if tensor._version != version:
            source = None
            if index is not None:
                source = f"output {index} of {self.cls.__name__}"
            elif tensor._node is not None:
                source = f"output {tensor._index} of {bare(tensor._node.name())}"
            raise RuntimeError(overwritten(tensor, source, tensor._version, version))
        if index is None:
            return tensor
        again = wrap(tensor._data)
        again._box = tensor._box
        again._requires_grad, again._node, again._index = True, self, index
        return again

    def release(self) -> None:
        if self._saved:
            self._saved = None

    def apply(self, grad: Any, create_graph: bool, wanted: Any) -> list[tuple[int, Any]]:
        grads = grad if self.several else [grad]
        given = [self._given(g, meta) for g, meta in zip(grads, self.results, strict=True)]
        if wanted is not None:
            self.ctx.needs_input_grad = tuple(e is not None and wanted(e) for e in self.edges)
        with set_grad_enabled(create_graph):
            got = self.cls.backward(self.ctx, *given)
        got = got if isinstance(got, tuple) else (got,)
        got = self._checked(got)
        return [
            (k, g if create_graph else g._data)
            for k, g in enumerate(got)
            if g is not None  # also those that lead nowhere: a node's hooks are shown them
        ]

    def _given(self, g: Any, meta: Any) -> Any:
        if g is None:
            return wrap(np.zeros(*meta)) if self.ctx.materialize_grads and meta is not _NO_TENSOR else None
        return g if isinstance(g, TensorBase) else wrap(g)

    def _checked(self, got: tuple[Any, ...]) -> tuple[Any, ...]:
        name, expected = self.name(), len(self.edges)
        if len(got) > expected and all(g is None for g in got[expected:]):
            got = got[:expected]
        if len(got) != expected:
            raise RuntimeError(
                f"function {name} returned an incorrect number of gradients (expected {expected}, got {len(got)})"
            )
        for k, g in enumerate(got):
            if g is None:
                continue
            if not isinstance(g, TensorBase):
                raise RuntimeError(f"expected Variable or None (got {type(g).__name__})")
            if not self.is_tensor[k]:
                raise RuntimeError(
                    f"function {name} returned a gradient different from None at position {k + 1}, "
                    "but the corresponding forward input was not a Variable"
                )
            self._check_shape(g, k, name)
        return got

    def _check_shape(self, g: Any, k: int, name: str) -> None:
        meta = self.input_results[k]
        if self.edges[k] is None or meta is None or g._data.shape == meta[0]:
            return
        shape = meta[0]
        try:
            expandable = np.broadcast_shapes(shape, g._data.shape) == g._data.shape
        except ValueError:
            expandable = False
        if not expandable:
            raise RuntimeError(
                f"Function {name} returned an invalid gradient at index {k} - got {list(g._data.shape)} but expected "
                f"shape compatible with {list(shape)}"
            )


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a backward that cannot be differentiated again: its gradients then raise when they are."""

    @functools.wraps(fn)
    def backward(ctx: Any, *args: Any) -> Any:
        with no_grad():
            outputs = fn(ctx, *args)
        if not mode.grad or not any(isinstance(a, TensorBase) and a.requires_grad for a in args):  # type: ignore[attr-defined]
            return outputs
        several = isinstance(outputs, tuple)
        results = tuple(_forbid(g) for g in (outputs if several else (outputs,)))
        return results if several else results[0]

    return backward


class _ForbiddenNode(Node):
    shared = True

    def name(self) -> str:
        return "torch::autograd::Error"

    def apply(self, grad: Any, create_graph: bool, wanted: Any) -> list[tuple[int, Any]]:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")


def _forbid(g: Any) -> Any:
    if g is None:
        return None
    plain, node = wrap(g._data), _ForbiddenNode()
    node.results = [(g._data.shape, g._data.dtype)]
    plain._requires_grad, plain._node = True, node
    return plain


class Function:
    """Base of user-defined operations.

    Subclasses define static methods: `forward(ctx, *args)` and `backward(ctx, *grad_outputs)`, or, in the
    form that keeps the two apart, `forward(*args)`, `setup_context(ctx, inputs, output)` and `backward`.
    `apply(*args)` runs the operation and records it. backward returns one gradient (or None) for each
    argument of forward. Source: torch.autograd.Function.
    """

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    _context: type[FunctionCtx] = FunctionCtx
    _node_class: type[FunctionNode] = FunctionNode

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        name = f"{cls.__name__}Backward"
        cls._context, cls._node_class = type(name, (FunctionCtx,), {}), type(name, (FunctionNode,), {})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future "
            "version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward without recording its inside; record the whole as one node."""
        ctx: Any = cls._context()
        if kwargs or cls.setup_context is not Function.setup_context:
            args, kwargs = _bound(cls, ctx, args, kwargs)
        ctx.needs_input_grad = tuple(isinstance(a, TensorBase) and a.requires_grad for a in args)  # type: ignore[attr-defined]
        recording = mode.grad and any(ctx.needs_input_grad)
        with no_grad():
            if cls.setup_context is Function.setup_context:
                output = cls.forward(ctx, *args, **kwargs)
            else:
                output = cls.forward(*args, **kwargs)
                cls.setup_context(ctx, args, output)
        single = not isinstance(output, tuple)
        _check_dirty(ctx, (output,) if single else output)
        outputs = (output,) if single else output
        results = tuple(_finish(ctx, out, args) for out in outputs)
        if recording:
            _record(cls, ctx, args, results)
        elif ctx._dirty:
            for tensor in ctx._dirty:
                tensor._bump_version()
        return results[0] if single else results


def _bound(cls: type[Function], ctx: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Arguments given by name, in the places that forward has for them; and those that it takes by name alone.

    Beside a setup_context, which sees the arguments, defaults count as given.
    """
    if cls.setup_context is not Function.setup_context:
        bound = inspect.signature(cls.forward).bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.args, bound.kwargs
    bound = inspect.signature(cls.forward).bind(ctx, *args, **kwargs)
    return bound.args[1:], bound.kwargs


def _check_dirty(ctx: Any, outputs: tuple[Any, ...]) -> None:
    if any(all(out is not d for out in outputs) for d in ctx._dirty):
        raise RuntimeError(
            "Some elements marked as dirty during the forward method were not returned as output. The inputs that are "
            "modified inplace must all be outputs of the Function."
        )


def _finish(ctx: Any, out: Any, args: tuple[Any, ...]) -> Any:
    """An output that is an input unchanged becomes a tensor of its own, unless it was written to."""
    if isinstance(out, TensorBase) and any(out is a for a in args) and not any(out is d for d in ctx._dirty):
        alias = wrap(out._data)
        join(alias, out, "custom")
        if any(out is n for n in ctx._non_differentiable):
            ctx._non_differentiable = (*ctx._non_differentiable, alias)
        return alias
    return out


def _record(cls: type[Function], ctx: Any, args: tuple[Any, ...], outputs: tuple[Any, ...]) -> None:
    from refnn.autograd.inplace import check_writable, write

    for tensor in ctx._dirty:
        if tensor._requires_grad and tensor._node is None:
            raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
        check_writable(tensor, True)
    node = cls._node_class(cls, ctx, args)
    if anomaly.enabled:
        note_origin(node)
    node.several = len(outputs) != 1
    node.results = [
        (out._data.shape, out._data.dtype) if isinstance(out, TensorBase) else _NO_TENSOR for out in outputs
    ]
    for index, out in enumerate(outputs):
        if not isinstance(out, TensorBase):
            continue
        if any(out is n for n in ctx._non_differentiable) or out._data.dtype.kind not in "fcV":
            continue
        if any(out is d for d in ctx._dirty):
            result = wrap(out._data)
            result._requires_grad, result._node, result._index = True, node, index
            write(out, result)
        else:
            out._requires_grad, out._node, out._index = True, node, index
            if out._base is not None:
                out._origin, out._seen = "custom", out._version_box()[0]
    node.save(outputs)
    ctx._node = node
