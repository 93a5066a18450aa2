"""Two runs of one model, refnn against refnn, with faults planted in the second."""

import json
from typing import NamedTuple

import numpy as np
import pytest

import refnn
from refnn import nn
from refnn.diff import Bound, Report, Side, compare, compare_sides
from refnn.diff.record import leaves


class Affine(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        rng = np.random.default_rng(inputs)
        self.weight = nn.Parameter(refnn.from_numpy(rng.normal(size=(outputs, inputs)).astype(np.float32)))
        self.bias = nn.Parameter(refnn.zeros(outputs))

    def forward(self, x):
        return x @ self.weight.t() + self.bias


class Net(nn.Module):
    """Two layers; the first is called twice."""

    def __init__(self):
        super().__init__()
        self.first = Affine(4, 4)
        self.second = Affine(4, 2)
        self.register_buffer("calls", refnn.zeros(1))

    def forward(self, x):
        self.calls += 1
        return self.second(refnn.tanh(self.first(refnn.tanh(self.first(x)))))


class SGD:
    def __init__(self, model, lr=0.1):
        self.parameters, self.lr = list(model.parameters()), lr

    def step(self):
        with refnn.no_grad():
            for p in self.parameters:
                if p.grad is not None:
                    p -= self.lr * p.grad


def batches(n=2):
    rng = np.random.default_rng(0)
    return [rng.normal(size=(5, 4)).astype(np.float32) for _ in range(n)]


def square(_torch, model, batch):
    return (model(batch) ** 2).mean()


def run(actual, **options):
    given = {"batches": batches(), "loss": square, "optimizer": lambda _torch, model: SGD(model), **options}
    return compare(Net(), actual, **given)


def test_equal_models_are_equal():
    report = run(Net())
    assert report.ok
    report.raise_if_diverged()
    assert report.first_divergence is None
    assert report.steps == 2
    assert max(row.max_abs for row in report.rows) == 0


def test_everything_is_there_in_order():
    labels = [row.label for row in run(Net()).rows if row.step == 1]
    assert labels == [
        "batch",
        "output of first",
        "output of first, call 1",
        "output of second",
        "output of Net",
        "loss",
        "output gradient of second",
        "output gradient of Net",
        "output gradient of first, call 1",
        "output gradient of first",
        "gradient of second.bias",
        "gradient of second.weight",
        "gradient of first.bias",
        "gradient of first.weight",
        "parameter of first.weight",
        "parameter of first.bias",
        "parameter of second.weight",
        "parameter of second.bias",
        "buffer of calls",
    ]


def dropped_bias(net):
    net.second.forward = lambda x: x @ net.second.weight.t()


def scaled_input_gradient(net):
    class Scaled(refnn.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            return g * 1.01

    forward = net.second.forward
    net.second.forward = lambda x: forward(Scaled.apply(x))


def nan_in_one_place(net):
    def put(module, args, output):
        output = output.clone()
        with refnn.no_grad():
            output[2, 1] = float("nan")
        return output

    net.first.register_forward_hook(put)


def third_call(net):
    forward = net.forward

    def twice(x):
        net.first(x)
        return forward(x)

    net.forward = twice


def other_weight(net):
    with refnn.no_grad():
        net.second.weight[1, 0] += 1e-3


def frozen(net):
    net.first.bias.requires_grad_(False)


def counts_double(net):
    net.register_forward_hook(lambda module, args, output: module.calls.add_(1) and None)


def double_precision(net):
    forward = net.second.forward
    net.second.forward = lambda x: forward(x).double()


@pytest.mark.parametrize(
    "fault, where, step, reason",
    [
        (dropped_bias, "gradient of second.bias", 0, "None in actual"),  # the bias is 0 as yet
        (scaled_input_gradient, "output gradient of first, call 1", 0, "outside the bound"),
        (nan_in_one_place, "output of first", 0, "1 of 20 outside the bound, NaN in actual only"),
        (third_call, "output of first, call 1", 0, "20 of 20 outside the bound"),
        (other_weight, "initial of second.weight", -1, "1 of 8 outside the bound"),
        (frozen, "gradient of first.bias", 0, "None in actual"),
        (counts_double, "buffer of calls", 0, "1 of 1 outside the bound"),
        (double_precision, "output of second", 0, "float32 in expected, float64 in actual"),
    ],
)
def test_a_planted_fault_is_found_where_it_is(fault, where, step, reason):
    net = Net()
    fault(net)
    report = run(net)
    assert not report.ok
    first = report.first_divergence
    assert (first.label, first.step) == (where, step)
    assert reason in first.reason
    with pytest.raises(AssertionError, match="DIVERGED") as caught:
        report.raise_if_diverged()
    assert where in str(caught.value)


def test_a_fault_in_the_optimizer():
    optimizers = iter((0.1, 0.1001))
    report = run(Net(), optimizer=lambda _torch, model: SGD(model, next(optimizers)))
    assert report.first_divergence.kind == "parameter"


def test_an_unmatched_call_fails_even_if_nothing_else_differs():
    net = Net()
    net.register_forward_hook(lambda module, args, output: (module.second(args[0]), None)[1])
    report = run(net, optimizer=None)
    unmatched = [row for row in report.rows if row.reason == "only actual has it"]
    assert [row.label for row in unmatched if row.step == 0] == ["output of second, call 1"]
    assert not report.ok


@pytest.mark.parametrize("given, steps, ok", [(2, None, True), (2, 1, True), (0, None, False), (2, 0, False)])
def test_nothing_compared_is_a_failure(given, steps, ok):
    report = run(Net(), batches=batches(given), steps=steps)
    assert report.ok is ok
    if not ok:
        assert "nothing was compared" in report.summary()
        with pytest.raises(AssertionError, match="nothing was compared"):
            report.raise_if_diverged()


@pytest.mark.parametrize("counts", [(1, 2), (2, 1)])
def test_a_side_with_fewer_batches_diverges(counts):
    sides = [
        Side("left" if i == 0 else "right", Net(), map(refnn.from_numpy, batches(n)), lambda m, b: m(b).sum())
        for i, n in enumerate(counts)
    ]
    report = compare_sides(*sides)
    assert not report.ok
    assert report.steps == 1
    assert report.first_divergence.reason == ("only right has it" if counts[1] > counts[0] else "only left has it")


def test_dropout_draws_alike_on_both_sides():
    class Noisy(Net):
        def forward(self, x):
            return super().forward(x * (refnn.rand(5, 4) < 0.5))

    assert compare(Noisy(), Noisy(), batches=batches(), loss=square).ok


def test_an_error_says_where_it_happened():
    net = Net()
    net.second.forward = lambda x: x @ net.first.bias[:2]
    with pytest.raises(RuntimeError) as caught:
        run(net)
    assert caught.value.__notes__ == ["while actual ran step 0; the last module to return was 'first'"]


def test_hooks_are_gone_afterwards():
    net = Net()
    run(net)
    assert not any(m._forward_hooks for m in net.modules())


def test_a_loss_module():
    class Squared(nn.Module):
        def forward(self, output, target):
            return ((output - target) ** 2).mean()

    pairs = [(x, np.zeros((5, 2), np.float32)) for x in batches()]
    assert compare(Net(), Net(), batches=pairs, loss=Squared()).ok


class Two(NamedTuple):
    left: int
    right: dict


@pytest.mark.parametrize(
    "value, places",
    [
        (1, [""]),
        ((1, [2, 3]), ["[0]", "[1][0]", "[1][1]"]),
        ({"a": 1, "b": (2,)}, ["['a']", "['b'][0]"]),
        (Two(1, {"k": None}), [".left", ".right['k']"]),
        (Bound(1.0, 2.0), [".rtol", ".atol", ".kinks"]),
        ((), []),
    ],
)
def test_leaves(value, places):
    assert [place for place, _ in leaves(value)] == places


def test_an_output_that_cannot_be_compared():
    net = Net()
    net.second.forward = lambda x: object()
    with pytest.raises(TypeError, match="output of second is a object, which cannot be compared"):
        run(net)


def test_kinks_are_shown():
    net = Net()
    scaled_input_gradient(net)
    report = run(net, optimizer=None, kinks=1.0)
    assert report.first_divergence.kind == "gradient"
    gradients = [row for row in report.rows if row.label == "output gradient of first, call 1"]
    assert all(row.ok and row.outside for row in gradients)
    assert "≈  first" in str(report)
    assert "at kinks 100.00% of an output gradient may lie outside" in report.summary()


def test_text_and_json():
    net = Net()
    other_weight(net)
    report = run(net)
    text = str(report)
    assert "✗   initial values" not in text
    assert "initial values" in text
    assert "torch's tolerances" in text
    assert text.splitlines()[-1].startswith("DIVERGED in ")
    assert "second.weight" in text
    data = json.loads(json.dumps(report.to_dict()))
    assert data["ok"] is False
    assert data["first_divergence"]["name"] == "second.weight"
    assert len(data["rows"]) == len(report.rows)


def test_the_table_shows_the_worst_of_each():
    report = run(Net())
    worst = report.worst()
    assert len({(r.kind, r.name, r.item) for r in worst}) == len(worst) < len(report.rows)
    assert report.text(every_row=True).count("\n") > report.text().count("\n")


def test_print_without_rich(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "rich", None)
    monkeypatch.setitem(__import__("sys").modules, "rich.console", None)
    with pytest.raises(ImportError, match=r"pip install 'refnn\[report\]'"):
        Report(("a", "b"), Bound()).print()


def test_print_with_rich(capsys):
    pytest.importorskip("rich")
    from rich.console import Console

    report = run(Net())
    report.print(console=Console(width=100))
    shown = capsys.readouterr().out
    for word in ("outputs", "updated parameters", "first.weight", "within the bound throughout"):
        assert word in shown


def test_a_model_that_is_none():
    with pytest.raises(TypeError, match="expected a module or tensor of torch or refnn, not int"):
        compare(3, Net(), batches=[], loss=square)
