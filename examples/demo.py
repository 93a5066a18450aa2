"""One network learns the same digits twice: with torch, and with refnn.

`make demo`. It runs `digits_cnn.py`, a script for torch, in two worlds. In one of them `import torch` finds
PyTorch, in the other refnn. First it takes three training steps in both at once and shows how far apart they
are, layer by layer. Then it trains both for an epoch, one after the other, from the same weights and on the
same batches, and tests them.

The dropout masks are the same because both generators start from the same seed, and refnn draws what torch
draws: the Bernoulli stream of its Mersenne Twister, two 32-bit words an element. Nothing passes from one
run to the other except the initial weights.
"""

import sys
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from refnn.bridge import copy_state
from refnn.diff import compare_script
from refnn.diff.standin import World
from refnn.testing.arrays import to_numpy

SCRIPT = Path(__file__).parent / "digits_cnn.py"
SEED = 1
STEPS = 3
ENOUGH = 0.95  # the accuracy that both have to pass


class Run:
    """The script in one world, with its model."""

    def __init__(self, library):
        self.name, self.world = library, World(library, SCRIPT.parent)
        self.script = self.world.run("digits", SCRIPT)
        with self.world.active():
            self.world.library.manual_seed(SEED)
            self.model = self.script.make_model()
        self.seconds = self.accuracy = 0.0

    def train(self, progress):
        """One epoch, with a bar that shows the loss and the accuracy of the last twenty batches."""
        with self.world.active():
            batches = self.script.make_batches()
            bar = progress.add_task(self.name, total=len(batches), loss=0.0, right=0.0)
            last = []

            def report(loss, right):
                last.append((loss, right))
                del last[:-20]
                means = [sum(column) / len(last) for column in zip(*last, strict=True)]
                progress.update(bar, advance=1, loss=means[0], right=means[1])

            self.world.library.manual_seed(SEED)  # the same dropout masks in both
            start = perf_counter()
            self.script.train(self.model, batches, self.script.make_optimizer(self.model), report)
            self.seconds = perf_counter() - start
            self.accuracy = self.script.accuracy(self.model)


def main():
    console = Console()
    console.rule(f"the first {STEPS} training steps, side by side")
    report = compare_script(SCRIPT, steps=STEPS, seed=SEED)
    report.print(console=console)

    console.rule("one epoch: 8,000 images to learn from, 2,000 to be tested on")
    runs = [Run("torch"), Run("refnn")]
    with runs[1].world.active():
        copy_state(runs[0].model, runs[1].model)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.3f}  accuracy {task.fields[right]:6.1%}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        for run in runs:
            run.train(progress)

    for run in runs:
        console.print(f"{run.name}: {run.accuracy:.2%} of the test images read rightly, trained in {run.seconds:.1f} s")
    console.print(f"the largest difference between two weights at the end: {largest_difference(*runs):.2g}")
    enough = all(run.accuracy > ENOUGH for run in runs)
    if not enough:
        console.print(f"an accuracy is not above {ENOUGH:.0%}", style="bold red")
    return 0 if report.ok and enough else 1


def largest_difference(first, second):
    pairs = zip(first.model.parameters(), second.model.parameters(), strict=True)
    return max(abs(to_numpy(a) - to_numpy(b)).max() for a, b in pairs)


if __name__ == "__main__":
    sys.exit(main())
