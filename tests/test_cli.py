"""The command `refnn`: usage, `run`, `explain`, `conform`."""

import subprocess
import sys

import pytest

from refnn.cli import main


@pytest.mark.parametrize(
    "arguments", [[], ["diff"], ["diff", "a.py", "--steps", "0"], ["diff", "a.py", "--under", "jax,refnn"], ["train"]]
)
def test_usage(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: refnn" in capsys.readouterr().err


# refnn run

SCRIPT = """
import sys
import pickle
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
import helper

class Data:
    pass

assert torch.__name__ == "refnn" and nn.Linear.__module__.startswith("refnn")
assert isinstance(pickle.loads(pickle.dumps(Data())), Data), "the script is __main__"
print(__name__, sys.argv[1:], helper.twice(torch.ones(3)), F.relu(torch.tensor([-1.0, 2.0])))
sys.exit(int(sys.argv[1]))
"""


def test_run_is_the_script_itself(tmp_path):
    (tmp_path / "helper.py").write_text("import torch\ndef twice(x: torch.Tensor): return 2 * x")
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "refnn.cli", "run", str(tmp_path / "script.py"), "3", "--rate", "0.1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 3, done.stderr
    assert done.stdout.startswith("__main__ ['3', '--rate', '0.1'] tensor([2., 2., 2.])")
    assert "tensor([0., 2.])" in done.stdout


def test_run_leaves_everything_as_it_was(tmp_path, capsys):
    (tmp_path / "script.py").write_text("import torch\nprint(torch.ones(2))")
    before, own = dict(sys.modules), list(sys.argv)
    assert main(["run", str(tmp_path / "script.py")]) == 0
    assert capsys.readouterr().out == "tensor([1., 1.])\n"
    assert sys.argv == own
    assert sys.modules.get("torch") is before.get("torch")
    assert sys.modules["__main__"] is before["__main__"]


def test_run_without_a_file(tmp_path, capsys):
    assert main(["run", str(tmp_path / "absent.py")]) == 2
    assert "there is no file" in capsys.readouterr().err


def test_an_error_of_the_script_comes_through(tmp_path):
    (tmp_path / "script.py").write_text("import torch\ntorch.ones(2) @ torch.ones(3)")
    with pytest.raises(RuntimeError, match="inconsistent tensor size"):
        main(["run", str(tmp_path / "script.py")])


# ---------------------------------------------------------------- explain, conform


def test_explain_prints_a_page(capsys):
    assert main(["explain", "F.softplus"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("nn.functional.softplus\n======")
    for part in (
        "Equation",
        "refnn/ops/activation",
        "Derivative of softplus",
        "softplus is linear above its threshold",
    ):
        assert part in shown


def test_explain_without_torch_names_the_extra(capsys, monkeypatch):
    from refnn import bridge

    bridge.torch_library.cache_clear()
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["explain", "nn.Linear"]) == 0
    assert "pip install 'refnn[torch]'" in capsys.readouterr().out
    assert main(["conform", "nn.Linear"]) == 2
    assert "pip install 'refnn[torch]'" in capsys.readouterr().err
    bridge.torch_library.cache_clear()


@pytest.mark.parametrize("command", ["explain", "conform"])
def test_an_unknown_name(capsys, command):
    pytest.importorskip("torch") if command == "conform" else None
    assert main([command, "nn.Conv2dd"]) == 2
    assert "did you mean Conv2d" in capsys.readouterr().err
