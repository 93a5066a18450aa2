"""Small helpers that the layers share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import FunctionType
from typing import Any, TypeVar

from refnn.nn.functional._adaptive_checks import with_default as _list_with_default

__all__ = ["_list_with_default", "consume_prefix_in_state_dict_if_present"]


_Class = TypeVar("_Class", bound=type)


def own_constructor(cls: _Class) -> _Class:
    """Give a layer its base's constructor under the layer's own name, which Python's errors for a wrong call tell."""
    inherited: Any = cls.__init__  # type: ignore[misc]
    own = FunctionType(
        inherited.__code__, inherited.__globals__, "__init__", inherited.__defaults__, inherited.__closure__
    )
    own.__kwdefaults__, own.__annotations__ = inherited.__kwdefaults__, inherited.__annotations__
    own.__module__, own.__qualname__ = cls.__module__, f"{cls.__name__}.__init__"
    cls.__init__ = own  # type: ignore[misc]
    return cls


def _ntuple(n: int, name: str = "parse") -> Callable[[Any], tuple[Any, ...]]:
    """A function that makes a tuple of an iterable, and n copies of anything else."""

    def several(x: Any) -> tuple[Any, ...]:
        return tuple(x) if isinstance(x, Iterable) else (x,) * n

    several.__name__ = name
    return several


_single, _pair, _triple, _quadruple = (
    _ntuple(n, name) for n, name in enumerate(("_single", "_pair", "_triple", "_quadruple"), 1)
)


def _reverse_repeat_tuple(t: Sequence[Any], n: int) -> tuple[Any, ...]:
    """(a, b) -> (b, …, b, a, …, a), each n times: a layer's padding in the order that `pad` takes."""
    return tuple(x for x in reversed(t) for _ in range(n))


def consume_prefix_in_state_dict_if_present(state_dict: dict[str, Any], prefix: str) -> None:
    """Cut a prefix off the keys of a state_dict, and off those of its metadata, in place.

    Source: torch.nn.modules.utils.consume_prefix_in_state_dict_if_present.
    """
    for key in [key for key in state_dict if key.startswith(prefix)]:
        state_dict[key[len(prefix) :]] = state_dict.pop(key)
    metadata = getattr(state_dict, "_metadata", None)
    if metadata is None:
        return
    for key in [key for key in metadata if key]:  # "" belongs to the wrapper itself
        if key == prefix.replace(".", "") or key.startswith(prefix):
            metadata[key[len(prefix) :]] = metadata.pop(key)
