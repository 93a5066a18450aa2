"""Softmax and cross entropy."""

from typing import Any

import numpy as np

from benchmarks import by_hand
from benchmarks.case import Case, Work, bare, count, floats, function, passes

ROWS = (1024, 128)


def cross_entropy(rows: int, classes: int) -> Case:
    labels = np.random.default_rng(1).integers(0, classes, rows)
    n = rows * classes
    return Case(
        f"CrossEntropyLoss {rows} × {classes}",
        {"forward": Work(4 * n, 4 * n), "backward": Work(3 * n, 4 * 2 * n)},
        function(_cross_entropy, floats(rows, classes), labels),
        by_hand=lambda: by_hand.cross_entropy(floats(rows, classes), labels),
    )


def _cross_entropy(torch: Any, x: Any, labels: Any) -> Any:
    return torch.nn.functional.cross_entropy(x, labels)


CASES = [
    cross_entropy(64, 10),
    cross_entropy(8192, 128),
    cross_entropy(1024, 10_000),
    Case(
        "softmax 1024 × 128",
        passes(count(*ROWS), 2, 3, operations=4),
        function(lambda torch, x: torch.softmax(x, -1), floats(*ROWS)),
        by_hand=bare(by_hand.softmax, ROWS, ROWS),
    ),
    Case(
        "log_softmax 1024 × 128",
        passes(count(*ROWS), 2, 3, operations=4),
        function(lambda torch, x: torch.log_softmax(x, -1), floats(*ROWS)),
        by_hand=bare(by_hand.log_softmax, ROWS, ROWS),
    ),
]
