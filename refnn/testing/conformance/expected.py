"""Known failures: `conformance/expected_failures.toml`.

    [[expected]]
    test = "modules/nn.RNN/float32/train"
    samples = "3, 5-9"            # or "*": all of them
    quantities = ["second"]
    reason = "why, and what would end it"

A line covers the failures of the samples it names, in the quantities it names. It is stale, and fails
the run, where a sample that it names passes or does not exist, or where its test does not exist.
"""

import functools
from dataclasses import dataclass
from fnmatch import fnmatchcase

from refnn.testing.conformance import names
from refnn.testing.conformance.report import Outcome, Report


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    test: str
    samples: str
    quantities: tuple[str, ...]
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError(f"expected_failures.toml: the line for {self.test} gives no reason")

    def numbers(self, count: int) -> set[int]:
        """The samples that the line names, of a test that has `count`."""
        if self.samples.strip() == "*":
            return set(range(count))
        found: set[int] = set()
        for part in self.samples.split(","):
            first, _, last = part.strip().partition("-")
            found.update(range(int(first), int(last or first) + 1))
        return found

    def covers(self, outcome: Outcome) -> bool:
        """Whether the sample fails, and in nothing but what the line names."""
        return bool(outcome.failures) and outcome.failed_quantities <= set(self.quantities)


@functools.cache
def lines() -> tuple[Line, ...]:
    """The table's lines."""
    rows = names.read_table("expected_failures.toml").get("expected", [])
    return tuple(Line(**{**row, "quantities": tuple(row["quantities"])}) for row in rows)


def sort_out(report: Report, table: tuple[Line, ...]) -> tuple[set[int], list[str]]:
    """The samples whose failure was expected, and a text for every stale line."""
    covered: set[int] = set()
    stale: list[str] = []
    for line in table:
        if not fnmatchcase(report.test, line.test):
            continue
        for number in sorted(line.numbers(len(report.outcomes))):
            if number >= len(report.outcomes):
                stale.append(f"{line.test} names sample {number}, which does not exist")
            elif not report.outcomes[number].failures:
                stale.append(f"{line.test} names sample {number}, which passes")
            elif line.covers(report.outcomes[number]):
                covered.add(number)
    return covered, stale
