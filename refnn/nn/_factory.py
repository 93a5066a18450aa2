"""factory_kwargs: the options with which a layer makes its parameters."""

from __future__ import annotations

from typing import Any

__all__ = ["factory_kwargs"]

_OPTIONS = ("device", "dtype", "memory_format")


def factory_kwargs(kwargs: dict[str, Any] | None) -> dict[str, Any]:
    """What of a layer's keywords goes to the functions that make its parameters: device, dtype, memory_format.

    `kwargs` may also hold them in a mapping of its own, under "factory_kwargs".

    Raises TypeError for other keywords, and for an option that is given both ways.

    Source: torch.nn.factory_kwargs.
    """
    if kwargs is None:
        return {}
    unexpected = kwargs.keys() - {*_OPTIONS, "factory_kwargs"}
    if unexpected:
        raise TypeError(f"unexpected kwargs {unexpected}")
    found = dict(kwargs.get("factory_kwargs", {}))
    for option in _OPTIONS:
        if option not in kwargs:
            continue
        if option in found:
            raise TypeError(f"{option} specified twice, in **kwargs and in factory_kwargs")
        found[option] = kwargs[option]
    return found
