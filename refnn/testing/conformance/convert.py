"""Copies of torch values, for torch's side and for refnn's side of a comparison.

Both sides get memory of their own with the same bytes, strides, offset, `requires_grad` and sharing:
two arguments that are one object, or views of one storage, stay so. `leaves` turns what either side
returns into arrays.
"""

import copy
import dataclasses
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

import refnn
from refnn import bridge
from refnn.autograd.op import Array
from refnn.tensor import wrap
from refnn.testing.conformance import names


class Inconvertible(ValueError):
    """refnn has no type to hold the value: a sparse layout, a quantised dtype."""


# ---------------------------------------------------------------- arrays


def array_of(tensor: Any) -> Array:
    """The values of a tensor of either library, as an array of its own; bfloat16 as float32."""
    if isinstance(tensor, torch.Tensor):
        plain = tensor.detach()  # `force` writes out lazy conjugates, negations and zeros
        return np.array((plain.float() if plain.dtype is torch.bfloat16 else plain).numpy(force=True))
    if str(tensor.dtype) == "torch.bfloat16":
        return np.array(tensor.detach().float().numpy())
    return np.array(tensor.detach().numpy())


def dtype_to_refnn(dtype: torch.dtype) -> Any:
    """refnn's dtype object of the same name."""
    name = str(dtype).removeprefix("torch.")
    try:
        return getattr(refnn, name)
    except AttributeError:
        raise Inconvertible(f"dtype {name}") from None


def lacking(dtype: torch.dtype) -> str:
    """What has to be installed for refnn to hold the dtype: bfloat16 is an extra. Empty where nothing has."""
    try:
        assert dtype_to_refnn(dtype).numpy
    except ImportError as error:
        return str(error)
    return ""


def tensor_from(lib: types.ModuleType, array: Array, requires_grad: bool = False) -> Any:
    """A leaf of either library over a copy of the array, strides kept where the library can.

    torch has no negative strides: its side gets an array with the same elements in C order.
    """
    if lib is torch:
        result = _torch_view(array.copy() if min(array.strides, default=0) < 0 else _strided_copy(array))
    else:
        result = wrap(_strided_copy(array))
    return result.requires_grad_() if requires_grad else result


def _torch_view(array: Array) -> torch.Tensor:
    """torch's tensor over the array's memory; of bfloat16 it takes the bits alone."""
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def _strided_copy(array: Array) -> Array:
    """A copy with the same strides, negative, transposed or stepped ones included."""
    if array.size == 0 or array.ndim == 0:
        return array.copy()
    extents = [(n - 1) * s for n, s in zip(array.shape, array.strides, strict=True)]
    low = sum(e for e in extents if e < 0)
    high = sum(e for e in extents if e > 0)
    buffer = np.zeros(high - low + array.itemsize, np.uint8)
    copied: Array = np.ndarray(array.shape, array.dtype, buffer, -low, array.strides)
    copied[...] = array
    return copied


# ---------------------------------------------------------------- whole arguments


class Copier:
    """Copies a tree of arguments of torch to torch (`lib=torch`) or to refnn (`lib=refnn`)."""

    def __init__(self, lib: types.ModuleType) -> None:
        self.lib = lib
        self._copies: dict[int, Any] = {}
        self._storages: dict[tuple[int, torch.dtype], torch.Tensor] = {}
        self._alive: list[Any] = []  # ids stay unique only while their objects live

    def __call__(self, tree: Any) -> Any:
        if isinstance(tree, torch.Tensor | torch.nn.Module):
            return self._once(tree)
        if isinstance(tree, torch.Size):
            return tree if self.lib is torch else refnn.Size(tree)
        if isinstance(tree, torch.nn.utils.rnn.PackedSequence):
            fields = [self(field) for field in tree]
            return self.lib.nn.utils.rnn.PackedSequence(*fields)
        if isinstance(tree, tuple) and hasattr(tree, "_fields"):
            return type(tree)(*(self(item) for item in tree))
        if isinstance(tree, list | tuple | set):
            return type(tree)(self(item) for item in tree)
        if isinstance(tree, dict):
            return {key: self(value) for key, value in tree.items()}
        if isinstance(tree, slice):
            return slice(self(tree.start), self(tree.stop), self(tree.step))
        return tree if self.lib is torch else _atom(tree)

    def _once(self, thing: Any) -> Any:
        if id(thing) not in self._copies:
            self._alive.append(thing)
            make = self._module if isinstance(thing, torch.nn.Module) else self._tensor
            self._copies[id(thing)] = make(thing)
        return self._copies[id(thing)]

    def _module(self, module: torch.nn.Module) -> Any:
        return copy.deepcopy(module) if self.lib is torch else bridge.from_torch(module)

    def _tensor(self, tensor: torch.Tensor) -> Any:
        if tensor.layout is not torch.strided or tensor.is_quantized:
            raise Inconvertible(f"layout {tensor.layout}, dtype {tensor.dtype}")
        if torch.nn.parameter.is_lazy(tensor):
            dtype = tensor.dtype if self.lib is torch else dtype_to_refnn(tensor.dtype)
            return getattr(self.lib.nn, type(tensor).__name__)(tensor.requires_grad, dtype=dtype)
        plain = tensor.detach().resolve_conj().resolve_neg()
        view = self._storage(plain).as_strided(plain.size(), plain.stride(), plain.storage_offset())
        copied = view if self.lib is torch else _refnn_view(view)
        if isinstance(tensor, torch.nn.Parameter):
            return self.lib.nn.Parameter(copied, requires_grad=tensor.requires_grad)
        return copied.requires_grad_() if tensor.requires_grad else copied

    def _storage(self, tensor: torch.Tensor) -> torch.Tensor:
        """A copy of all the memory that the tensor is a view of, made once."""
        storage = tensor.untyped_storage()
        key = (storage.data_ptr(), tensor.dtype)
        if not storage.data_ptr() or key not in self._storages:
            self._alive.append(tensor)
            length = storage.nbytes() // tensor.element_size()
            self._storages[key] = tensor.as_strided((length,), (1,), 0).clone()
        return self._storages[key]


def _refnn_view(view: torch.Tensor) -> Any:
    """refnn's tensor over the memory of a torch tensor that nobody else uses."""
    dtype = dtype_to_refnn(view.dtype)
    if view.dtype is torch.bfloat16:  # NumPy takes the bits, not the type
        return wrap(view.view(torch.int16).numpy().view(dtype.numpy))
    return wrap(view.numpy())


def _atom(value: Any) -> Any:
    """What is neither a tensor nor a container: dtypes, devices, functions, plain Python."""
    if isinstance(value, torch.dtype):
        return dtype_to_refnn(value)
    if isinstance(value, torch.device):
        return refnn.device(str(value))
    if isinstance(value, torch.memory_format | torch.layout):
        return names.look_up(refnn, str(value).removeprefix("torch."))
    if isinstance(value, torch.nn.LinearCrossEntropyOptions):
        fields = {field.name: _atom(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return names.look_up(refnn, "nn.LinearCrossEntropyOptions")(**fields)
    if isinstance(value, torch.Generator):
        return names.look_up(refnn, "Generator")().manual_seed(value.initial_seed())
    if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType):
        module = getattr(value, "__module__", None) or ""
        return names.counterpart(value) if module.startswith("torch") or callable_of_torch(value) else value
    return value


def callable_of_torch(value: Any) -> bool:
    """Whether a builtin belongs to torch although its `__module__` does not say so."""
    return isinstance(value, types.BuiltinFunctionType) and getattr(torch, value.__name__, None) is value


# ---------------------------------------------------------------- results


@dataclass(frozen=True)
class Leaf:
    """One end of a returned tree: a tensor's values, or a plain value, or the kind of a container."""

    kind: str
    value: Any
    dtype: str = ""
    requires_grad: bool = False


def leaves(tree: Any, path: str = "") -> dict[str, Leaf]:
    """Path to leaf, containers included: their kind and length are part of the result."""
    if isinstance(tree, torch.Tensor | refnn.Tensor):
        return {path: Leaf("tensor", array_of(tree), str(tree.dtype), tree.requires_grad)}
    items = _items(tree)
    if items is None:
        return {path: Leaf("plain", _plain(tree))}
    found = {path: Leaf("container", _kind(tree))}
    for key, item in items:
        found.update(leaves(item, f"{path}.{key}" if path else str(key)))
    return found


def tensors(tree: Any, path: str = "") -> dict[str, Any]:
    """Path to tensor object, for every tensor in the tree, in order."""
    if isinstance(tree, torch.Tensor | refnn.Tensor):
        return {path: tree}
    found: dict[str, Any] = {}
    for key, item in _items(tree) or ():
        found.update(tensors(item, f"{path}.{key}" if path else str(key)))
    return found


def _items(tree: Any) -> Any:
    """The parts of a container with their keys; None of what is not one."""
    if isinstance(tree, Mapping):
        return tree.items()
    if isinstance(tree, list | tuple) and not _is_size(tree):
        return enumerate(tree)
    return None


def _kind(tree: Any) -> str:
    """What a container is: torch's named tuples have their fields in `__match_args__`."""
    if isinstance(tree, Mapping):
        return f"{type(tree).__name__} with keys {list(tree)}"
    fields = getattr(tree, "_fields", None) or getattr(tree, "__match_args__", ())
    return f"{type(tree).__name__} of {len(tree)}{f', fields {list(fields)}' if fields else ''}"


def _is_size(tree: Any) -> bool:
    return type(tree).__name__ == "Size"


def _plain(value: Any) -> Any:
    """A plain value in a form in which both libraries' values compare equal."""
    if _is_size(value):
        return f"Size{tuple(value)}"
    if isinstance(value, torch.dtype | refnn.dtype | torch.device | refnn.device):
        return str(value)
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        return value
    return f"<{type(value).__name__} {getattr(value, '__name__', '')}>"
