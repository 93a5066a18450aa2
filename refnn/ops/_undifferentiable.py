"""Backward ops that torch cannot differentiate again."""

from __future__ import annotations

from typing import Any

from refnn.autograd.op import Op

__all__ = ["undifferentiable"]


def undifferentiable(backward: Op, arrays: int, name: str = "") -> Op:
    """A twin of a backward op of so many arrays, whose own derivatives raise RuntimeError with torch's words.

    `name` is torch's name of the op, where it is another.
    """

    def rule(_g: Any) -> Any:
        raise RuntimeError(f"derivative for aten::{name or backward.name} is not implemented")

    twin = backward.renamed("NotImplemented")
    twin.rules = dict.fromkeys(range(arrays), rule)
    twin.differentiable = True
    return twin
