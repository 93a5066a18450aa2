"""Operations: a NumPy kernel and its derivative rules.

    @op
    def tanh(x: Array) -> Array:
        return np.tanh(x)

    tanh.derivative(x=lambda g, out: g * (1 - out * out))

Given bare ndarrays, an op computes. Given a Tensor among its arguments, it returns a Tensor and, where a
gradient may be asked for later, records a node with what the rules name: nothing else is kept.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any, overload

import numpy as np

from refnn.autograd import base
from refnn.autograd.base import Array, TensorBase, wrap
from refnn.autograd.modes import mode
from refnn.autograd.node import OpNode, SavedList, make_node
from refnn.autograd.plan import ALL, ARG, KEYWORDS, META, OUT, RESULT, SHAPE, Plan
from refnn.autograd.quiet import IGNORE, be_loud, be_quiet
from refnn.dtypes import from_numpy, is_inexact, not_implemented, result_dtype

__all__ = ["Array", "Op", "op"]

_FLOAT = np.dtype(np.float32)
_FLOATS = frozenset(map(np.dtype, (np.float32, np.float64, np.float16, np.complex64, np.complex128)))
_NUMBERS = (bool, int, float, complex)
_new = object.__new__
_ndarray = np.ndarray
TABLE: dict[str, Op] = {}
_make_node = make_node


def record_with(make: Callable[..., OpNode]) -> None:
    """Say what makes the nodes of ops from now on."""
    global _make_node
    _make_node = make


class Op:
    """A differentiable operation. Arguments are positional arrays; metadata is keyword-only."""

    keeps_scalar = False  # whether a number beside the first operand is not rounded to 16 bits
    edges: int | None = None  # how many edges torch's node has, where it takes a number for no operand
    refused = ""  # the kinds of dtypes that it does not take: see refuses
    kernel_name = ""
    answers = False
    # Of a call with this metadata: whether torch's derivative asks for the input too, on which it does not depend.
    flat: Callable[[dict[str, Any]], bool] | None = None

    def __init__(
        self,
        kernel: Callable[..., Any],
        promote: bool | str,
        view: bool,
        private_order: bool,
        node_name: Any,
        results: tuple[str, ...] = (),
        reads: tuple[int, ...] | None = None,
    ) -> None:
        self.kernel = kernel
        self.promote = promote
        self.view = view
        self.private_order = private_order
        self.results = results
        self.reads = reads
        self.name = kernel.__name__.rstrip("_")
        self.__name__ = kernel.__name__
        self.__doc__ = kernel.__doc__
        self.__wrapped__ = kernel
        self.__module__ = kernel.__module__
        self.node_name = node_name or "".join(part.capitalize() for part in self.name.split("_")) + "Backward0"
        # Read from the code object: inspect.signature for every op takes a fifth of the time of importing refnn.
        plain: Any = inspect.unwrap(kernel)
        code = plain.__code__
        positional, keywords = code.co_argcount, code.co_kwonlyargcount
        self.variadic = bool(code.co_flags & inspect.CO_VARARGS)
        names = code.co_varnames[: positional + keywords + self.variadic]
        self.args: list[str] = [*names[:positional], *names[positional + keywords :]]
        given = plain.__kwdefaults__ or {}
        self.defaults: dict[str, Any] = {name: given.get(name) for name in names[positional : positional + keywords]}
        self.rules: dict[int, Callable[..., Any]] = {}
        self.joint: Callable[..., Any] | None = None
        self.differentiable = False
        self.plans: dict[int, Plan] = {}  # by the bits of the arguments that need gradients
        TABLE[f"{kernel.__module__.rpartition('.')[2]}.{kernel.__name__}"] = self

    def derivative(self, **rules: Callable[..., Any]) -> None:
        """One rule for each differentiable argument, by its name. A rule names what it needs."""
        for name, rule in rules.items():
            self.rules[self.args.index(name)] = rule
        self.differentiable = True

    def joint_derivative(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """One rule for all arguments: (g, …, needs, …) -> a gradient or None for each."""
        self.joint = rule
        self.differentiable = True
        return rule

    def refuses(self, kernel: str, kinds: str, answers: bool = False) -> None:
        """Say which dtypes torch has no kernel for: they raise NotImplementedError, which names the kernel.

        Args:
            kernel: torch's name for it.
            kinds: NumPy's letters, after promotion; U stands for the unsigned dtypes above uint8, V for bfloat16.
            answers: the result is a truth value, whatever the operands are.
        """
        self.kernel_name, self.answers = kernel, answers
        self.refused = kinds.replace("U", "Uu")

    def _refuse(self, kind: np.dtype[Any]) -> None:
        """Raise for a dtype whose letter is refused; uint8 only where all unsigned ones are."""
        if kind.kind == "u" and kind.itemsize == 1 and "U" in self.refused:
            return
        raise not_implemented(self.kernel_name, kind)

    def renamed(self, node_name: str, edges: int | None = None) -> Op:
        """The same op under another name in the graph: torch has several where it has several signatures."""
        twin = copy.copy(self)
        twin.node_name, twin.plans, twin.edges = node_name, {}, edges
        return twin

    def source(self, name: str) -> tuple[int, Any]:
        """Where a rule's parameter of this name comes from."""
        if name == "out":
            return (OUT, None)
        if self.variadic and name == self.args[-1]:
            return (ALL, self.args.index(name))
        if name in self.args:
            return (ARG, self.args.index(name))
        if name in self.results:
            return (RESULT, self.results.index(name))
        if name in self.defaults:
            return (META, name)
        if name.endswith("_shape") and name[:-6] in self.args:
            position = self.args.index(name[:-6])
            return (SHAPE, None if self.variadic and position == len(self.args) - 1 else position)
        if name == "y":
            return (OUT, None)
        raise TypeError(f"{self.name}: a rule asks for '{name}', which is neither an argument nor metadata")

    def __call__(self, *args: Any, **meta: Any) -> Any:
        for a in args:
            if type(a) is not _ndarray and a is not None:
                break
        else:
            return self.kernel(*args, **meta)
        # One pass over the arguments: their arrays, whether they share a dtype, which need a gradient.
        arrays: list[Any] = []
        kind: Any = None
        mask, bit = 0, 1
        odd = False
        private = self.private_order
        for a in args:
            if isinstance(a, TensorBase):
                if a._private_order:
                    if self.view:
                        a._settle()
                    else:
                        private = True
                data = a._data
                arrays.append(data)
                if kind is None:
                    kind = data.dtype
                elif data.dtype is not kind:
                    odd = True
                if a._base is not None:
                    a._sync()
                if a._requires_grad:
                    mask |= bit
            else:
                arrays.append(a)
                if a is not None and type(a) is not _ndarray and type(a) is not float and type(a) is not int:
                    odd = True
            bit += bit
        if kind is None:  # no tensors, but NumPy scalars: NumPy's arithmetic makes them out of 0-d arrays
            return self.kernel(*[np.asarray(a) if isinstance(a, np.generic) else a for a in args], **meta)
        if self.promote and (
            odd or (kind is not _FLOAT and kind not in _FLOATS and (self.promote == "float" or len(args) > 1))
        ):
            cast = _cast_all(args, self)
            arrays = [a._data if isinstance(a, TensorBase) else a for a in cast]
            kind = next(a.dtype for a in arrays if isinstance(a, np.ndarray))
            args = tuple(a if type(a) in _NUMBERS else c for a, c in zip(args, cast, strict=True))
        if self.refused and kind.kind in self.refused:
            self._refuse(kind)
        token = be_quiet(IGNORE)
        try:
            out = self.kernel(*arrays, **meta)
        finally:
            be_loud(token)
        if mask and self.differentiable and mode.grad:
            result = self._record(args, meta, out, mask)
        else:
            result = self._unrecorded(args, out)
        if private:
            for tensor in result if type(result) is tuple else (result,):
                tensor._private_order = not tensor._data.flags.c_contiguous
        return result

    def _unrecorded(self, args: tuple[Any, ...], out: Any) -> Any:
        if type(out) is tuple:
            return self._wrap_several(args, out)
        result: Any = _new(base._tensor_class)
        result._data = out if type(out) is np.ndarray else np.asarray(out)
        if self.view:
            join(result, args[0], None)
            if args[0]._inference:
                result._inference = True
        elif mode.inference:
            result._inference = True
        return result

    def _wrap_several(self, args: tuple[Any, ...], out: tuple[Any, ...]) -> tuple[Any, ...]:
        results = tuple(wrap(array) for array in out)
        for result in results:
            if self.view:
                join(result, args[0], "multi")
            if args[0]._inference if self.view else mode.inference:
                result._inference = True
        return results

    def _record(self, args: tuple[Any, ...], meta: dict[str, Any], out: Any, mask: int) -> Any:
        plan = self.plans.get(mask)
        if plan is None:
            needs = tuple(bool(mask >> k & 1) for k in range(len(args)))
            plan = Plan(self, needs)
            if not self.variadic:
                self.plans[mask] = plan
        # What the rules will want, and the versions of the tensors among it.
        saved: list[Any] = [None] * plan.slots
        versions: list[tuple[int, int]] = []
        given = len(args)
        for slot, key in plan.arguments:
            if key < given:
                value = saved[slot] = args[key]
                if isinstance(value, TensorBase):
                    if value._inference:
                        raise RuntimeError(_INFERENCE)
                    box = value._box
                    versions.append((slot, 0 if box is None else box[0]))
        for slot, kind, key in plan.others:
            if kind == META:
                saved[slot] = meta[key] if key in meta else self.defaults[key]
            elif kind == OUT:
                saved[slot] = out
            else:
                saved[slot] = self._part_of_call(kind, key, args, out, meta)
        edges: list[Any] = [None] * given
        indices = None
        for k in plan.needed:
            a = args[k]
            edges[k] = a._node or a
            if a._index:
                if indices is None:
                    indices = [0] * given
                indices[k] = a._index
        node = _make_node(self, plan, edges, indices, saved, versions, meta)
        if type(out) is tuple:
            return self._finish_several(node, args, out)
        result: Any = _new(base._tensor_class)
        data = result._data = out if type(out) is _ndarray else np.asarray(out)
        dtype = data.dtype
        if dtype is not _FLOAT and not is_inexact(dtype):
            return result
        result._requires_grad = True
        result._node = node
        node.results = ((data.shape, dtype),)
        if plan.out_slot is not None:
            box = result._box = [0]
            node.out_boxes = ((box, 0, 0),)
        if self.view:
            join(result, args[0], None)
        return result

    def _finish_several(self, node: OpNode, args: tuple[Any, ...], out: tuple[Any, ...]) -> Any:
        node.several = True
        results = tuple(wrap(array) for array in out)
        node.results = tuple((r._data.shape, r._data.dtype) for r in results)
        for index, result in enumerate(results):
            if is_inexact(result._data.dtype):
                result._requires_grad, result._node, result._index = True, node, index
            if self.view:
                join(result, args[0], "multi")
        if node.plan.out_slot is not None:
            read = range(len(results)) if self.reads is None else self.reads
            node.out_boxes = tuple((results[k]._version_box(), results[k]._version, k) for k in read)
        return results

    def _part_of_call(self, kind: int, key: Any, args: tuple[Any, ...], out: Any, meta: dict[str, Any]) -> Any:
        """What a rule wants that is neither an argument, metadata, nor the result."""
        if kind == RESULT:
            return out[key]
        if kind == ALL:
            return SavedList(args[key:])
        if kind == KEYWORDS:
            return meta if len(meta) == len(self.defaults) else {**self.defaults, **meta}
        if key is not None:
            return _shape(args[key])
        return [_shape(a) for a in args[len(self.args) - 1 :]]

    def __repr__(self) -> str:
        return f"<op {self.name}>"


_INFERENCE = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
    "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in "
    "autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
)


def _shape(value: Any) -> tuple[int, ...]:
    if isinstance(value, TensorBase):
        return value._data.shape
    return np.shape(value)


def _cast_all(args: tuple[Any, ...], op: Op | None = None) -> tuple[Any, ...]:
    """The arguments in torch's result dtype; `op` says where it takes them otherwise."""
    plain = [a._data if isinstance(a, TensorBase) else a.item() if isinstance(a, np.generic) else a for a in args]
    target = result_dtype([p for p in plain if p is not None])
    if op is None:
        return tuple(_cast(a, p, target) for a, p in zip(args, plain, strict=True))
    if op.promote == "float" and target.category < 2:
        from refnn.dtypes import get_default_dtype

        target = get_default_dtype()
    targets = [target] * len(args)
    if op.keeps_scalar and target.itemsize == 2 and target.is_floating_point and np.ndim(plain[1]) == 0:
        targets[1] = from_numpy(np.dtype(np.float32))
    return tuple(_cast(*each) for each in zip(args, plain, targets, strict=True))


def _cast(arg: Any, plain: Any, target: Any) -> Any:
    if arg is None:
        return None
    if isinstance(arg, TensorBase):
        if arg._data.dtype == target.numpy:
            return arg
        from refnn.ops.creation import cast

        return cast(arg, dtype=target.numpy)
    if isinstance(plain, np.ndarray):
        return plain.astype(target.numpy, copy=False)
    if target.category == 1 and isinstance(plain, int):
        return np.array(plain, dtype=np.int64).astype(target.numpy) if abs(plain) < 2**63 else plain
    return np.asarray(plain, dtype=target.numpy)


def join(view: Any, source: Any, origin: str | None) -> None:
    """Make `view` share its source's version counter, and know its base."""
    box = view._box = source._version_box()
    view._seen = box[0]
    view._base = source if source._base is None else source._base
    if not mode.grad:
        origin = origin if origin == "custom" else "no_grad"
    if origin is not None or source._origin is not None:
        view._origin = source._origin or origin


@overload
def op(kernel: Callable[..., Any], /) -> Op: ...
@overload
def op(
    *,
    promote: bool | str = False,
    view: bool = False,
    private_order: bool = False,
    node_name: Any = None,
    results: tuple[str, ...] = (),
    reads: tuple[int, ...] | None = None,
) -> Callable[..., Op]: ...
def op(
    kernel: Callable[..., Any] | None = None,
    /,
    *,
    promote: bool | str = False,
    view: bool = False,
    private_order: bool = False,
    node_name: Any = None,
    results: tuple[str, ...] = (),
    reads: tuple[int, ...] | None = None,
) -> Any:
    """Declare a kernel as an operation.

    Args:
        promote: bring the operands to torch's result dtype first; "float" also turns integers into the
            default dtype.
        view: the result shares memory with the first argument.
        private_order: the kernel chooses the result's order in memory; a tensor of it hides that.
        node_name: what torch prints in `grad_fn=<…>`, where it is not the op's name in camel case; or a
            function of the call's metadata that says it.
        results: names of the results, for rules to ask for one of several. It is saved as an array, a constant
            to further derivatives.
        reads: which of several results a rule that asks for `out` looks at, if not at all; the others may be
            written to before the backward pass.
    """
    if kernel is not None:
        return Op(kernel, promote, view, private_order, node_name)
    return lambda fn: Op(fn, promote, view, private_order, node_name, results, reads)
