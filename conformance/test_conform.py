"""`refnn conform` and the differences in `refnn explain`: torch's samples on refnn's names and on others' modules."""

import pytest

import refnn
from refnn.cli import main
from refnn.explain import explain
from refnn.explain.against import against_torch
from refnn.testing.conformance.conform import NotComparable, conform

OTHERS = """
import numpy as np
import torch
import refnn

class Same(torch.nn.Linear):
    pass

class Ours(refnn.nn.Linear):
    pass

class Off(torch.nn.Linear):
    def forward(self, x):
        return super().forward(x) * 1.001

class Gradient(torch.nn.Linear):
    def forward(self, x):
        y = super().forward(x)
        return y.detach() + 0.5 * (y - y.detach())

class Keys(torch.nn.Module):
    def __init__(self, inputs, outputs, bias=True, device=None, dtype=None):
        super().__init__()
        self.w = torch.nn.Parameter(torch.ones(outputs, inputs))

class Narrow(torch.nn.Linear):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)

class Plain:
    pass

def relu(x, inplace=False):
    return np.where(x < 0, np.zeros_like(x), x)

def identity(x, inplace=False):
    return x

def tanh(x):
    return 1 - 2 / (torch.exp(2 * x) + 1)

number = 3
"""


@pytest.fixture
def others(tmp_path):
    file = tmp_path / "others.py"
    file.write_text(OTHERS)
    return str(file)


@pytest.mark.parametrize("name", ["nn.Linear", "nn.GRUCell", "F.relu", "F.softmax", "torch.sin", "optim.SGD"])
def test_names_of_refnn(name):
    verdict = conform(name)
    assert verdict.ok, str(verdict)
    assert "conforms:" in str(verdict)


def test_the_verdict_counts_each_dtype_and_mode_errors_signature_and_accuracy():
    text = str(conform("nn.GRUCell"))
    for part in ("float32 train", "float64 eval", "module errors", "signature", "refnn's over torch's"):
        assert part in text


def test_a_fault_in_refnn_is_reported(monkeypatch, capsys):
    monkeypatch.setattr(refnn.nn.Linear, "forward", lambda self, x: x @ self.weight.T)
    assert main(["conform", "nn.Linear"]) == 1
    shown = capsys.readouterr().out
    assert "DOES NOT CONFORM" in shown
    assert "elements differ" in shown


@pytest.mark.parametrize("name", ["Same", "Ours"])
def test_modules_that_conform(others, name):
    verdict = conform(f"{others}:{name}", "nn.Linear")
    assert verdict.ok, str(verdict)
    assert verdict.compared > 100


@pytest.mark.parametrize(
    "name, against, text",
    [
        ("Off", "nn.Linear", "output: "),
        ("Gradient", "nn.Linear", "input_grad"),
        ("Keys", "nn.Linear", "has the keys ['w'], torch's has ['weight', 'bias']"),
        ("Narrow", "nn.Linear", "raises TypeError"),
    ],
)
def test_modules_that_do_not(others, name, against, text):
    verdict = conform(f"{others}:{name}", against)
    assert not verdict.ok
    assert text in str(verdict)
    assert f"{others}:{name}" in str(verdict)


def test_functions(others):
    assert conform(f"{others}:relu", "F.relu", arrays=True).ok
    assert conform(f"{others}:tanh", "torch.tanh").ok
    assert not conform(f"{others}:tanh", "torch.sin").ok
    assert not conform(f"{others}:identity", "F.relu", arrays=True).ok


@pytest.mark.parametrize(
    "name, against, text",
    [
        ("nn.init.zeros_", None, "no samples of nn.init.zeros_"),
        ("OTHERS:Same", None, "say with --against"),
        ("OTHERS:Missing", "nn.Linear", "cannot be loaded"),
        ("nowhere:Missing", "nn.Linear", "No module named 'nowhere'"),
        ("OTHERS:Plain", "nn.Linear", "neither a torch.nn.Module nor a refnn.nn.Module"),
        ("OTHERS:number", "nn.Linear", "neither a class nor a function"),
        ("OTHERS:Same", "nn.Module", "table of modules has no nn.Module"),
    ],
)
def test_what_cannot_be_compared(others, name, against, text):
    with pytest.raises(NotComparable, match=text):
        conform(name.replace("OTHERS", others), against)


# ---------------------------------------------------------------- explain

LAYERS = [f"nn.{name}" for name in refnn.nn.modules.__all__]
FUNCTIONS = [f"nn.functional.{name}" for name in refnn.nn.functional.__all__]
OPTIMIZERS = [f"optim.{name}" for name in refnn.optim.__all__ if name[0].isupper() and name != "Optimizer"]


@pytest.mark.parametrize("name", [*LAYERS, *FUNCTIONS, *OPTIMIZERS])
def test_every_example_gives_torchs_numbers(name):
    found = explain(name)
    if found.example is None and found.found.kind != "optimizer":
        pytest.skip("nothing to call")
    lines = against_torch(found)
    assert lines
    for line in lines:
        assert line.max_abs < 1e-4, line
