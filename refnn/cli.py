"""The command `refnn`."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import runpy
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from refnn.diff import Report

__all__ = ["main"]

_DIFF = """\
Run a script that was written for torch twice, with torch and with refnn in its place, and show how far
apart the two are: every module's output, every gradient, every parameter after the optimizer's step.

The script defines make_model(), make_batches(), loss(model, batch) and, if it is to take steps,
make_optimizer(model). Exit status: 0 if all is within the bound, 1 if not, 2 if it could not be run."""

_EXPLAIN = """\
What a layer, a function or an optimizer is: its equation, refnn's NumPy kernel and derivative rule with file and line,
the corner cases of docs/semantics.md that concern it, and how far refnn's numbers are from torch's on a small input.

NAME is torch's: nn.GRU, F.softmax, torch.add, Tensor.mul, optim.Adam."""

_CONFORM = """\
Compare with torch on torch's own samples: outputs, gradients, second derivatives, state; for refnn's own names the
error inputs, signature and float32 accuracy too. NAME is torch's name of what refnn has, nn.GRU, or somebody else's
class or function, my_package:MyConv or path/to/file.py:MyConv, which is held --against a name of torch's.

A module may be a torch.nn.Module or refnn's; it is built with the arguments of torch's and gets torch's weights under
the same keys. A function takes torch's tensors, or NumPy's arrays with --arrays (then only outputs are compared).
Exit status: 0 if all agree, 1 if not, 2 if nothing could be compared."""

_RUN = """\
Run a script that was written for torch, as it is, on refnn: `import torch` finds refnn, and no torch is needed.
What follows the script's name is the script's own. The exit status is the script's, or 2 if there is no such file."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, by default the program's own; returns the exit status."""
    arguments = _parser().parse_args(argv)
    status: int = arguments.run(arguments)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="refnn", description="torch.nn in NumPy, held against torch.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(run: Callable[[argparse.Namespace], int], help: str, description: str) -> argparse.ArgumentParser:
        name, form = run.__name__.removeprefix("_"), argparse.RawDescriptionHelpFormatter
        made = commands.add_parser(name, help=help, description=description, formatter_class=form)
        made.set_defaults(run=run)
        return made

    diff = command(_diff, "run a torch script under torch and under refnn, and compare", _DIFF)
    diff.add_argument("script", type=Path, help="the file to run")
    diff.add_argument("other", type=Path, nargs="?", help="the file to run second, if it is another one")
    diff.add_argument(
        "--under", type=_libraries, default=("torch", "refnn"), metavar="FIRST,SECOND",
        help="what each run finds as torch (default: torch,refnn)",
    )  # fmt: skip
    diff.add_argument("--steps", type=_positive, default=1, metavar="N", help="batches at most (default: 1)")
    diff.add_argument("--seed", type=int, default=0, help="for the generators (default: 0)")
    diff.add_argument("--rtol", type=float, help="with --atol: the bound |Δ| ≤ atol + rtol |expected|")
    diff.add_argument("--atol", type=float, help="(default: the script's tolerance, else torch's)")
    diff.add_argument("--kinks", type=float, metavar="SHARE", help="of an output gradient that may lie outside")
    diff.add_argument("--own-weights", action="store_true", help="let each model keep the weights it drew")
    diff.add_argument("--all", action="store_true", help="a line for every call and step, not the worst of each")
    diff.add_argument("--json", type=Path, metavar="FILE", help="write all rows there as well")
    run = command(_run, "run a torch script, as it is, on refnn alone", _RUN)
    run.add_argument("script", type=Path, help="the file to run")
    run.add_argument("arguments", nargs=argparse.REMAINDER, help="for the script")
    explain = command(
        _explain, "the equation, NumPy, derivative and corner cases of a name, and torch beside it", _EXPLAIN
    )
    explain.add_argument("name", help="torch's name of it")
    explain.add_argument("--all", action="store_true", help="every line of long kernels")
    conform = command(_conform, "torch's own samples of one name, on refnn's or on somebody else's", _CONFORM)
    conform.add_argument("name", help="torch's name, or module:attribute of another implementation")
    conform.add_argument("--against", metavar="NAME", help="torch's name of what the other implementation is")
    conform.add_argument("--arrays", action="store_true", help="the other function takes and returns NumPy arrays")
    return parser


def _libraries(text: str) -> tuple[str, str]:
    names = text.split(",")
    if len(names) != 2 or not set(names) <= {"torch", "refnn"}:
        raise argparse.ArgumentTypeError(f"expected two of torch and refnn with a comma between, got {text!r}")
    return names[0], names[1]


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1 up, got {text!r}")
    return int(text)


def _diff(arguments: argparse.Namespace) -> int:
    from refnn.diff import BoundError, ScriptError, compare_script

    try:
        report = compare_script(
            arguments.script,
            arguments.other,
            under=arguments.under,
            steps=arguments.steps,
            seed=arguments.seed,
            rtol=arguments.rtol,
            atol=arguments.atol,
            kinks=arguments.kinks,
            copy_weights=not arguments.own_weights,
        )
    except (ScriptError, BoundError, ImportError) as error:
        print(f"refnn diff: {error}", file=sys.stderr)
        return 2
    except Exception:  # of the script's own functions: its traceback says more than we could
        traceback.print_exc()
        return 2
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report.to_dict(), indent=1) + "\n", encoding="utf-8")
    with _readers_may_leave():
        _show(report, every_row=arguments.all)
    return 0 if report.ok else 1


def _run(arguments: argparse.Namespace) -> int:
    from refnn.diff.standin import World

    script: Path = arguments.script
    if not script.is_file():
        print(f"refnn run: there is no file {script}", file=sys.stderr)
        return 2
    own, sys.argv = sys.argv, [str(script), *arguments.arguments]
    try:
        with World("refnn", script.parent).active():
            runpy.run_path(str(script), run_name="__main__")
    finally:
        sys.argv = own
    return 0


def _explain(arguments: argparse.Namespace) -> int:
    from refnn.explain import UnknownName, explain, page, show

    try:
        found = explain(arguments.name)
    except UnknownName as error:
        print(f"refnn explain: {error.args[0]}", file=sys.stderr)
        return 2
    with _readers_may_leave():
        show(page(found, whole=arguments.all))
    return 0


def _conform(arguments: argparse.Namespace) -> int:
    from refnn.bridge import torch_library

    try:
        torch_library()
        from refnn.testing.conformance.conform import conform

        verdict = conform(arguments.name, arguments.against, arrays=arguments.arrays)
    except (LookupError, ImportError) as error:
        print(f"refnn conform: {error.args[0]}", file=sys.stderr)
        return 2
    with _readers_may_leave():
        print(verdict)
    return 0 if verdict.ok else 1


@contextlib.contextmanager
def _readers_may_leave() -> Iterator[None]:
    """A reader that has seen enough, `head` or a pager, is no failure."""
    try:
        yield
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # rich makes the one the other
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _show(report: Report, every_row: bool) -> None:
    """In colour where rich is installed, in plain text otherwise."""
    try:
        report.print(every_row=every_row)
    except ImportError:
        print(report.text(every_row=every_row))
        print("(for colour: pip install 'refnn[report]')", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
