"""What a comparison found: failures, outcomes of samples, the report of a test."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Failure:
    """One disagreement: in which quantity, at which path in it, and what differs."""

    quantity: str
    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.quantity}{f' [{self.path}]' if self.path else ''}: {self.text}"


@dataclass
class Outcome:
    """One sample: what was compared and what disagreed. `missing` names what refnn lacks for it."""

    sample: int
    title: str = ""
    compared: int = 0
    failures: list[Failure] = field(default_factory=list)
    missing: str = ""
    used: float = 0.0  # the largest share of its bound that an element uses

    @property
    def failed_quantities(self) -> set[str]:
        return {failure.quantity for failure in self.failures}

    def __str__(self) -> str:
        head = f"sample {self.sample}{f' ({self.title})' if self.title else ''}"
        return "\n".join([head, *(f"    {failure}" for failure in self.failures)])


@dataclass
class Report:
    """All samples of one test. `missing` names what refnn lacks for all of it, `skipped` what is not installed."""

    test: str
    outcomes: list[Outcome] = field(default_factory=list)
    missing: str = ""
    skipped: str = ""

    @property
    def section(self) -> str:
        return self.test.split("/")[0]

    @property
    def name(self) -> str:
        return "/".join(self.test.split("/")[1:]) if self.section == "repr" else self.test.split("/")[1]

    @property
    def compared(self) -> int:
        return sum(outcome.compared for outcome in self.outcomes)

    @property
    def failed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.failures]


def numbered(titles: Iterable[str]) -> Iterator[Outcome]:
    """Empty outcomes in order, one for each title."""
    return (Outcome(index, title) for index, title in enumerate(titles))
