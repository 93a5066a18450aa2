"""Compare the two runs of one script that was written for torch.

The protocol. A script is a Python file that says `import torch` (and whatever it likes below torch) and
defines, at its top level:

    make_model()            -> a torch.nn.Module
    make_batches()          -> an iterable of batches: anything that loss understands
    loss(model, batch)      -> a scalar tensor; it calls the model
    make_optimizer(model)   -> optional: an optimizer, of which step() is called
    tolerance = {...}       optional: rtol and atol, or kinks, of refnn.diff.Bound, where they are not the usual

The file is executed twice as a module (what stands under `if __name__ == "__main__":` does not run): once
with torch, and once with refnn under the name `torch`. Each run then goes

    model = make_model();  optimizer = make_optimizer(model)
    for batch in make_batches():
        model.zero_grad();  value = loss(model, batch);  value.backward();  optimizer.step()

in step with the other, and everything is compared: the batches, each module call's output, the loss, the
gradients of those outputs and of the parameters, the parameters after the step, and the buffers. Without
make_optimizer, the parameters stay as they are.

So that the two can be equal, the second model starts with a copy of the first one's weights, and before
make_model, make_batches and every step the generators of the library, of NumPy and of Python are seeded
with the same number. Whatever else decides about the run, the script has to hold fixed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from refnn.bridge import copy_state
from refnn.diff.comparison import compare_sides
from refnn.diff.judge import Bound, BoundError
from refnn.diff.record import Side
from refnn.diff.report import Report
from refnn.diff.standin import World

__all__ = ["ScriptError", "compare_script"]

_NEEDED = ("make_model()", "make_batches()", "loss(model, batch)")


class ScriptError(Exception):
    """The script does not keep to the protocol."""


def compare_script(
    script: str | Path,
    other: str | Path | None = None,
    *,
    under: tuple[str, str] = ("torch", "refnn"),
    steps: int | None = None,
    seed: int = 0,
    rtol: float | None = None,
    atol: float | None = None,
    kinks: float | None = None,
    copy_weights: bool = True,
    on_step: Callable[[int], object] = lambda step: None,
) -> Report:
    """Run a script under both libraries, or two scripts against each other, and compare.

    Args:
        script: the file; the protocol stands in this module's docstring.
        other: the file that is run second, if it is another one.
        under: the library that the first and the second run find as `torch`.
        steps: how many batches at most.
        seed: what the generators are seeded with: before each step, seed + step.
        rtol, atol, kinks: the bound, as in `Bound`; by default the first script's own, or torch's tolerances.
        copy_weights: whether the second model starts with the first one's weights.
        on_step: called with the number of steps done, after each.

    Raises ScriptError where a script is missing, fails to run or lacks a function; ImportError where torch
    is needed and not installed; whatever the script's own functions raise, with a note on where.
    """
    given = {"rtol": rtol, "atol": atol, "kinks": kinks}
    asked = {name: value for name, value in given.items() if value is not None}
    Bound(**asked)  # a wrong one is said before anything runs
    files = Path(script), Path(script if other is None else other)
    (first, own), (second, _) = (_start(f, library, seed) for f, library in zip(files, under, strict=True))
    try:
        bound = Bound(**{**own, **asked})
    except BoundError as error:
        raise ScriptError(f"{script}: tolerance: {error}") from None
    if under[0] == under[1]:
        first.name, second.name = "expected", "actual"
    if copy_weights:
        with second.active():
            copy_state(first.model, second.model)
    return compare_sides(first, second, steps=steps, seed=seed, bound=bound, on_step=on_step)


def _start(file: Path, library: str, seed: int) -> tuple[Side, dict[str, float]]:
    """Execute the script in a world of its own, and make its model and optimizer. Also its tolerance."""
    if not file.is_file():
        raise ScriptError(f"no such file: {file}")
    world = World(library, file.parent)
    _seed_all(world.library, seed)
    try:
        module = world.run(f"{file.stem} (under {library})", file)
    except (Exception, SystemExit) as error:
        raise ScriptError(f"{file} failed under {library}: {type(error).__name__}: {error}") from error
    _check_protocol(file, module)
    _seed_all(world.library, seed)
    with world.active(), _noted(f"while {file} was prepared under {library}"):
        model = module.make_model()
        if not isinstance(model, world.library.nn.Module):
            raise ScriptError(f"{file}: make_model() returned a {type(model).__name__}, not a torch.nn.Module")
        optimizer = module.make_optimizer(model) if hasattr(module, "make_optimizer") else None
        _seed_all(world.library, seed)
        batches = module.make_batches()
        if not isinstance(batches, Iterable):
            raise ScriptError(f"{file}: make_batches() returned a {type(batches).__name__}, which is not iterable")
    side = Side(
        name=library,
        model=model,
        batches=batches,
        loss=module.loss,
        optimizer=optimizer,
        seed=lambda number: _seed_all(world.library, number),
        active=world.active,
    )
    return side, dict(getattr(module, "tolerance", {}))


@contextmanager
def _noted(note: str) -> Iterator[None]:
    """Add a note to whatever is raised inside."""
    try:
        yield
    except Exception as error:
        error.add_note(note)
        raise


def _check_protocol(file: Path, module: ModuleType) -> None:
    missing = [form for form in _NEEDED if not callable(getattr(module, form.partition("(")[0], None))]
    if missing:
        raise ScriptError(
            f"{file} does not define {', '.join(missing)}; `refnn diff` asks a script for "
            f"{', '.join(_NEEDED)} and, if it is to take steps, make_optimizer(model)"
        )
    tolerance = getattr(module, "tolerance", {})
    if not isinstance(tolerance, dict):
        raise ScriptError(f"{file}: tolerance is a dict of rtol, atol and kinks, not a {type(tolerance).__name__}")
    unknown = set(tolerance) - {"rtol", "atol", "kinks"}
    if unknown:
        raise ScriptError(f"{file}: tolerance takes rtol, atol and kinks, not {', '.join(sorted(map(str, unknown)))}")


def _seed_all(library: Any, number: int) -> None:
    random.seed(number)
    np.random.seed(number % 2**32)
    library.manual_seed(number)
