"""What a tensor says of itself beside its values: shape, device, layout, memory format."""

from __future__ import annotations

import operator
from typing import Any, SupportsIndex, overload

__all__ = [
    "Size",
    "channels_last",
    "channels_last_3d",
    "contiguous_format",
    "device",
    "layout",
    "memory_format",
    "preserve_format",
    "strided",
]


class Size(tuple[int, ...]):
    """A shape: a tuple that prints as torch prints it and knows its number of elements."""

    __module__ = "refnn"  # where torch has it, and its error messages say it is
    __slots__ = ()

    def __new__(cls, iterable: Any = (), /) -> Size:
        """Of whole numbers, 0-dim tensors among them. Raises TypeError for others."""
        sizes = tuple(iterable)
        for k, n in enumerate(sizes):
            if type(n) is not int:
                return cls._checked(sizes, k)
        return tuple.__new__(cls, sizes)

    @classmethod
    def _checked(cls, sizes: tuple[Any, ...], first: int) -> Size:
        for k, n in enumerate(sizes[first:], first):
            if not hasattr(n, "__index__"):
                raise TypeError(f"torch.Size() takes an iterable of 'int' (item {k} is '{type(n).__name__}')")
        return tuple.__new__(cls, map(operator.index, sizes))

    def numel(self) -> int:
        """∏ sizes; 1 for the shape of a 0-dim tensor."""
        total = 1
        for n in self:
            total *= n
        return total

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __add__(self, other: tuple[Any, ...]) -> Size:
        return Size(tuple.__add__(self, tuple(other)))

    def __radd__(self, other: tuple[Any, ...]) -> Size:
        return Size((*other, *self))

    def __mul__(self, times: Any) -> Size:
        return Size(tuple.__mul__(self, times))

    @overload
    def __getitem__(self, key: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, key: slice) -> Size: ...
    def __getitem__(self, key: Any) -> Any:
        got = tuple.__getitem__(self, key)
        return Size(got) if isinstance(key, slice) else got

    def __reduce__(self) -> tuple[type[Size], tuple[tuple[int, ...]]]:
        return (Size, (tuple(self),))


_DEVICES = (
    "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla", "lazy",
    "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone",
)  # fmt: skip


class device:
    """A place where a tensor may live. refnn has one, the CPU; the others can be named only.

    Raises RuntimeError for a name that torch does not know, and for a number: there are no accelerators.
    """

    __module__ = "refnn"  # where torch has it, and its error messages say it is
    __slots__ = ("index", "type")
    type: str
    index: int | None

    def __init__(self, type: str | int | device = "cpu", index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = type.type, type.index  # type: ignore[assignment]
        if isinstance(type, int) and not isinstance(type, bool):
            raise RuntimeError("Cannot access accelerator device when none is available.")
        if type == "":
            raise RuntimeError("Device string must not be empty")
        if not isinstance(type, str):
            raise TypeError(
                "device() received an invalid combination of arguments - got "
                f"({type.__class__.__name__}), but expected one of:\n * (torch.device device)\n      didn't match "
                f"because some of the arguments have invalid types: (!{type.__class__.__name__}!)\n"
                " * (str type, int index = -1)\n"
            )
        kind, colon, tail = type.partition(":")
        if colon or not kind.isalpha():
            if index is not None:
                raise RuntimeError(
                    "type (string) must not include an index because index was passed explicitly: " + type
                )
            if not tail.isdigit() or not kind.isalpha():
                raise RuntimeError(f"Invalid device string: '{type}'")
            index = int(tail)
        if kind not in _DEVICES:
            raise RuntimeError(f"Expected one of {', '.join(_DEVICES)} device type at start of device string: {kind}")
        if index is not None and index < 0:
            raise RuntimeError("Device index must not be negative")
        self.type = kind
        self.index = index

    def __repr__(self) -> str:
        return (
            f"device(type='{self.type}')" if self.index is None else f"device(type='{self.type}', index={self.index})"
        )

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))


def check_device(where: Any) -> None:
    """Raise where a tensor cannot live: AssertionError for CUDA, as torch without it, RuntimeError for others."""
    kind = device(where).type
    if kind == "cuda":
        raise AssertionError("Torch not compiled with CUDA enabled")
    if kind != "cpu":
        raise RuntimeError(f"refnn has no device '{kind}': it computes on the CPU")


class _Named:
    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"torch.{self._name}"

    def __reduce__(self) -> str:
        return self._name


class layout(_Named):
    """How elements lie in storage: always `strided` here."""

    __module__ = "refnn"  # where torch has it, and its error messages say it is
    __slots__ = ()


class memory_format(_Named):
    """An order of dimensions in memory: contiguous, channels_last, channels_last_3d, or preserve."""

    __module__ = "refnn"  # where torch has it, and its error messages say it is
    __slots__ = ()


strided = layout("strided")
contiguous_format = memory_format("contiguous_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
preserve_format = memory_format("preserve_format")

CPU = device("cpu")
