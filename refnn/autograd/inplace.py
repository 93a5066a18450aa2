"""Writing in place.

`x.mul_(y)` computes as `mul` does, writes the values into x's memory, and moves x to the new place in the
graph. Where x is a view, its base moves too: to a CopySlices node, which takes the gradient of the written
region to the operation and the rest to what the base was before.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from refnn.autograd.base import Array, TensorBase, wrap
from refnn.autograd.modes import mode
from refnn.autograd.node import bare
from refnn.autograd.op import Op, op
from refnn.dtypes import can_cast, dtype, from_numpy, result_dtype

COPY_SLICES = "torch::autograd::CopySlices"

__all__ = ["COPY_SLICES", "apply_inplace", "check_writable", "rejoin", "write"]


# The geometry of a view, in elements, over the memory of its base ---------------------------------------


def _geometry(base: Array, view: Array) -> tuple[tuple[int, ...], tuple[int, ...], int]:
    """(shape, strides, offset) of a view, in elements relative to its base's first element."""
    size = base.dtype.itemsize
    offset = (view.__array_interface__["data"][0] - base.__array_interface__["data"][0]) // size
    return view.shape, tuple(s // size for s in view.strides), offset


def _window(memory: Array, size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> Array:
    step = memory.itemsize
    return np.lib.stride_tricks.as_strided(memory[offset:], size, tuple(s * step for s in stride))


def _like_base(values: Array, stride: tuple[int, ...]) -> tuple[Array, Array]:
    """A copy of values whose memory lies as the base's does; and that memory."""
    extent = 1 + sum(s * (n - 1) for s, n in zip(stride, values.shape, strict=True))
    memory = np.zeros(max(extent, 0), values.dtype)
    copy = _window(memory, values.shape, stride, 0)
    copy[...] = values
    return memory, copy


@op(node_name="AsStridedBackward0")
def read_region(x: Array, *, base_stride: tuple[int, ...], size: Any, stride: Any, offset: int) -> Array:
    """The values of a view's region, x lying in memory with the base's strides."""
    memory, _ = _like_base(x, base_stride)
    return np.array(_window(memory, size, stride, offset))


@op(node_name=COPY_SLICES)
def write_region(
    x: Array, values: Array, *, base_stride: tuple[int, ...], size: Any, stride: Any, offset: int
) -> Array:
    """x with the values of a view's region replaced."""
    memory, copy = _like_base(x, base_stride)
    _window(memory, size, stride, offset)[...] = values
    return copy


def _outside(g: Any, base_stride: Any, size: Any, stride: Any, offset: Any) -> Any:
    zeros = np.zeros(size, (g._data if isinstance(g, TensorBase) else g).dtype)
    return write_region(g, zeros, base_stride=base_stride, size=size, stride=stride, offset=offset)


def _inside(g: Any, base_stride: Any, size: Any, stride: Any, offset: Any) -> Any:
    return read_region(g, base_stride=base_stride, size=size, stride=stride, offset=offset)


def _only_inside(g: Any, x_shape: Any, base_stride: Any, size: Any, stride: Any, offset: Any) -> Any:
    zeros = np.zeros(x_shape, (g._data if isinstance(g, TensorBase) else g).dtype)
    return write_region(zeros, g, base_stride=base_stride, size=size, stride=stride, offset=offset)


read_region.derivative(x=_only_inside)
write_region.derivative(x=_outside, values=_inside)


def _region(base: Array, view: Array) -> dict[str, Any]:
    size, stride, offset = _geometry(base, view)
    item = base.dtype.itemsize
    return {
        "base_stride": tuple(s // item for s in base.strides),
        "size": size,
        "stride": stride,
        "offset": offset,
    }


# Rules of writing ---------------------------------------------------------------------------------------

_LEAF = "a leaf Variable that requires grad is being used in an in-place operation."
_VIEW_OF_LEAF = "a view of a leaf Variable that requires grad is being used in an in-place operation."
_NO_GRAD_VIEW = (
    "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that this use "
    "case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the "
    "inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if "
    "you want the inplace to be tracked)."
)
_MULTIPLE = (
    "This view is the output of a function that returns multiple views. Such functions do not allow the output views "
    "to be modified inplace. You should replace the inplace operation by an out-of-place one."
)
_CUSTOM = (
    "This view was created inside a custom Function (or because an input was returned as-is) and the autograd logic to "
    "handle view+inplace would override the custom backward associated with the custom Function, leading to incorrect "
    "gradients. This behavior is forbidden. You can fix this by cloning the output of the custom Function."
)


_CHANGED_BASE = "is a view and its base or another view of its base has been modified inplace."
_OVERLAP = (
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
    "location. Please clone() the tensor before performing the operation."
)


def check_writable(target: Any, tracked: bool, part: bool = False) -> None:
    """Raise RuntimeError where torch forbids writing to a tensor in place, or to a part of it. Changes nothing."""
    if target._inference and not mode.inference:
        raise RuntimeError(
            "Inplace update to inference tensor outside InferenceMode is not allowed."
            "You can make a clone to get a normal tensor before doing inplace update."
            "See https://github.com/pytorch/rfcs/pull/17 for more details."
        )
    data = target._data  # which a lazy parameter refuses
    if mode.grad:
        _check_history(target, tracked, part)
    if data.size and any(s == 0 and n > 1 for s, n in zip(data.strides, data.shape, strict=True)):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
            "Please clone() the tensor before performing the operation."
        )


def _check_history(target: Any, tracked: bool, part: bool) -> None:
    base = target._base
    if base is not None:
        if target._origin != "custom":
            target._sync()
        forbidden = target._origin is not None and (tracked or target._requires_grad or base._requires_grad)
        if forbidden and target._origin == "custom":
            raise RuntimeError(f"{_view_of(target)} {_CUSTOM}")
        if forbidden and target._origin == "no_grad":
            raise RuntimeError(_NO_GRAD_VIEW)
        if forbidden:
            raise RuntimeError(f"{_view_of(target)} {_MULTIPLE}")
        if base._requires_grad and base._node is None:
            raise RuntimeError(_VIEW_OF_LEAF)
    if target._requires_grad and target._node is None:
        raise RuntimeError(_VIEW_OF_LEAF if part else _LEAF)


def _check_result(target: Any, values: Array) -> None:
    data = target._data
    if values.shape != data.shape:
        try:
            broadcast = np.broadcast_shapes(values.shape, data.shape)
        except ValueError:
            broadcast = values.shape
        if broadcast != data.shape:
            raise RuntimeError(
                f"output with shape {list(data.shape)} doesn't match the broadcast shape {list(values.shape)}"
            )
    if values.dtype != data.dtype:
        _check_cast(target, from_numpy(values.dtype))


def _check_cast(target: Any, given: dtype) -> None:
    wanted = from_numpy(target._data.dtype)
    if not can_cast(given, wanted):
        raise RuntimeError(f"result type {given.title} can't be cast to the desired output type {wanted.title}")


def _computed(operation: Op, target: Any, args: tuple[Any, ...], meta: dict[str, Any]) -> Any:
    """operation(target, *args); of a dtype that it refuses, torch says first where the target cannot hold it."""
    try:
        return operation(target, *args, **meta)
    except NotImplementedError:
        if operation.promote and not operation.answers:
            _check_cast(target, result_dtype([getattr(a, "_data", a) for a in (target, *args) if a is not None]))
        raise


def _view_of(target: Any) -> str:
    if target._node is None:
        return "A view was created in no_grad mode and is being modified inplace with grad mode enabled."
    return f"Output {target._index} of {bare(target._node.name())} is a view and is being modified inplace."


def _check_apart(target: Array, source: Array) -> None:
    """Raise RuntimeError where an operand shares some memory with what is written, and is not the same elements."""
    if not np.may_share_memory(target, source):
        return
    mine, theirs = target.__array_interface__, source.__array_interface__
    if all(mine[k] == theirs[k] for k in ("data", "shape")) and target.strides == source.strides:
        return
    if all(a.flags.forc for a in (target, source)):  # of others torch does not find out
        raise RuntimeError(_OVERLAP)


def apply_inplace(operation: Op, target: Any, *args: Any, **meta: Any) -> Any:
    """target ← operation(target, *args), in target's memory; returns target.

    Raises RuntimeError for a leaf that requires grad, a forbidden view, a result that is larger or of a
    higher category than the target.
    """
    tracked = mode.grad and (
        any(isinstance(a, TensorBase) and a.requires_grad for a in args) or target.requires_grad  # type: ignore[attr-defined]
    )
    check_writable(target, tracked, operation.node_name == COPY_SLICES)
    if operation.promote or operation.name == "copy_values":
        for a in args:
            if isinstance(a, TensorBase):
                _check_apart(target._data, a._data)
    if not tracked:
        plain = _computed(operation, target, args, meta)._data
        _check_result(target, plain)
        np.copyto(target._data, plain, casting="unsafe")
        target._bump_version()
        return target
    before = wrap(target._data.copy())
    before._requires_grad, before._node, before._index = target._requires_grad, target._node, target._index
    result = _computed(operation, before, args, meta)
    _check_result(target, result._data)
    if result._data.dtype != target._data.dtype:
        from refnn.ops.creation import cast

        result = cast(result, dtype=target._data.dtype)
    write(target, result)
    return target


def write(target: Any, result: Any) -> None:
    """Give target the values of `result`, and its place in the graph. The checks were made."""
    np.copyto(target._data, result._data, casting="unsafe")
    target._bump_version()
    if not result._requires_grad:
        return
    _watch(result._node, target)
    base = target._base
    if base is None:
        _move(target, result)
        return
    _move_base(base, target, result)
    rejoin(target)


def _move(tensor: Any, place: Any) -> None:
    """Give a tensor another tensor's place in the graph. A gradient that is retained is that of the new place."""
    node, index = tensor._node, tensor._index
    tensor._requires_grad, tensor._node, tensor._index = True, place._node, place._index
    if tensor._retains:
        if node is not None and node._retained:
            node._retained.pop(index, None)
        tensor._node.retain(tensor._index, tensor)


def _watch(node: Any, target: Any) -> None:
    """A saved result is now the target's memory: writing to that again is what overwrites it."""
    if getattr(node, "out_boxes", None) is not None:
        node.out_boxes = ((target._box, target._box[0], 0),)


def _move_base(base: Any, view: Any, result: Any) -> None:
    """The base's new node: CopySlices of what it was and of what was written."""
    former = wrap(np.lib.stride_tricks.as_strided(base._data, base._data.shape, base._data.strides))
    former._requires_grad, former._node, former._index = base._requires_grad, base._node, base._index
    moved = write_region(former, result, **_region(base._data, view._data))
    _move(base, moved)


def rejoin(view: Any) -> None:
    """Make a view's node anew from its base's present node. Raises RuntimeError for one of several views."""
    base = view._base
    if view._origin == "multi":
        which = bare(view._node.name()) if view._node is not None else ""
        raise RuntimeError(f"Output {view._index} of {which} {_CHANGED_BASE} {_MULTIPLE}")
    stand_in = wrap(base._data)
    stand_in._requires_grad, stand_in._node, stand_in._index = True, base._node, base._index
    if base._node is None:
        stand_in = base
    before, mode.grad = mode.grad, True
    try:
        again = read_region(stand_in, **_region(base._data, view._data))
    finally:
        mode.grad = before
    _move(view, again)
    view._seen = view._version_box()[0]
