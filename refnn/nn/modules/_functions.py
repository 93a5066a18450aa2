"""The autograd Function on which full backward hooks hang."""

from __future__ import annotations

from typing import Any

from refnn.autograd import Function

__all__ = ["BackwardHookFunction"]


class BackwardHookFunction(Function):
    """The identity of any number of tensors: a place in the graph that all their gradients pass at once."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        ctx.mark_non_differentiable(*[arg for arg in args if not arg.requires_grad])
        return args

    @staticmethod
    def backward(ctx: Any, *args: Any) -> Any:
        return args
