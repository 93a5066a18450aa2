"""The differ against torch itself: models, scripts, and faults that it has to see."""

import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import refnn
from refnn.cli import main
from refnn.diff import compare, compare_script
from refnn.testing.arrays import to_numpy

EXAMPLE = Path(__file__).parent.parent / "examples" / "digits_cnn.py"


def floats(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def square(library, model, batch):
    out = model(batch)
    leaves = out if isinstance(out, tuple) else (out,)
    return sum((leaf * leaf).mean() for leaf in leaves)


def sgd(library, model):
    return library.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


MODELS = {
    "mlp": (lambda: nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Dropout(0.5), nn.Linear(8, 2)), (5, 6)),
    "cnn": (
        lambda: nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(27, 2)),
        (4, 2, 8, 8),
    ),
    "rnn": (lambda: nn.RNN(3, 4, 2, dropout=0.3, bidirectional=True), (5, 2, 3)),
    "in place": (
        lambda: nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True), nn.Linear(4, 2)),
        (3, 4),
    ),
    "shared": (lambda: nn.Sequential(*[nn.Linear(4, 4)] * 3), (2, 4)),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_torch_model_and_its_conversion(name):
    build, shape = MODELS[name]
    torch.manual_seed(0)
    report = compare(build(), batches=[floats(*shape, seed=i) for i in range(3)], loss=square, optimizer=sgd)
    report.raise_if_diverged()
    assert report.names == ("torch", "refnn")
    assert report.steps == 3
    assert {row.kind for row in report.rows} >= {"output", "output gradient", "gradient", "parameter", "loss"}


def test_a_refnn_model_is_held_against_torch():
    report = compare(refnn.nn.Linear(3, 2), batches=[floats(4, 3)], loss=square)
    assert report.ok
    assert report.names == ("torch", "refnn")


def test_two_models_written_separately():
    torch.manual_seed(1)
    refnn.manual_seed(2)
    first, second = nn.Linear(3, 2), refnn.nn.Linear(3, 2)
    assert compare(first, second, batches=[floats(4, 3)], loss=square).first_divergence.kind == "initial"
    second.load_state_dict({k: refnn.from_numpy(to_numpy(v).copy()) for k, v in first.state_dict().items()})
    assert compare(first, second, batches=[floats(4, 3)], loss=square).ok


def test_a_loss_module_of_torch():
    batches = [(floats(6, 4, seed=i), np.array([0, 1, 2, 0, 1, 2])) for i in range(2)]
    compare(nn.Linear(4, 3), batches=batches, loss=nn.CrossEntropyLoss(), optimizer=sgd).raise_if_diverged()


def dropped_bias(net):
    net[0].bias = None


def transposed(net):
    net[3].weight = refnn.nn.Parameter(net[3].weight.detach().transpose(0, 1).clone())


def other_slope(net):
    net[1] = refnn.nn.LeakyReLU(0.02)


def other_pool(net):
    net[4] = refnn.nn.AvgPool2d(2)


def other_stride(net):
    net[0].stride = (2, 2)


def other_dropout(net):
    net[5].p = 0.25


def evaluating(net):
    net[5].eval()


def left_out(net):
    net[2] = refnn.nn.Sequential()


FAULTS = {
    dropped_bias: ("initial", "0.bias"),
    transposed: ("initial", "3.weight"),
    other_slope: ("output", "1"),
    other_pool: ("output", "4"),
    other_stride: ("output", "0"),
    other_dropout: ("output", "5"),
    evaluating: ("output", "5"),
    left_out: ("output", "2.0"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults(fault):
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1),
        nn.LeakyReLU(0.01),
        nn.Sequential(nn.Identity()),
        nn.Conv2d(2, 2, 1),
        nn.MaxPool2d(2),
        nn.Dropout(0.5),
        nn.Flatten(),
    )
    actual = refnn.bridge.from_torch(net)
    assert compare(net, actual, batches=[floats(2, 1, 8, 8)], loss=square).ok
    fault(actual)
    report = compare(net, actual, batches=[floats(2, 1, 8, 8)], loss=square)
    assert (report.first_divergence.kind, report.first_divergence.name) == FAULTS[fault]


def test_the_example():
    report = compare_script(EXAMPLE, steps=2)
    report.raise_if_diverged()
    names = {row.name for row in report.rows if row.kind == "output"}
    assert names == {"conv1", "conv2", "pool", "dropout1", "fc1", "dropout2", "fc2", ""}
    assert report.compared > 1_000_000


def test_the_command_on_the_example(capsys):
    assert main(["diff", str(EXAMPLE)]) == 0
    shown = capsys.readouterr().out
    assert "refnn against torch: 1 step" in shown
    assert "conv1.weight" in shown


def test_a_script_that_tells_the_two_apart_is_caught(tmp_path, capsys):
    file = tmp_path / "script.py"
    file.write_text(
        textwrap.dedent("""
            import torch

            def make_model():
                return torch.nn.Linear(2, 1)

            def make_batches():
                return [torch.ones(1, 2)]

            def loss(model, batch):
                return model(batch).sum() * (1.01 if torch.__name__ == "refnn" else 1)
        """)
    )
    assert main(["diff", str(file)]) == 1
    assert "first in loss (step 0)" in capsys.readouterr().out


def test_torch_is_torch_again_afterwards():
    import sys

    compare_script(EXAMPLE, steps=1)
    assert sys.modules["torch"] is torch
    assert sys.modules["torch.nn"] is nn
