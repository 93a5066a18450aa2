"""One row for each test, and the table that all rows make.

Rows travel as JSON in pytest's `user_properties`, so that those of xdist's workers reach the process
that prints. A section's entries are its names: the tests of one name, in all dtypes and modes, count
as one entry, with the worst of their states.
"""

import json
import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from refnn.testing.conformance import expected, names, signatures
from refnn.testing.conformance.report import Report

PROPERTY = "conformance"
SHOWN = 5  # failing samples that a test prints in full
STATES = ("failed", "expected", "missing", "passed")  # the first that a name's tests show is the name's
SECTIONS = (
    "modules",
    "module errors",
    "functionals",
    "functional errors",
    "namespace",
    "namespace errors",
    "optimizers",
    "optimizer errors",
    "cases",
    "semantics",
    "interface",
    "signatures",
    "promotion",
    "repr",
)


@dataclass
class Row:
    """The counts of one test; `used` is the largest share of its bound that an element uses."""

    test: str
    section: str
    name: str
    state: str
    samples: int = 0
    passed: int = 0
    failed: int = 0
    missing: int = 0
    expected: int = 0
    compared: int = 0
    used: float = 0.0
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RunRow:
    """A training run under both libraries: the largest relative difference of the losses, early and at the end."""

    script: str
    dtype: str
    steps: int
    after_ten: float
    after_all: float


def row_of(report: Report, covered: set[int]) -> Row:
    """Count a report; `covered` are the samples whose failure was expected."""
    row = Row(report.test, report.section, report.name, "passed", len(report.outcomes), compared=report.compared)
    row.used = round(max((outcome.used for outcome in report.outcomes), default=0.0), 3)
    if report.missing:
        row.state = "missing"
        row.missing = row.samples
        return row
    for number, outcome in enumerate(report.outcomes):
        if outcome.failures and number not in covered:
            row.failed += 1
            row.failures.append(str(outcome)[:400])
        elif outcome.failures:
            row.expected += 1
        elif outcome.missing:
            row.missing += 1
        else:
            row.passed += 1
    row.state = next((s for s in STATES if getattr(row, s)), "passed")
    return row


@dataclass(frozen=True)
class Judgement:
    """What a report means for its test: passed, failed or missing, and why."""

    row: Row
    state: str
    text: str = ""


def judge(report: Report, known: tuple[expected.Line, ...], required: Iterable[str]) -> Judgement:
    """Weigh a report against the known failures and the names that must exist."""
    covered, stale = expected.sort_out(report, known)
    row = row_of(report, covered)
    absent = report.missing or next((o.missing for o in report.outcomes if o.missing), "")
    if absent and report.name in required:
        row.failed, row.missing, row.state = row.failed + row.missing, 0, "failed"
        row.failures.append(f"{absent} is required and missing")
    if stale:
        return Judgement(row, "failed", "\n".join(["stale lines in expected_failures.toml:", *stale]))
    if row.failed:
        return Judgement(row, "failed", _text(report, covered, row))
    if report.missing:
        return Judgement(row, "missing", report.missing)
    if report.outcomes and not report.compared and not absent:
        return Judgement(row, "failed", "nothing was compared")
    return Judgement(row, "passed")


def _text(report: Report, covered: set[int], row: Row) -> str:
    failed = [str(o) for i, o in enumerate(report.outcomes) if o.failures and i not in covered]
    head = f"{report.test}: {row.failed} of {row.samples} samples fail"
    return "\n".join([head, *(failed[:SHOWN] or row.failures)])


# ---------------------------------------------------------------- the whole run


@dataclass
class Board:
    """All rows of a run, those of `accuracy` and of whole training runs apart: they hold figures, not counts."""

    rows: list[Row] = field(default_factory=list)
    ratios: dict[str, float] = field(default_factory=dict)
    runs: list[RunRow] = field(default_factory=list)

    def add(self, value: str) -> None:
        """Take a row as a test recorded it."""
        fields = json.loads(value)
        if "ratio" in fields:
            self.ratios[fields["name"]] = fields["ratio"]
        elif "run" in fields:
            self.runs.append(RunRow(**fields["run"]))
        else:
            self.rows.append(Row(**fields))

    @property
    def compared(self) -> int:
        return sum(row.compared for row in self.rows)

    @property
    def compares_nothing(self) -> bool:
        """Whether tests ran that should compare, and none did: a run like that fails."""
        return bool(self.rows) and not self.compared

    def sections(self) -> dict[str, dict[str, int]]:
        """For each section: its entries and its samples by state."""
        result = {}
        for section in sorted({row.section for row in self.rows}, key=_order):
            rows = [row for row in self.rows if row.section == section]
            entries = _entry_states(rows)
            counts = {f"entries {state}": list(entries.values()).count(state) for state in STATES}
            counts["entries"] = len(entries)
            counts["excluded"] = len(names.excluded(section))
            for key in ("samples", "passed", "failed", "missing", "expected", "compared"):
                counts[key] = sum(getattr(row, key) for row in rows)
            result[section] = counts
        return result

    def as_json(self) -> dict[str, Any]:
        """The board for machines: totals, the rows, the exclusions and their reasons."""
        import torch

        return {
            "torch": torch.__version__,
            "sections": self.sections(),
            "accuracy": self.ratios,
            "runs": [asdict(run) for run in self.runs],
            "excluded": {section: names.excluded(section) for section in SECTIONS if names.excluded(section)},
            "left out": {space: names.left_out(space) for space in signatures.SPACES if names.left_out(space)},
            "refused": names.excluded("refused"),
            "rows": [asdict(row) for row in sorted(self.rows, key=lambda row: row.test)],
        }

    def lines(self) -> list[str]:
        """The board for people."""
        head = ("", "entries", "passed", "failed", "missing", "expected", "excluded")
        tail = ("samples", "passed", "failed", "missing", "expected")
        form = "{:<18}" + "{:>9}" * len(head[1:]) + "   |" + "{:>9}" * len(tail)
        text = [form.format(*head, *tail)]
        for section, counts in self.sections().items():
            entries = [counts["entries"] + counts["excluded"]]
            entries += [counts[f"entries {s}"] for s in ("passed", "failed", "missing", "expected")]
            samples = [counts[key] for key in tail]
            text.append(form.format(section, *entries, counts["excluded"], *samples))
        return text + self._accuracy_lines() + self._run_lines() + self._left_out_lines()

    def _left_out_lines(self) -> list[str]:
        """What stays out, by name: nobody has to look for it among the missing."""
        spaces = {space: names.left_out(space) for space in signatures.SPACES}
        count = sum(map(len, spaces.values()))
        head = f"left out for good: {count} names (conformance/excluded.toml says why)"
        named = [f"  {space}: {', '.join(left)}" for space, left in spaces.items() if left]
        return [head, *named, *(f"  refused: {call}" for call in names.excluded("refused"))]

    def _accuracy_lines(self) -> list[str]:
        if not self.ratios:
            return []
        worst = max(self.ratios, key=self.ratios.__getitem__)
        return [
            f"float32 error over torch's, {len(self.ratios)} modules: "
            f"median {statistics.median(self.ratios.values()):.2f}, "
            f"worst {self.ratios[worst]:.2f} ({worst})"
        ]

    def _run_lines(self) -> list[str]:
        """Drawn values are equal to the bit, or the test fails; here is how far apart the losses are."""
        if not self.runs:
            return []
        form = "{:<18}{:<9}{:>6}{:>14}{:>14}"
        head = form.format("from a seed", "", "steps", "after 10", "after all")
        head += "   largest relative difference of losses"
        runs = sorted(self.runs, key=lambda run: (run.script, run.dtype))
        return [head] + [
            form.format(r.script, r.dtype, r.steps, f"{r.after_ten:.1e}", f"{r.after_all:.1e}") for r in runs
        ]


def _order(section: str) -> int:
    return SECTIONS.index(section) if section in SECTIONS else len(SECTIONS)


def _entry_states(rows: Iterable[Row]) -> dict[str, str]:
    states = defaultdict(set)
    for row in rows:
        states[row.name].add(row.state)
    return {name: next(s for s in STATES if s in found) for name, found in states.items()}
