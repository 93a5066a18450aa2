"""Changing the dtype, device or memory of every tensor of a module at once."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple, Self, TypeAlias, TypeVar

from refnn import dtypes
from refnn.autograd.modes import no_grad
from refnn.nn.modules._traversal import Traversal
from refnn.tensor import Tensor
from refnn.types import device as device_type
from refnn.types import memory_format as memory_format_type

__all__ = ["Conversion"]

_Device: TypeAlias = device_type | str | int | None

_AnyConversion = TypeVar("_AnyConversion", bound="Conversion")

_TO_FORMS = (
    "(torch.device device = None, torch.dtype dtype = None, bool non_blocking = False, bool copy = False, *, "
    "torch.memory_format memory_format = None)",
    "(torch.dtype dtype, bool non_blocking = False, bool copy = False, *, torch.memory_format memory_format = None)",
    "(Tensor tensor, bool non_blocking = False, bool copy = False, *, torch.memory_format memory_format = None)",
)


class _Target(NamedTuple):
    """What the arguments of `Module.to` ask for."""

    device: device_type | None = None
    dtype: dtypes.dtype | None = None
    non_blocking: bool = False
    memory_format: memory_format_type | None = None


def _kind(value: Any) -> str:
    if isinstance(value, Tensor):
        return "Tensor"
    if isinstance(value, dtypes.dtype | device_type | memory_format_type):
        return f"torch.{type(value).__name__}"
    return type(value).__name__


def _no_such_form(args: tuple[Any, ...], kwargs: dict[str, Any]) -> TypeError:
    got = ", ".join([*map(_kind, args), *(f"{name}={_kind(value)}" for name, value in kwargs.items())])
    forms = "".join(f" * {form}\n" for form in _TO_FORMS)
    comma = ", " if kwargs else ""
    return TypeError(
        f"to() received an invalid combination of arguments - got ({got}{comma}), but expected one of:\n{forms}"
    )


def _parse_to(*args: Any, **kwargs: Any) -> _Target:
    """Read the arguments of `to` in its three forms: (device, dtype), (dtype), (tensor)."""
    first = args[0] if args else None
    names = ["device", "dtype", "non_blocking", "copy"]
    if isinstance(first, dtypes.dtype):
        names = ["dtype", "non_blocking", "copy"]
    elif isinstance(first, Tensor) or "tensor" in kwargs:
        names = ["tensor", "non_blocking", "copy"]
    if len(args) > 4:
        raise TypeError(f"to() takes from 0 to 4 positional arguments but {len(args)} were given")
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    known = (*names, "memory_format")
    if len(given) != len(args) + len(kwargs) or any(name not in known for name in given):
        raise _no_such_form(args, kwargs)
    if not all(_fits(name, value) for name, value in given.items()):
        raise _no_such_form(args, kwargs)
    if given.pop("copy", False):
        raise RuntimeError(".to() does not accept copy argument")
    tensor = given.pop("tensor", None)
    if tensor is not None:
        given.update(device=tensor.device, dtype=tensor.dtype)
    if given.get("device") is not None:
        given["device"] = device_type(given["device"])
    return _Target(**given)


def _fits(name: str, value: Any) -> bool:
    if name in ("non_blocking", "copy"):
        return isinstance(value, bool)
    if name == "tensor":
        return isinstance(value, Tensor)
    expected: Any = {
        "device": device_type | str | int,
        "dtype": dtypes.dtype,
        "memory_format": memory_format_type,
    }[name]
    return value is None or (isinstance(value, expected) and not isinstance(value, bool))


class Conversion(Traversal):
    """Casts and moves. Each changes the module in place, keeps its parameters' identity, and returns it."""

    def _apply(self, fn: Callable[[Any], Any], recurse: bool = True) -> Self:
        """Replace every parameter's values, its gradient's, and every buffer, by what `fn` makes of them."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for param in self._parameters.values():
            if param is not None:
                grad = param.grad
                with no_grad():
                    param.data = fn(param)
                    if grad is not None:
                        grad.data = fn(grad)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def float(self) -> Self:
        """Cast floating-point parameters and buffers to float32."""
        return _cast_floating(self, dtypes.float32)

    def double(self) -> Self:
        """Cast floating-point parameters and buffers to float64."""
        return _cast_floating(self, dtypes.float64)

    def half(self) -> Self:
        """Cast floating-point parameters and buffers to float16."""
        return _cast_floating(self, dtypes.float16)

    def bfloat16(self) -> Self:
        """Cast floating-point parameters and buffers to bfloat16."""
        return _cast_floating(self, dtypes.bfloat16)

    def type(self, dst_type: dtypes.dtype | str) -> Self:
        """Cast all parameters and buffers, of whatever dtype, to `dst_type`."""
        return self._apply(lambda t: t.type(dst_type))

    def cpu(self) -> Self:
        """Move to the CPU, where refnn's tensors always are."""
        return self._apply(lambda t: t.cpu())

    def cuda(self, device: _Device = None) -> Self:
        """What it does in a torch built for the CPU: raise AssertionError, if there is anything to move."""

        def refuse(t: Any) -> Any:
            raise AssertionError("Torch not compiled with CUDA enabled")

        return self._apply(refuse)

    def share_memory(self) -> Self:
        """Move parameters and buffers to memory that processes forked from this one share."""
        return self._apply(lambda t: t.share_memory_())

    def to_empty(self, *, device: _Device, recurse: bool = True) -> Self:
        """Give every parameter and buffer new memory with unset values."""
        place = None if device is None else device_type(device)
        return self._apply(lambda t: _empty_like(t, place), recurse)

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Move or cast: to(device, dtype), to(dtype), to(tensor), to(memory_format=…).

        Only floating-point and complex parameters and buffers are cast; `memory_format` concerns those of
        four and five dimensions.

        Raises TypeError for a dtype that is neither floating-point nor complex.
        """
        device, dtype, non_blocking, memory_format = _parse_to(*args, **kwargs)
        if dtype is not None:
            _check_castable(dtype)

        def convert(t: Any) -> Any:
            wanted = dtype if t.is_floating_point() or t.is_complex() else None
            if memory_format is not None and t.dim() in (4, 5):
                return t.to(device, wanted, non_blocking, memory_format=memory_format)
            return t.to(device, wanted, non_blocking)

        return self._apply(convert)


def _cast_floating(module: _AnyConversion, dtype: dtypes.dtype) -> _AnyConversion:
    return module._apply(lambda t: t.to(dtype) if t.is_floating_point() else t)


def _empty_like(t: Any, device: device_type | None) -> Any:
    from refnn.functions.creation import empty_like

    return empty_like(t, device=device)


def _check_castable(dtype: dtypes.dtype) -> None:
    if dtype.is_complex:
        warnings.warn(
            "Complex modules are a new feature under active development whose design may change, and some "
            "modules might not work as expected when using complex tensors as parameters or buffers. Please "
            "file an issue at https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml if a "
            "complex module does not work as expected.",
            stacklevel=3,
        )
    elif not dtype.is_floating_point:
        raise TypeError(f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}")
