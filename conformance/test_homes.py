"""What torch keeps in a file of its own is found in refnn's file of that name: scripts import it from there."""

import importlib
import inspect

import pytest
import torch

import refnn

SPACES = [
    "nn", "nn.init", "nn.utils", "nn.utils.parametrizations", "nn.utils.parametrize", "nn.utils.prune", "nn.utils.rnn",
    "optim", "optim.lr_scheduler", "optim.swa_utils", "autograd", "utils.data",
]  # fmt: skip
# Homes that are private, or one name's own.
ELSEWHERE = {"utils.data._utils.collate", "utils.data._utils.worker", "nn.parallel.data_parallel"}


def is_there(module, name):
    try:
        return hasattr(importlib.import_module(module), name)
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("space", SPACES)
def test_names_are_at_home(space):
    theirs, ours = (importlib.import_module(f"{lib.__name__}.{space}") for lib in (torch, refnn))
    missing = []
    for name in dir(ours):
        value = getattr(theirs, name, None)
        home = (getattr(value, "__module__", None) or "").removeprefix("torch.")
        if name.startswith("_") or not (inspect.isclass(value) or inspect.isfunction(value)):
            continue
        at_home = home.startswith(("nn.", "optim.", "autograd.", "utils.")) and home not in ELSEWHERE
        if at_home and is_there(f"torch.{home}", name) and not is_there(f"refnn.{home}", name):
            missing.append(f"{home}.{name}")
    assert missing == []
