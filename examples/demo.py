"""One network learns the same digits twice: with torch, and with refnn.

`make demo`. It runs `digits_cnn.py`, a script for torch, in two worlds. In one of them `import torch` finds
PyTorch, in the other refnn. First it takes three training steps in both at once and shows how far apart they
are, layer by layer. Then it trains both for an epoch, one after the other, tests them, and lays their losses side
by side.

Nothing passes from one run to the other. Each starts from the same seed, once, and draws its own initial weights,
its own order of the images and its own dropout masks; they are the same because refnn draws what torch draws.
"""

import sys
from itertools import zip_longest
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from refnn.diff import compare_script
from refnn.diff.standin import World
from refnn.testing.arrays import to_numpy

SCRIPT = Path(__file__).parent / "digits_cnn.py"
# Seeds at which hardly any value stands so near a kink that rounding decides.
SEED_SIDE_BY_SIDE, SEED = 0, 6
STEPS = 3  # side by side
FIRST = 100  # losses that are compared
ENOUGH = 0.95  # the accuracy that both have to pass
SHOWN = (1, 2, 5, 10, 20, 50, 100, 150, 200, 250)  # rows of the table
BAR = 24  # characters


class Run:
    """The script in one world: from one call of manual_seed to a trained network."""

    def __init__(self, library):
        self.name, self.world = library, World(library, SCRIPT.parent)
        self.script = self.world.run("digits", SCRIPT)
        self.losses, self.seconds, self.accuracy = [], 0.0, 0.0

    def train(self, show):
        """One epoch. `show` is given the step, the number of steps, and the last twenty losses and accuracies."""
        with self.world.active():
            library = self.world.library
            library.manual_seed(SEED)
            model = self.script.make_model()
            self.first_weights = [to_numpy(p).copy() for p in model.parameters()]
            batches, optimizer = self.script.make_batches(), self.script.make_optimizer(model)
            right = []

            def report(loss, share):
                self.losses.append(loss)
                right.append(share)
                show(self.name, len(right), len(batches), self.losses[-20:], right[-20:])

            start = perf_counter()
            self.script.train(model, batches, optimizer, report)
            self.seconds = perf_counter() - start
            self.end_of_stream = to_numpy(library.get_rng_state())
            self.accuracy = self.script.accuracy(model)


def mean(values):
    return sum(values) / len(values)


def train_all(runs, console):
    """Train one after the other, with moving bars in a terminal and a line now and then elsewhere."""
    if not console.is_terminal or console.is_dumb_terminal:

        def say(name, step, steps, losses, right):
            if step in (1, steps) or step % 50 == 0:
                console.print(
                    f"{name}  step {step:3d} of {steps}   loss {mean(losses):.3f}   accuracy {mean(right):6.1%}"
                )

        for run in runs:
            run.train(say)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(BAR),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.3f}  accuracy {task.fields[right]:6.1%}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        for run in runs:
            bar = progress.add_task(run.name, total=None, loss=0.0, right=0.0)

            def move(_name, step, steps, losses, right, bar=bar):
                progress.update(bar, total=steps, completed=step, loss=mean(losses), right=mean(right))

            run.train(move)


def apart(a, b):
    """The relative difference of two losses."""
    return abs(a - b) / abs(a)


def loss_table(first, second):
    """The losses of both runs at some steps, drawn as bars and written as numbers."""
    table = Table("step", f"{first.name}, loss", f"{second.name}, loss", "", "rel. difference", box=None)
    for column in (0, 1, 2, 4):
        table.columns[column].justify = "right"
    highest = max(first.losses)
    for step in SHOWN:
        if step <= len(first.losses):
            a, b = (mean(run.losses[max(0, step - 20) : step]) for run in (first, second))
            exact_a, exact_b = first.losses[step - 1], second.losses[step - 1]
            table.add_row(
                str(step), f"{exact_a:.7f}", f"{exact_b:.7f}", curve(a, b, highest), f"{short(apart(exact_a, exact_b))}"
            )
    return table


def short(difference):
    """One digit, or 0."""
    return f"{difference:.0e}" if difference else "0"


def curve(a, b, highest):
    """Two values as one bar: a block where both reach, a shade where only one does."""
    low, high = (round(BAR * value / highest) for value in sorted((a, b)))
    return ("█" * low + "░" * (high - low)).ljust(BAR)


def say_equal(console, what, is_equal):
    word = "[green]equal to the last bit[/]" if is_equal else "[bold red]DIFFERENT[/]"
    console.print(f"  {what:44}{word}")
    return is_equal


def main():
    console = Console()
    console.rule(f"the first {STEPS} training steps, side by side")
    report = compare_script(SCRIPT, steps=STEPS, seed=SEED_SIDE_BY_SIDE, copy_weights=False)
    report.print(console=console)

    console.rule("one epoch: 8,000 images to learn from, 2,000 to be tested on")
    runs = first, second = Run("torch"), Run("refnn")
    train_all(runs, console)

    console.rule("the two runs, each from nothing but the same seed")
    pairs = zip_longest(first.first_weights, second.first_weights)
    checks = [
        say_equal(console, "the initial weights", all((a == b).all() for a, b in pairs)),
        say_equal(
            console,
            "the random stream after order and masks",
            (first.end_of_stream == second.end_of_stream).all(),
        ),
    ]
    console.print()
    console.print(loss_table(first, second))
    console.print("  bars: the mean of the last twenty losses, █ in both runs, ░ in one of them\n")
    farthest = max(map(apart, first.losses[:FIRST], second.losses[:FIRST]))
    console.print(f"  the largest relative difference of the first {FIRST} losses: {farthest:.1e}")
    console.print("  It begins as rounding. Where two values under a max pooling are equal but for")
    console.print("  that, the runs may choose differently, and Adam widens the gap: two runs of")
    console.print("  torch part in the same way if their convolutions use different algorithms.\n")
    for run in runs:
        console.print(
            f"  {run.name}: [bold]{run.accuracy:.2%}[/] of the test images read rightly, trained in {run.seconds:.1f} s"
        )
    enough = all(run.accuracy > ENOUGH for run in runs)
    if not enough:
        console.print(f"  an accuracy is not above {ENOUGH:.0%}", style="bold red")
    return 0 if report.ok and enough and all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
