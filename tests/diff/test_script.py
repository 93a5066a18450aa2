"""`refnn diff`, refnn against refnn: exit status, output, how refnn stands in for torch."""

import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import refnn
from refnn.cli import main
from refnn.diff import ScriptError, compare_script
from refnn.diff.standin import World

GOOD = """
import random
import numpy as np
import torch
import torch.autograd
from torch import nn
from torch.nn import Module, Parameter
import helper

class Net(Module):
    def __init__(self):
        super().__init__()
        self.inner = helper.Scale()
        self.bias = Parameter(torch.zeros(3))
    def forward(self, x):
        return self.inner(x) FAULT + self.bias

class SGD:
    def __init__(self, parameters):
        self.parameters = list(parameters)
    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= 0.1 * p.grad

def make_model():
    return Net()

def make_batches():
    for _ in range(4):
        yield torch.rand(2, 3) + float(np.random.rand()) + random.random()

def loss(model, batch):
    assert torch.__name__ == "refnn", "in a refnn world torch is refnn, inside functions as well"
    import torch.nn.parameter as late
    assert late.Parameter is Parameter
    return (model(batch) ** 2).mean()

def make_optimizer(model):
    return SGD(model.parameters())

assert __name__ != "__main__"
"""
HELPER = """
import torch

class Scale(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.rand(3))
    def forward(self, x):
        return x * self.weight
"""
LINEAR = """
import torch
from torch import nn
def make_model(): return nn.Linear(2, 1)
def make_batches(): return [torch.ones(1, 2)]
def loss(model, batch): return model(batch).sum()
"""
REFNN = ("refnn", "refnn")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "good.py").write_text(GOOD.replace("FAULT", ""))
    (tmp_path / "bad.py").write_text(GOOD.replace("FAULT", "* 1.001"))
    return tmp_path


def diff(*arguments):
    return main(["diff", *map(str, arguments), "--under", "refnn,refnn"])


def test_equal(folder, capsys):
    assert diff(folder / "good.py", "--steps", 3) == 0
    shown = capsys.readouterr().out
    assert "3 steps" in shown
    assert "within the bound throughout" in shown
    assert "inner.weight" in shown


def test_a_planted_fault(folder, capsys):
    assert diff(folder / "good.py", folder / "bad.py") == 1
    assert "first in output of Net (step 0)" in capsys.readouterr().out


def test_a_wider_bound_lets_it_pass(folder):
    assert diff(folder / "good.py", folder / "bad.py", "--rtol", 0.1, "--atol", 0.1) == 0


@pytest.mark.parametrize(
    "tolerance, options, status",
    [
        ({"rtol": 0.1, "atol": 0.1}, [], 0),
        ({"rtol": 0.1, "atol": 0.1}, ["--rtol", 0, "--atol", 1e-6], 1),
        ({"kinks": 1.0}, [], 1),
        ({"epsilon": 1.0}, [], 2),
    ],
)
def test_a_script_may_state_its_tolerance(folder, tolerance, options, status):
    file = folder / "script.py"
    file.write_text(GOOD.replace("FAULT", "") + f"\ntolerance = {tolerance}")
    assert diff(file, folder / "bad.py", *options) == status


def test_all_rows_and_json(folder, capsys):
    file = folder / "rows.json"
    assert diff(folder / "good.py", folder / "bad.py", "--steps", 2, "--all", "--json", file) == 1
    shown = capsys.readouterr().out
    assert "outputs, step 0" in shown
    assert "outputs, step 1" in shown
    data = json.loads(file.read_text())
    assert data["first_divergence"]["kind"] == "output"
    assert data["steps"] == 2


def test_plain_text_without_rich(folder, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "rich", None)
    assert diff(folder / "good.py") == 0
    shown = capsys.readouterr()
    assert "within the bound throughout" in shown.out
    assert "pip install 'refnn[report]'" in shown.err


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "does not define make_model(), make_batches(), loss(model, batch)"),
        ("def make_model(): ...\nloss = 3", "does not define make_batches(), loss(model, batch)"),
        ("1 / 0", "failed under refnn: ZeroDivisionError: division by zero"),
        ("import torch.no_such_module", "failed under refnn: ModuleNotFoundError"),
        ("def f(:", "failed under refnn: SyntaxError"),
        ("raise SystemExit(3)", "failed under refnn: SystemExit: 3"),
        (f"{LINEAR}def make_model(): return 3", "make_model() returned a int, not a torch.nn.Module"),
        (f"{LINEAR}def make_batches(): return 3", "make_batches() returned a int, which is not iterable"),
        (f"{LINEAR}tolerance = 3", "tolerance is a dict of rtol, atol and kinks, not a int"),
        (f"{LINEAR}tolerance = {{'atol': 1}}", "script.py: tolerance: rtol and atol have to be given together"),
        (f"{LINEAR}def make_model(): return nn.Nothing()", "was prepared under refnn"),
        (f"{LINEAR}def loss(model, batch): return model(batch).sum().item()", "scalar tensor, not float"),
        (f"{LINEAR}def loss(model, batch): raise ValueError('bad')", "in loss"),
    ],
)
def test_scripts_that_cannot_be_run(tmp_path, capsys, text, message):
    file = tmp_path / "script.py"
    file.write_text(text)
    assert diff(file) == 2
    assert message in capsys.readouterr().err


def test_no_batches_is_a_failure(tmp_path, capsys):
    file = tmp_path / "script.py"
    file.write_text(f"{LINEAR}def make_batches(): return []")
    assert diff(file) == 1
    assert "FAILED: nothing was compared, there was no batch" in capsys.readouterr().out


def test_nan_on_both_sides_is_said(tmp_path, capsys):
    file = tmp_path / "script.py"
    file.write_text(f"{LINEAR}def loss(model, batch): return model(batch).sum() * float('nan')")
    assert diff(file) == 0
    assert "NaN on both sides, first in loss" in capsys.readouterr().out


@pytest.mark.parametrize("layer", ["nn.LazyLinear(1)", "nn.Sequential(nn.LazyConv1d(1, 1), nn.LazyLinear(1))"])
def test_lazy_layers(tmp_path, layer):
    file = tmp_path / "script.py"
    file.write_text(f"{LINEAR}def make_model(): return {layer}")
    assert diff(file, "--steps", 2) == 0


def test_a_call_that_only_one_side_makes_is_a_failure(tmp_path, capsys):
    files = [tmp_path / name for name in ("first.py", "second.py")]
    for file, model in zip(files, ("nn.Sequential()", "nn.Sequential(nn.Identity())"), strict=True):
        file.write_text(f"{LINEAR}def make_model(): return nn.Sequential(nn.Linear(2, 1), {model})")
    assert diff(*files) == 1
    assert "only actual has it" in capsys.readouterr().out


def test_an_error_in_the_scripts_own_functions(folder, capsys):
    file = folder / "script.py"
    file.write_text(GOOD.replace("FAULT", "+ torch.zeros(7)"))
    assert diff(file) == 2
    shown = capsys.readouterr().err
    assert "while expected ran step 0" in shown
    assert "must match the size of tensor b (7)" in shown


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["nowhere.py"], "no such file"),
        (["nowhere.py", "--rtol", "1"], "have to be given together"),
    ],
)
def test_bad_arguments(capsys, arguments, message):
    assert diff(*arguments) == 2
    assert message in capsys.readouterr().err


def test_weights_are_copied_unless_they_may_not(folder):
    file = folder / "script.py"
    file.write_text(GOOD.replace("FAULT", "").replace("return Net()", "torch.manual_seed(LIVE.pop()); return Net()"))
    file.write_text("LIVE = [1]\nimport helper\nLIVE = helper.__dict__.setdefault('seeds', [1])\n" + file.read_text())
    other = folder / "other.py"
    other.write_text(file.read_text().replace("[1]", "[2]"))
    assert compare_script(file, other, under=REFNN).ok
    report = compare_script(file, other, under=REFNN, copy_weights=False)
    assert report.first_divergence.label == "initial of inner.weight"


def test_without_an_optimizer_no_parameter_changes(folder):
    file = folder / "script.py"
    file.write_text(GOOD.replace("FAULT", "").replace("def make_optimizer", "def unused"))
    report = compare_script(file, under=REFNN, steps=2)
    assert report.ok
    assert not [row for row in report.rows if row.kind == "parameter"]


def test_everything_is_as_it_was_afterwards(folder):
    before, path, specs = dict(sys.modules), list(sys.path), refnn.nn.__spec__
    compare_script(folder / "good.py", folder / "bad.py", under=REFNN)
    gone = set(before) - set(sys.modules)
    assert not gone
    assert (
        not [name for name in sys.modules if name == "helper" or name.partition(".")[0] == "torch"] or "torch" in before
    )
    assert "helper" not in sys.modules
    assert sys.path == path
    assert refnn.nn.__spec__ is specs
    assert specs.name == "refnn.nn"


def test_everything_is_as_it_was_after_an_error(folder):
    (folder / "script.py").write_text("import helper\n1 / 0")
    with pytest.raises(ScriptError):
        compare_script(folder / "script.py", under=REFNN)
    assert "helper" not in sys.modules
    assert str(folder) not in sys.path


def test_a_helper_is_imported_once_in_each_world(folder):
    worlds = [World("refnn", folder), World("refnn", folder)]
    modules = [w.run("script", folder / "good.py") for w in worlds]
    assert modules[0].helper is not modules[1].helper
    for world, module in zip(worlds, modules, strict=True):
        with world.active():
            import helper

            assert helper is module.helper


def test_a_script_beside_refnn_itself(folder, monkeypatch):
    """Its folder holds refnn, which is not the script's own."""
    file = folder / "script.py"
    file.write_text("import torch.utils.data\nimport refnn.optim\nimport conftest_of_nobody as c\n")
    root = Path(refnn.__file__).parent.parent
    (folder / "conftest_of_nobody.py").write_text("")
    world = World("refnn", folder)
    world.run("script", file)
    monkeypatch.setattr(refnn, "optim", refnn.optim)
    monkeypatch.delitem(sys.modules, "refnn.optim")
    root_world = World("refnn", root)
    file.write_text("import torch.optim")
    root_world.run("script", file)
    assert sys.modules["refnn"] is refnn
    assert "refnn.optim" in sys.modules
    assert "conftest_of_nobody" not in sys.modules


def test_a_script_runs_under_one_of_two():
    with pytest.raises(ValueError, match="not under 'jax'"):
        World("jax", Path())


def test_seeds_cover_python_and_numpy(folder):
    random.seed(5)
    np.random.seed(5)
    assert compare_script(folder / "good.py", under=REFNN, seed=-3, steps=2).ok


def test_the_command_where_torch_is_missing(folder):
    """In a process of its own, in which torch cannot be imported."""
    code = (
        "import sys; sys.modules['torch'] = None; from refnn.cli import main; "
        f"sys.exit(main(['diff', {str(folder / 'good.py')!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "refnn diff: this needs torch: pip install 'refnn[torch]'\n"


@pytest.mark.parametrize("command", ["explain nn.Conv2d", "diff {}/good.py --under refnn,refnn --steps 4 --all"])
def test_into_a_pipe_that_closes(folder, command):
    code = f"{sys.executable} -m refnn.cli {command.format(folder)} | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"
    assert "Error" not in done.stderr
