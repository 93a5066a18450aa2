"""Optimizers: the same steps, states, texts and errors as torch's.

Rows are expressions in `t`, the library, `o`, its optim, and `p`, a list of parameters.
"""

import itertools

import numpy as np
import pytest
import torch

import refnn
from conformance.harness.sides import base, parameters, same, stepped

SHAPES = ((3, 5), (4,), (), (2, 3, 4), (0,))
STEPS = {"float32": 100, "float64": 10, "float16": 10, "complex64": 10}
BOUNDS = {"float32": 3e-6, "float64": 1e-14, "float16": 2e-2, "complex64": 3e-6}  # of the largest parameter


def values(rng, dtype, shape):
    out = np.asarray(rng.standard_normal(shape))
    return np.array(out + 1j * rng.standard_normal(shape) if dtype == "complex64" else out, dtype)


def arrays_of(seed, dtype):
    rng = np.random.default_rng(seed)
    return [values(rng, dtype, shape) for shape in SHAPES]


def give_gradients(t, params, seed):
    rng = np.random.default_rng(seed)
    for p in params:
        size = 10.0 ** rng.integers(-3, 2)
        gradient = values(rng, str(p.dtype).removeprefix("torch."), tuple(p.shape))
        p.grad = t.from_numpy(np.array(gradient * size, gradient.dtype))


OPTIONS = {
    "ASGD": {"lambd": [1e-4, 0.1], "alpha": [0.75, 0.5], "t0": [1e6, 3], "weight_decay": [0, 0.1]},
    "Adadelta": {"rho": [0.9, 0.5], "eps": [1e-6, 1e-3], "weight_decay": [0, 0.1]},
    "Adagrad": {"lr_decay": [0, 0.1], "weight_decay": [0, 0.1], "initial_accumulator_value": [0, 0.5]},
    "Adamax": {"betas": [(0.9, 0.999), (0.3, 0.7)], "weight_decay": [0, 0.1], "eps": [1e-8, 1e-3]},
    "SGD": {"momentum": [0, 0.9], "dampening": [0, 0.3], "weight_decay": [0, 0.1], "nesterov": [False, True]},
    "Adam": {"weight_decay": [0, 0.1], "amsgrad": [False, True], "betas": [(0.9, 0.999), (0.3, 0.7)]},
    "AdamW": {"weight_decay": [0.01, 0.5], "amsgrad": [False, True], "eps": [1e-8, 1e-3]},
    "RAdam": {"betas": [(0.9, 0.999), (0.3, 0.7)], "weight_decay": [0, 0.1], "decoupled_weight_decay": [False, True]},
    "NAdam": {
        "betas": [(0.9, 0.999), (0.3, 0.7)],
        "weight_decay": [0, 0.1],
        "momentum_decay": [0.004, 0.2],
        "decoupled_weight_decay": [False, True],
    },
    "Rprop": {"etas": [(0.5, 1.2), (0.3, 1.7), (1e-9, 1.2)], "step_sizes": [(1e-6, 50), (0.004, 0.03)]},
    "RMSprop": {"momentum": [0, 0.9], "centered": [False, True], "weight_decay": [0, 0.1], "alpha": [0.99, 0.5]},
}
CASES = [
    (name, {**dict(zip(options, chosen, strict=True)), "lr": 0.01, "maximize": maximize})
    for name, options in OPTIONS.items()
    for chosen in itertools.product(*options.values())
    for maximize in (False, True)
    if name != "SGD" or not chosen[3] or (chosen[0] and not chosen[1])
]


@pytest.mark.parametrize("name, options", CASES, ids=str)
@pytest.mark.parametrize("dtype", BOUNDS)
def test_many_steps(name, options, dtype):
    """The same gradients: what differs is torch's fused multiply-adds and its square root, an ULP a step."""
    if dtype == "float16" and name not in ("ASGD", "Rprop", "SGD"):
        options = {**options, "eps": 1e-3}  # 1e-8 is 0 in float16
    arrays = arrays_of(0, dtype)
    sides = {}
    for t in (refnn, torch):
        params = parameters(t, arrays)
        optimizer = getattr(t.optim, name)(params, foreach=False, **options)
        for step in range(STEPS[dtype]):
            give_gradients(t, params, step)
            optimizer.step()
        sides[t] = params, optimizer.state_dict()
    for a, b in zip(sides[refnn][0], sides[torch][0], strict=True):
        close(a.detach().numpy(), b.detach().numpy(), BOUNDS[dtype])
    ours, theirs = sides[refnn][1], sides[torch][1]
    assert ours["param_groups"] == theirs["param_groups"]
    assert list(ours["param_groups"][0]) == list(theirs["param_groups"][0])
    for key, expected in theirs["state"].items():
        assert list(ours["state"][key]) == list(expected)
        for entry, tensor in expected.items():
            close(ours["state"][key][entry].numpy(), tensor.numpy(), 10 * BOUNDS[dtype])


def close(found, expected, bound):
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    wide = "c16" if found.dtype.kind == "c" else "f8"
    size = np.abs(expected.astype(wide)).max(initial=0.0)
    assert np.abs(found.astype(wide) - expected.astype(wide)).max(initial=0.0) <= bound * max(size, 1e-3)


# Text, errors, warnings


ROWS = """
o.SGD(p)
o.SGD(p, 0.1, 0.9, 0.1, 1e-4)
o.SGD([{"params": p[:1], "lr": 1}, {"params": p[1]}], momentum=0.5)
o.SGD([("a", p[0]), ("b", p[1])])
o.SGD(iter(p), lr=t.tensor(0.5))
o.SGD(p, lr=t.tensor([0.5]))
o.Adam(p)
o.Adam(p, 1, (0.5, 0.6), 1e-3, 0.1, True, maximize=True)
o.Adam(p, betas=(t.tensor(0.5), t.tensor([0.25])))
o.AdamW(p)
o.RMSprop(p, centered=True)
o.Optimizer(p, {"lr": 3, "differentiable": False})
o.Optimizer(p, {}).state_dict()
o.SGD(p + p[:1])
o.SGD(p).zero_grad()
o.SGD(p).step()
o.SGD(p).step(lambda: 5)
o.SGD(p[0])
o.SGD([])
o.SGD([1])
o.SGD([t.nn.Linear(1, 1)])
o.SGD(set(p))
o.SGD([{"params": set(p)}])
o.SGD([p[0] * 1])
o.SGD([{"lr": 1}])
o.SGD([{"params": p}, {"params": p[:1]}])
o.SGD([("a", p[0]), p[1]])
o.SGD([{"params": [("a", p[0])]}, {"params": p[1]}])
o.SGD(p).add_param_group(p)
o.SGD(p[:1]).add_param_group({"params": p})
o.SGD(3)
o.SGD(p, lr=-1)
o.SGD(p, lr="a")
o.SGD(p, lr=t.ones(2))
o.SGD(p, momentum=-1)
o.SGD(p, weight_decay=-1)
o.SGD(p, nesterov=True)
o.SGD(p, momentum=0.9, dampening=0.1, nesterov=True)
o.SGD(p, fused=True, foreach=True)
o.SGD(p, fused=True, differentiable=True)
o.Adam(p, lr=-1)
o.Adam(p, eps=-1)
o.Adam(p, betas=(1, 0.9))
o.Adam(p, betas=(0.9, -1.0))
o.Adam(p, betas=(0.9,))
o.Adam(p, betas=(0, 0.9))
o.Adam(p, betas=(t.tensor(0.9), 0.9))
o.Adam(p, betas=(t.tensor([0.9, 0.8]), t.tensor(0.9)))
o.Adam(p, weight_decay=-1)
o.Adam(p, lr=t.tensor(0.1), foreach=True)
o.Adam(p, lr=t.ones(2))
o.Adam(p, betas=(t.tensor(0.9), t.tensor(0.9)), foreach=True)
o.Adam(p, fused=True, foreach=True)
o.Adam(p, fused=True, differentiable=True)
o.RMSprop(p, lr=-1)
o.RMSprop(p, eps=-1)
o.RMSprop(p, momentum=-1)
o.RMSprop(p, weight_decay=-1)
o.RMSprop(p, alpha=-1)
o.RMSprop(p, lr=t.ones(2))
o.Optimizer(p, {"lr": base(t).required})
o.Optimizer(p, {}).step()
o.SGD(p).load_state_dict({"state": {}, "param_groups": []})
o.SGD(p).load_state_dict({"state": {}, "param_groups": [{"params": [0]}]})
stepped(o.Adam(p, capturable=True), p)
stepped(o.Adam(p, capturable=True, foreach=True), p)
stepped(o.RMSprop(p, capturable=True), p)
stepped(o.RMSprop([p[0] * 1], capturable=True, foreach=True, differentiable=True), p)
stepped(o.Adam([p[0] * 1], capturable=True, foreach=True, differentiable=True), p)
stepped(o.SGD(p, differentiable=True), p)
stepped(o.Adam(p, differentiable=True), p)
stepped(o.Adam(p, differentiable=True, foreach=True), p)
stepped(o.Adam([t.nn.Parameter(t.ones(1, dtype=t.complex64))], fused=True), p)
stepped(o.SGD(p, fused=True, momentum=0.5), p).state_dict()
stepped(o.SGD(p, foreach=True, momentum=0.5), p).state_dict()
stepped(o.Adam(p, fused=True, lr=0.5), p).state_dict()["state"][0]["step"]
o.Adadelta(p)
o.Adadelta(p, 0.5, 0.8, 1e-3, 0.1, True, maximize=True)
o.Adadelta(p, lr=-1)
o.Adadelta(p, lr=t.ones(2))
o.Adadelta(p, rho=1.5)
o.Adadelta(p, rho=-0.5)
o.Adadelta(p, eps=-1)
o.Adadelta(p, weight_decay=-1)
o.Adagrad(p)
o.Adagrad(p).state_dict()
o.Adagrad(p, 0.5, 0.1, 0.2, 0.3, 1e-3, False, maximize=True).state_dict()
o.Adagrad([t.nn.Parameter(t.ones(1, dtype=t.complex64))], initial_accumulator_value=0.5).state_dict()
o.Adagrad(p, lr=-1)
o.Adagrad(p, lr=t.ones(2))
o.Adagrad(p, lr_decay=-0.5)
o.Adagrad(p, weight_decay=-1)
o.Adagrad(p, initial_accumulator_value=-1)
o.Adagrad(p, eps=-1)
o.Adagrad(p, fused=True, foreach=True)
o.Adagrad(p, fused=True, differentiable=True)
o.Adamax(p)
o.Adamax(p, 0.5, (0.5, 0.6), 1e-3, 0.1, True, maximize=True)
o.Adamax(p, lr=-1)
o.Adamax(p, lr=t.ones(2))
o.Adamax(p, betas=(1, 0.9))
o.Adamax(p, betas=(0.9, -1.0))
o.Adamax(p, eps=-1)
o.Adamax(p, weight_decay=-1)
o.NAdam(p)
o.NAdam(p, 0.5, (0.5, 0.6), 1e-3, 0.1, 0.2, True, maximize=True)
o.NAdam(p, lr=-1)
o.NAdam(p, lr=t.ones(2))
o.NAdam(p, betas=(1, 0.9))
o.NAdam(p, betas=(0.9, -1.0))
o.NAdam(p, eps=-1)
o.NAdam(p, weight_decay=-1)
o.NAdam(p, momentum_decay=-1)
stepped(o.NAdam(p, capturable=True), p)
stepped(o.NAdam(p, capturable=True, foreach=True), p)
stepped(o.NAdam(p, differentiable=True), p)
stepped(o.NAdam(p, differentiable=True, foreach=True), p)
stepped(o.NAdam(p, lr=t.tensor(0.5)), p).state_dict()["state"][0]["mu_product"]
o.RAdam(p)
o.RAdam(p, 0.5, (0.5, 0.6), 1e-3, 0.1, True, maximize=True)
o.RAdam(p, lr=-1)
o.RAdam(p, lr=t.ones(2))
o.RAdam(p, betas=(1, 0.9))
o.RAdam(p, betas=(0.9, -1.0))
o.RAdam(p, eps=-1)
o.RAdam(p, weight_decay=-1)
stepped(o.RAdam(p, capturable=True), p)
stepped(o.RAdam(p, capturable=True, foreach=True), p)
stepped(o.RAdam(p, differentiable=True), p)
stepped(o.RAdam(p, differentiable=True, foreach=True), p)
stepped(o.RAdam(p, lr=t.tensor(0.5), weight_decay=0.5, decoupled_weight_decay=True), p).state_dict()
o.Rprop(p)
o.Rprop(p, 0.5, (0.25, 2), (0.1, 2.0), foreach=True, maximize=True)
o.Rprop(p, 0.5, (0.25, 2), (0.1, 2.0), True)
o.Rprop(p, lr=-1)
o.Rprop(p, lr=t.ones(2))
o.Rprop(p, etas=(1.2, 0.5))
o.Rprop(p, etas=(0.0, 1.2))
o.Rprop(p, etas=(0.5, 1.0))
o.Rprop(p, etas=(0.5,))
o.Rprop(p, weight_decay=0.5)
stepped(o.Rprop(p, capturable=True), p)
stepped(o.Rprop(p, capturable=True, foreach=True), p)
stepped(o.Rprop(p, differentiable=True), p)
stepped(o.Rprop(p, differentiable=True, foreach=True), p)
stepped(o.Rprop(p, lr=t.tensor([0.5])), p).state_dict()
stepped(stepped(o.Rprop(p, 0.5, foreach=True, maximize=True), p), p).state_dict()
stepped(o.Rprop([t.nn.Parameter(t.ones(1, dtype=t.complex64))], lr=0.5), p).state_dict()
o.ASGD(p)
o.ASGD(p, 0.5, 0.1, 0.5, 3, 0.1, False, True, False, False)
o.ASGD(p, lr=-1)
o.ASGD(p, lr=t.ones(2))
o.ASGD(p, weight_decay=-1)
o.ASGD(p, lambd=-1, alpha=-1, t0=-1)
stepped(o.ASGD(p, capturable=True), p)
stepped(o.ASGD(p, capturable=True, foreach=True), p)
stepped(o.ASGD(p, differentiable=True), p)
stepped(o.ASGD(p, differentiable=True, foreach=True), p)
stepped(stepped(o.ASGD(p, lr=t.tensor(0.5, dtype=t.float64), t0=0), p), p).state_dict()
stepped(stepped(o.ASGD(p, lr=t.tensor([0.5]), lambd=0.5, alpha=1, maximize=True), p), p).state_dict()
o.LBFGS(p)
o.LBFGS([("a", p[0]), ("b", p[1])])
o.LBFGS([{"params": p, "lr": 0.5}], max_eval=3)
o.LBFGS(p, 0.5, 8, None, 1e-3, 1e-4, 5, "strong_wolfe")
o.LBFGS(p, lr=-1)
o.LBFGS(p, lr=t.ones(2))
o.LBFGS([{"params": p[:1]}, {"params": p[1:]}])
o.LBFGS(p).step()
o.LBFGS(p).step(None)
o.LBFGS(p, maximize=True)
stepped(o.Adadelta(p, capturable=True), p)
stepped(o.Adadelta(p, capturable=True, foreach=True), p)
stepped(o.Adadelta(p, differentiable=True), p)
stepped(o.Adadelta(p, differentiable=True, foreach=True), p)
stepped(o.Adadelta(p, lr=t.tensor(0.5)), p).state_dict()
stepped(o.Adamax(p, capturable=True), p)
stepped(o.Adamax(p, capturable=True, foreach=True), p)
stepped(o.Adamax(p, differentiable=True), p)
stepped(o.Adamax(p, differentiable=True, foreach=True), p)
stepped(o.Adamax(p, differentiable=True, foreach=True, capturable=True), p)
stepped(o.Adamax(p, lr=t.tensor(0.5), weight_decay=0.5, maximize=True), p).state_dict()
stepped(o.Adagrad(p, differentiable=True), p)
stepped(o.Adagrad(p, differentiable=True, foreach=True), p)
stepped(o.Adagrad(p, fused=True, lr=0.5), p).state_dict()
stepped(o.Adagrad([t.nn.Parameter(t.ones(1, dtype=t.complex64))], fused=True), p)
stepped(o.Adagrad(p, lr=t.tensor(0.5), lr_decay=0.5, weight_decay=0.5), p).state_dict()
""".strip().split("\n")


@pytest.mark.parametrize("row", ROWS)
def test_outcomes(row):
    same(lambda t, p: eval(row, {"t": t, "o": t.optim, "p": p, "stepped": stepped, "base": base}))


# Gradients through a step

DIFFERENTIABLE = [  # and the number of steps after which torch can still go back
    ("o.SGD(p, 0.1, differentiable=True)", 3),
    ("o.SGD(p, 0.1, 0.9, weight_decay=0.2, nesterov=True, differentiable=True)", 3),
    ("o.SGD(p, h, momentum=0.5, maximize=True, differentiable=True)", 1),
    ("o.SGD(p, 0.1, weight_decay=h, differentiable=True)", 3),
    ("o.Adam(p, 0.1, eps=0.1, differentiable=True)", 3),
    ("o.Adam(p, h, eps=0.1, weight_decay=0.2, differentiable=True)", 3),
    ("o.Adam(p, h, eps=0.1, amsgrad=True, weight_decay=0.2, differentiable=True)", 1),
    ("o.Adam(p, 0.1, (h, h), eps=0.1, differentiable=True)", 3),
    ("o.Adam(p, 0.1, eps=0.1, weight_decay=h, differentiable=True)", 3),
    ("o.AdamW(p, h, eps=0.1, weight_decay=0.2, maximize=True, differentiable=True)", 3),
    ("o.Adadelta(p, 0.1, eps=0.1, weight_decay=0.2, differentiable=True)", 1),
    ("o.Adagrad(p, 0.1, eps=0.1, lr_decay=0.1, weight_decay=0.2, differentiable=True)", 1),
    ("o.Adamax(p, 0.1, eps=0.1, weight_decay=0.2, maximize=True, differentiable=True)", 1),
    ("o.ASGD(p, 0.1, 0.2, weight_decay=0.2, differentiable=True)", 3),
    ("o.ASGD(p, 0.1, 0.2, t0=0, maximize=True, differentiable=True)", 3),
    ("o.ASGD(p, h, 0.2, differentiable=True)", 3),
    ("o.Rprop(p, 0.1, differentiable=True)", 1),
    ("o.NAdam(p, h, eps=0.1, weight_decay=0.2, differentiable=True)", 1),
    ("o.NAdam(p, h, (0.9, 0.99), 0.1, 0.2, 0.1, True, differentiable=True)", 1),
    ("o.RAdam(p, h, eps=0.1, weight_decay=0.2, differentiable=True)", 3),
    ("o.RAdam(p, h, (0.9, 0.99), 0.1, 0.2, True, differentiable=True)", 7),
    ("o.RMSprop(p, 0.1, eps=0.1, differentiable=True)", 3),
    ("o.RMSprop(p, 0.1, eps=0.1, centered=True, weight_decay=0.2, differentiable=True)", 1),
    ("o.RMSprop(p, 0.1, eps=0.1, momentum=0.5, weight_decay=0.2, differentiable=True)", 3),
]


@pytest.mark.parametrize("row, steps", DIFFERENTIABLE)
def test_gradients_flow_through_steps(row, steps):
    def run(t):
        start = t.tensor([0.5, -1.5, 2.0], dtype=t.float64, requires_grad=True)
        slope = t.tensor([1.0, 2.0, -0.5], dtype=t.float64, requires_grad=True)
        h = t.tensor(0.3, dtype=t.float64, requires_grad=True)
        moving = start.clone()
        optimizer = eval(row, {"o": t.optim, "p": [moving], "h": h})
        for _ in range(steps):
            moving.grad = slope * 1.5 + start.detach() * 0.1
            optimizer.step()
        (moving * moving).sum().backward()
        grads = [x.grad for x in (start, slope, h)]
        return [moving.detach().numpy(), *[None if g is None else g.numpy() for g in grads]]

    for found, expected in zip(run(refnn), run(torch), strict=True):
        assert (found is None) == (expected is None)
        if expected is not None:
            np.testing.assert_allclose(found, expected, rtol=2e-7)  # step counters are float32
