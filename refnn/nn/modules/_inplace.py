"""What modules with an `inplace` option share."""

from __future__ import annotations

from refnn.nn.modules.module import Module

__all__ = ["InPlace", "InPlaceShown", "and_inplace"]


def and_inplace(inplace: bool) -> str:
    """The end of a repr."""
    return ", inplace=True" if inplace else ""


class InPlace(Module):
    """A function of the input alone. `inplace` overwrites the input."""

    __constants__ = ["inplace"]
    inplace: bool

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


class InPlaceShown(InPlace):
    """One that prints `inplace` where it is set."""

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""
