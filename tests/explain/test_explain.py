"""`refnn.explain`: every public layer and function has an equation, a kernel and, where it has one, a derivative."""

import operator
from pathlib import Path

import pytest

import refnn
from refnn.explain import UnknownName, corner_cases, explain, page
from refnn.explain.corner_cases import plain, run_line
from refnn.explain.find import documented_at, find, related
from refnn.explain.page import show

LAYERS = [f"nn.{name}" for name in refnn.nn.modules.__all__]
FUNCTIONS = [f"nn.functional.{name}" for name in refnn.nn.functional.__all__]
OPTIMIZERS = [f"optim.{name}" for name in refnn.optim.__all__ if name[0].isupper()]

# Containers and bases, with which there is nothing to call, and room for a few that are new.
FEW = 14
WITHOUT_RULE = {"nn.Identity"}  # returns its input


@pytest.mark.parametrize("name", [*LAYERS, *FUNCTIONS])
def test_everything_public_is_explained(name):
    found = explain(name)
    assert found.doc or any(op.__doc__ for op in found.ops)
    assert found.kernels
    assert all(passage.text and passage.line for passage in found.kernels)
    if found.differentiable and name not in WITHOUT_RULE:
        assert found.rules


def test_few_names_have_no_example():
    without = [name for name in (*LAYERS, *FUNCTIONS) if explain(name).example is None]
    print("without an example in refnn/explain/examples.py:", *without)
    assert {"nn.Module", "nn.ModuleList", "nn.RNNBase"} <= set(without)
    assert len(without) <= FEW, without


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_are_explained(name):
    found = explain(name)
    assert found.doc
    assert found.kernels


@pytest.mark.parametrize(
    "name, op, file",
    [
        ("nn.GRU", "gru_layer", "refnn/ops/gru.py"),
        ("F.softmax", "softmax", "refnn/ops/softmax.py"),
        ("torch.add", "add", "refnn/ops/pointwise.py"),
        ("Tensor.mul", "mul", "refnn/ops/pointwise.py"),
        ("MaxPool2d", "max_pool", "refnn/ops/pooling.py"),
    ],
)
def test_kernel_and_rule_are_found(name, op, file):
    found = explain(name)
    assert op in found.ops[0].name
    assert found.kernels[0].place.startswith(file + ":")
    assert f"def {found.ops[0].__name__}(" in found.kernels[0].text
    assert any("derivative" in passage.text for passage in found.rules)
    path, _, line = found.kernels[0].place.partition(":")
    source = (Path(refnn.__file__).parents[1] / path).read_text(encoding="utf-8")
    assert source.splitlines()[int(line) - 1].strip() == found.kernels[0].text.splitlines()[0]


@pytest.mark.parametrize(
    "text, name, address",
    [
        ("nn.GRU", "nn.GRU", "generated/torch.nn.GRU.html"),
        ("GRU", "nn.GRU", "generated/torch.nn.GRU.html"),
        ("F.relu", "nn.functional.relu", "generated/torch.nn.functional.relu.html"),
        ("torch.add", "add", "generated/torch.add.html"),
        ("Tensor.mul", "Tensor.mul", "generated/torch.Tensor.mul.html"),
        ("Adam", "optim.Adam", "generated/torch.optim.Adam.html"),
        ("nn.init.zeros_", "nn.init.zeros_", "nn.init.html#torch.nn.init.zeros_"),
        ("StepLR", "optim.lr_scheduler.StepLR", "generated/torch.optim.lr_scheduler.StepLR.html"),
    ],
)
def test_names(text, name, address):
    assert find(text).name == name
    assert documented_at(name) == f"https://docs.pytorch.org/docs/stable/{address}"


def test_an_unknown_name_proposes_others():
    with pytest.raises(UnknownName, match=r"no layer or function nn\.Conv2dd; did you mean Conv2d"):
        find("nn.Conv2dd")


def test_corner_cases_of_a_layer_are_those_of_its_function_too():
    assert "nn.functional.max_pool2d" in related(find("nn.MaxPool2d"))
    texts = [row.text for row in explain("nn.GRU").cases]
    assert any("reset gate" in text for text in texts)
    assert not any("softmax" in text for text in texts)


@pytest.mark.parametrize("row", corner_cases(), ids=lambda row: row.number)
@pytest.mark.filterwarnings("ignore")
def test_refnn_gives_what_the_document_says(row):
    try:
        for name in row.names:
            operator.attrgetter(name)(refnn)
    except AttributeError:
        pytest.skip("refnn has not all of the names")
    assert _near(plain(run_line(refnn, row.code)), row.claim)


def _near(found, stated):
    if isinstance(stated, list):
        return len(found) == len(stated) and all(map(_near, found, stated))
    if isinstance(stated, float):
        return found == pytest.approx(stated, rel=1e-5, abs=1e-6, nan_ok=True)
    return found == stated or found == pytest.approx(stated)


def test_a_page_in_plain_text(capsys):
    show(page(explain("nn.GRU")))
    out = capsys.readouterr().out
    for part in ("GRU(", "https://docs.pytorch.org", "Kernel of gru_layer", "Derivative of gru_layer", "Corner cases"):
        assert part in out
    assert "\x1b" not in out


def test_long_kernels_are_cut_unless_all_is_asked_for():
    short, whole = ("\n".join(b.text for b in page(explain("nn.Conv2d"), whole=whole)) for whole in (False, True))
    assert len(whole) >= len(short)


def test_watching_leaves_ops_as_they_were():
    before = refnn.autograd.op.Op.__call__
    explain("nn.Linear")
    assert refnn.autograd.op.Op.__call__ is before
