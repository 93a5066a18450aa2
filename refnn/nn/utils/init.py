"""Modules whose first values are left unset."""

from __future__ import annotations

import inspect
from typing import Any

from refnn.nn.modules.module import Module
from refnn.random import fork_rng

__all__ = ["skip_init"]


def skip_init(module_cls: type[Any], *args: Any, **kwargs: Any) -> Any:
    """module_cls(*args, **kwargs) with unset parameters and buffers; nothing is drawn from the random stream.

    Raises RuntimeError for what is no Module, or has no parameter `device`.

    Source: torch.nn.utils.skip_init.
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    device = kwargs.pop("device", "cpu")
    with fork_rng():
        module = module_cls(*args, **kwargs)
    return module.to_empty(device=device)
