"""Channel shuffle as a module."""

from __future__ import annotations

from typing import Any

from refnn.nn import functional as F
from refnn.nn.modules.module import Module

__all__ = ["ChannelShuffle"]


class ChannelShuffle(Module):
    """The channels of x (N, C, *), in `groups` groups, interleaved: one of each group, then the next of each.

    Raises RuntimeError for fewer than 3 dimensions, and where groups does not divide C.

    Source: torch.nn.ChannelShuffle; Zhang et al., 2018.
    """

    __constants__ = ["groups"]
    groups: int

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Any) -> Any:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
