"""Scripts for torch print the same after `import refnn as torch`.

The text between numbers is equal, whole numbers too; numbers with a point agree to a unit of their last digit.
"""

import contextlib
import io
import re
import warnings
from itertools import zip_longest
from pathlib import Path

import pytest

import refnn
from refnn.cli import main

torch = pytest.importorskip("torch")

SCRIPTS = sorted((Path(__file__).parent / "programs" / "scripts").glob("*.py"))
NUMBER = re.compile(r"-?\d+\.\d*(?:e[-+]\d+)?")


def swapped(source):
    """The script with refnn in the place of torch: what its user changes is the imports."""
    source = re.sub(r"^import torch$", "import refnn as torch", source, flags=re.MULTILINE)
    return re.sub(r"^(from|import) torch\b", r"\1 refnn", source, flags=re.MULTILINE)


def printed(source, path, library):
    """What a script prints, run with the library that its imports name."""
    names = {"__name__": "__main__", "__file__": str(path)}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()) as out:
        warnings.simplefilter("ignore")
        exec(compile(source, path, "exec"), names)
    assert names["torch"] is library
    return out.getvalue().replace("refnn", "torch")


def unit(number):
    """One in the last digit: 0.001 for 1.234, 1e-7 for 1.2e-06."""
    mantissa, _, exponent = number.partition("e")
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def differences(expected, found):
    """The lines that differ, each as a pair."""
    pairs = []
    for a, b in zip_longest(expected.splitlines(), found.splitlines(), fillvalue="(no line)"):
        texts = [re.sub(r"\s", "", NUMBER.sub("#", line)) for line in (a, b)]
        numbers = zip(NUMBER.findall(a), NUMBER.findall(b), strict=False)
        apart = any(abs(float(x) - float(y)) > 1.01 * unit(x) for x, y in numbers)
        if texts[0] != texts[1] or apart:
            pairs.append((a, b))
    return pairs


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_prints_the_same(path):
    source = path.read_text(encoding="utf-8")
    expected = printed(source, path, torch)
    found = printed(swapped(source), path, refnn)
    assert len(expected.splitlines()) > 20
    assert differences(expected, found) == []


def test_the_command_runs_a_script_as_it_is(capsys):
    path = next(path for path in SCRIPTS if path.stem == "own_parts")
    assert main(["run", str(path)]) == 0
    found = capsys.readouterr().out.replace("refnn", "torch")
    assert differences(printed(path.read_text(encoding="utf-8"), path, torch), found) == []


def test_the_scripts_are_there():
    assert len(SCRIPTS) >= 4


@pytest.mark.parametrize(
    "expected, found, same",
    [
        ("loss 1.2345", "loss 1.2345", True),
        ("loss 1.2345", "loss 1.2346", True),
        ("loss 1.2345", "loss 1.2347", False),
        ("1.2e-06", "1.3e-06", True),
        ("1.2e-06", "1.4e-06", False),
        ("tensor(3)", "tensor(4)", False),
        ("tensor([1., 2.])", "array([1., 2.])", False),
        ("[0.5, 0.25]", "[0.5]", False),
        ("tensor([ 1.5])", "tensor([1.5])", True),
        ("one\ntwo", "one", False),
    ],
)
def test_what_counts_as_the_same(expected, found, same):
    assert (differences(expected, found) == []) == same
