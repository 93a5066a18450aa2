"""Where more than torch's own tolerance is allowed: `conformance/tolerances.toml`.

A line names the tests and the quantities that it concerns (shell patterns), the bound, and why::

    [[tolerance]]
    test = "modules/nn.Conv2d/float32/*"
    quantities = ["param_grad"]
    rtol = 1e-5
    atol = 1e-4
    reason = "sums of 1,000 products of values up to 81: torch's own error against float64 is 3e-5"
"""

import functools
from dataclasses import dataclass
from fnmatch import fnmatchcase

from refnn.testing.conformance import names
from refnn.testing.conformance.compare import Tolerance
from refnn.testing.conformance.evaluate import Bounds


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    test: str
    quantities: tuple[str, ...]
    rtol: float
    atol: float
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError(f"tolerances.toml: the line for {self.test} gives no reason")


@functools.cache
def lines() -> tuple[Line, ...]:
    """The table's lines."""
    rows = names.read_table("tolerances.toml").get("tolerance", [])
    return tuple(Line(**{**row, "quantities": tuple(row["quantities"])}) for row in rows)


def bounds_for(test: str) -> Bounds:
    """What replaces torch's tolerance in a test: the first line that matches."""
    mine = [line for line in lines() if fnmatchcase(test, line.test)]

    def bounds(quantity: str, _path: str) -> Tolerance | None:
        for line in mine:
            if quantity in line.quantities:
                return Tolerance(line.rtol, line.atol)
        return None

    return bounds
