"""`docs/semantics.md`: its rows, and how the code in them runs, with torch or with refnn as `torch`.

A row has five cells: its number, what is so, the names it concerns, a line of code, what the line gives. The line
is statements with `;` between them, and an expression at the end.
"""

from __future__ import annotations

import math
import re
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from refnn._files import beside

__all__ = ["CornerCase", "corner_cases", "plain", "run_line"]

DOCUMENT = "docs/semantics.md"


@dataclass(frozen=True)
class CornerCase:
    """A row of the document; `family` is the title of its table."""

    family: str
    number: str
    text: str
    names: tuple[str, ...]
    code: str
    gives: str

    @property
    def claim(self) -> Any:
        """What the code gives, as a value."""
        return eval(self.gives, {"nan": math.nan, "inf": math.inf})


def corner_cases() -> list[CornerCase]:
    """The document's rows, in its order. Raises ValueError for a row that is not of five cells."""
    family, rows = "", []
    for line in beside(DOCUMENT).read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            family = re.sub(r"^[\d.\s]+", "", line[3:])
        elif re.match(r"\| \d", line):
            rows.append(_row(family, line))
    return rows


def _row(family: str, line: str) -> CornerCase:
    cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
    if len(cells) != 5:
        raise ValueError(f"{DOCUMENT}: {len(cells)} cells where there are five: {line}")
    number, text, names, code, gives = cells
    listed = tuple(re.findall(r"`([^`]+)`", names))
    return CornerCase(family, number, text, listed, code.strip("`"), gives.strip("`"))


def run_line(lib: types.ModuleType, code: str) -> Any:
    """The value of a row's last expression, `torch` being the library."""
    *statements, last = re.split(r"; ", code)
    scope = _scope(lib)
    if statements:
        exec("; ".join(statements), scope)
    return eval(last, scope)


def _scope(torch: Any) -> dict[str, Any]:
    def grad(function: Callable[..., Any], *xs: Any) -> Any:
        """The gradients of function(*xs).sum()."""
        leaves = [x.detach().clone().requires_grad_() for x in xs]
        found = torch.autograd.grad(function(*leaves).sum(), leaves, create_graph=True)
        return found[0] if len(found) == 1 else list(found)

    def path(name: str, gradients: list[float], start: float = 0.0, **options: Any) -> list[float]:
        """A parameter after each step of an optimizer, one for each gradient, in float64."""
        p = torch.nn.Parameter(torch.tensor([start], dtype=torch.float64))
        optimizer = getattr(torch.optim, name)([p], **options)
        seen = []
        for gradient in gradients:
            p.grad = torch.tensor([gradient], dtype=torch.float64)
            optimizer.step()
            seen.append(p.item())
        return seen

    return {
        "torch": torch, "nn": torch.nn, "F": torch.nn.functional, "T": torch.tensor, "grad": grad, "path": path,
        "raises": _raised, "warns": _warned, "nan": math.nan, "inf": math.inf,
    }  # fmt: skip


def _raised(function: Callable[[], Any]) -> str:
    """The exception that a call raises: its type, and the first line of its text."""
    try:
        function()
    except Exception as error:
        return f"{type(error).__name__}: {error}".split("\n")[0]
    return "nothing"


def _warned(function: Callable[[], Any]) -> list[str]:
    """The beginnings of the warnings that a call gives."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function()
    return [str(item.message)[:50] for item in caught]


def plain(value: Any) -> Any:
    """A result as lists, numbers and text."""
    if hasattr(value, "detach"):
        return value.detach().tolist()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)
