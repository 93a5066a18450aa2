"""torch.nn.parallel, as far as one processor has use for it: DataParallel, by which scripts wrap a model unasked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from refnn.nn.modules.module import Module
from refnn.types import device

__all__ = ["DataParallel"]


class DataParallel(Module):
    """A module as it is, under the name `module`, which then begins the keys of the state.

    Where there are several devices torch divides a batch among them, by `device_ids`, `output_device` and `dim`. Here
    there are none, and as in torch then these say nothing. Source: torch.nn.DataParallel.
    """

    def __init__(
        self,
        module: Module,
        device_ids: Sequence[int | device] | None = None,
        output_device: int | device | None = None,
        dim: int = 0,
    ) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[int] = []

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """What the module gives."""
        return self.module(*inputs, **kwargs)
