"""One function run with torch and with refnn: results, warnings and errors side by side."""

import importlib
import warnings

import numpy as np
import torch

import refnn


def parameters(t, arrays):
    """The arrays' copies as parameters of a library."""
    return [t.nn.Parameter(t.from_numpy(a.copy())) for a in arrays]


def plain(value):
    """A result with its tensors as (dtype, values), so that both libraries' compare equal."""
    if isinstance(value, (refnn.Tensor, torch.Tensor)):
        return str(value.dtype), value.tolist()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, (refnn.optim.Optimizer, torch.optim.Optimizer)):
        return repr(value)
    return value


def outcome(function, t):
    """What function(t, parameters) returns and warns of, or the exception's type and text."""
    params = parameters(t, [np.ones((2, 2), "f4"), np.zeros(3, "f4")])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = plain(function(t, params))
        except NameError:  # the row's own mistake, which both sides would share
            raise
        except Exception as error:
            return type(error).__name__, str(error)
    return result, [(w.category.__name__, str(w.message)) for w in caught]


def same(function):
    """Assert that the outcome is the same under both; returns it."""
    ours, theirs = outcome(function, refnn), outcome(function, torch)
    assert ours == theirs
    return theirs


def base(t):
    """A library's module of the class Optimizer."""
    return importlib.import_module(f"{t.__name__}.optim.optimizer")


def stepped(optimizer, params):
    """The optimizer after one step on gradients of p + 1."""
    for group in optimizer.param_groups:
        for p in group["params"]:
            p.grad = p.detach() + 1
    optimizer.step()
    return optimizer
