"""Derivatives that torch does not have: asking for one raises its error."""

from __future__ import annotations

from typing import Any

from refnn.autograd.op import Op

__all__ = ["lacks_derivative", "undifferentiable"]


def lacks_derivative(operation: Op, name: str = "", listed: bool = False) -> Op:
    """The op, whose derivative now raises torch's error; `name` is torch's name of it, where that is another.

    The error is NotImplementedError of ops that torch lists as ones without a derivative, else RuntimeError.
    """
    called = name or operation.name

    def rule(g: Any, needs: Any) -> Any:
        if listed:
            raise NotImplementedError(f"the derivative for '{called}' is not implemented.")
        raise RuntimeError(f"derivative for aten::{called} is not implemented")

    operation.joint_derivative(rule)
    return operation


def undifferentiable(backward: Op, name: str = "", listed: bool = False) -> Op:
    """A twin of a backward op, whose own derivative raises."""
    return lacks_derivative(backward.renamed("NotImplemented"), name, listed)
