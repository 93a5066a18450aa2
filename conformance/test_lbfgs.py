"""L-BFGS: torch's iterates, evaluations and states, over functions, options, dtypes and shapes."""

import copy
import itertools
import pickle

import numpy as np
import pytest
import torch

import refnn
from conformance.harness.sides import parameters


def flat(t, params):
    return t.cat([t.view_as_real(p).reshape(-1) if p.is_complex() else p.reshape(-1) for p in params])


def rosenbrock(t, params):
    x = flat(t, params)
    return (100 * (x[1:] - x[:-1] ** 2) ** 2).sum() + ((1 - x[:-1]) ** 2).sum()


def quadratic(t, params):
    x = flat(t, params)
    return (x * x * t.arange(1, x.numel() + 1).to(x.dtype)).sum()


def logistic(t, params):
    x = flat(t, params)
    return t.log(1 + t.exp(x * t.linspace(-2, 3, x.numel()).to(x.dtype))).sum() + (x * x).sum() * 0.01


def rising(t, params):
    return -quadratic(t, params)


FUNCTIONS = {f.__name__: f for f in (rosenbrock, quadratic, logistic, rising)}
SHAPES = {"one": ((4,),), "several": ((3, 2), (), (4,)), "single number": ((),)}


def run(t, function, options, dtype="f8", shapes="several", steps=2, between=lambda t, o: o):
    rng = np.random.default_rng(0)
    arrays = [np.asarray(rng.standard_normal(shape)) for shape in SHAPES[shapes]]
    params = parameters(t, [np.array(a * (1 + 0.5j) if dtype[0] == "c" else a, dtype) for a in arrays])
    optimizer = t.optim.LBFGS(params, **options)
    losses, calls = [], []

    def closure():
        params = optimizer.param_groups[0]["params"]
        calls.append(t.is_grad_enabled())
        optimizer.zero_grad()
        loss = FUNCTIONS[function](t, params)
        loss.backward()
        return loss

    for _ in range(steps):
        with t.no_grad():
            losses.append(optimizer.step(closure).item())
        optimizer = between(t, optimizer)
    params = optimizer.param_groups[0]["params"]
    return [p.detach().numpy() for p in params], losses, calls, optimizer.state_dict()


def close(found, expected, bound, path=""):
    """Equal in types, names and lengths; numbers within a bound of the largest."""
    assert type(found).__name__ == type(expected).__name__, path
    if isinstance(expected, dict):
        assert list(found) == list(expected), path
        for key in expected:
            close(found[key], expected[key], bound, f"{path}.{key}")
    elif isinstance(expected, (list, tuple)):
        assert len(found) == len(expected), path
        for i, (a, b) in enumerate(zip(found, expected, strict=True)):
            close(a, b, bound, f"{path}.{i}")
    elif isinstance(expected, (torch.Tensor, np.ndarray, float)):
        a, b = np.asarray(found), np.asarray(expected)
        assert (a.dtype, a.shape) == (b.dtype, b.shape), path
        assert np.abs(a - b).max(initial=0) <= bound * max(1, np.abs(b).max(initial=0)), path
    else:
        assert found == expected, path


def compare(*args, bound=1e-11, **options):
    with np.errstate(all="ignore"):
        found, expected = run(refnn, *args, **options), run(torch, *args, **options)
    close(found, expected, bound)
    return expected


CHOICES = {
    "lr": [1, 0.01],
    "max_iter": [1, 6],
    "history_size": [1, 2, 100],
    "line_search_fn": [None, "strong_wolfe"],
    "tolerance_change": [1e-9, 0.5],
    "tolerance_grad": [1e-7, 3.0],
}
OPTIONS = [dict(zip(CHOICES, chosen, strict=True)) for chosen in itertools.product(*CHOICES.values())]


@pytest.mark.parametrize("function", ["rosenbrock", "quadratic", "logistic"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_iterates(function, options):
    if function == "rosenbrock" and options["line_search_fn"] is None:
        options = {**options, "lr": options["lr"] * 1e-3}
    compare(function, options)


ROWS = [
    ("quadratic", {"max_eval": 1}),
    ("rosenbrock", {"max_eval": 1, "line_search_fn": "strong_wolfe"}),
    ("rosenbrock", {"max_eval": 2, "line_search_fn": "strong_wolfe"}),
    ("rosenbrock", {"max_eval": 5, "line_search_fn": "strong_wolfe"}),
    ("rosenbrock", {"max_iter": 1, "line_search_fn": "strong_wolfe"}),
    ("rosenbrock", {"lr": 300.0, "max_iter": 4, "line_search_fn": "strong_wolfe"}),
    ("rosenbrock", {"lr": 1e-4, "max_iter": 4, "line_search_fn": "strong_wolfe"}),
    ("rising", {"max_iter": 3}),  # no step is short enough: the search grows to its limit
    ("rising", {"max_iter": 1, "line_search_fn": "strong_wolfe"}),
    ("quadratic", {"max_iter": 0}),
    ("quadratic", {"tolerance_grad": 1e9}),
    ("quadratic", {"tolerance_change": 1e9}),
    ("quadratic", {"tolerance_change": -1.0, "tolerance_grad": -1.0, "max_iter": 3}),
]


@pytest.mark.parametrize("function, options", ROWS, ids=str)
@pytest.mark.parametrize("shapes", SHAPES)
def test_exits(function, options, shapes):
    if shapes == "single number" and function == "rosenbrock":
        function = "logistic"
    compare(function, options, shapes=shapes, bound=1e-9)


@pytest.mark.parametrize("dtype, bound", [("f4", 2e-3), ("f8", 4e-12), ("c8", 2e-3), ("c16", 4e-12)])
@pytest.mark.parametrize("search", [None, "strong_wolfe"])
@pytest.mark.parametrize("function", ["quadratic", "logistic"])
def test_dtypes(function, search, dtype, bound):
    """torch's own results move by half of the bounds where a start is changed by an ULP: so steep is the search."""
    compare(function, {"lr": 0.1, "max_iter": 3, "line_search_fn": search}, dtype=dtype, bound=bound)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(), (1,)], ids=str)
def test_learning_rates_in_tensors(dtype, shape):
    def tried(t):
        return run(t, "quadratic", {"lr": t.full(shape, 0.25, dtype=getattr(t, dtype)), "max_iter": 4})

    found, expected = tried(refnn), tried(torch)
    for result in (found, expected):
        result[3]["param_groups"][0]["lr"] = None
    close(found, expected, 1e-12)


def scheduled(t, optimizer):
    if hasattr(optimizer, "schedule"):
        optimizer.schedule.step()
    else:
        optimizer.schedule = t.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    return optimizer


def resumed(t, optimizer):
    """A fresh optimizer of the same parameters, in place of the old one."""
    fresh = t.optim.LBFGS(optimizer.param_groups[0]["params"], lr=7)
    fresh.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    return fresh


@pytest.mark.parametrize("between", [scheduled, resumed], ids=lambda f: f.__name__)
@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_between_steps(between, search):
    options = {"lr": 0.1, "max_iter": 3, "line_search_fn": search}
    _, losses, *_ = compare("logistic", options, steps=4, between=between)
    assert losses == sorted(losses, reverse=True)


def test_a_state_of_torch_is_taken_over():
    """Two steps of torch and then two of refnn are four of torch."""
    options = {"lr": 0.1, "max_iter": 3}
    expected = run(torch, "logistic", options, steps=4)
    values, _, _, state = run(torch, "logistic", options, steps=2)
    params = parameters(refnn, values)
    optimizer = refnn.optim.LBFGS(params)
    for key, value in state["state"][0].items():
        state["state"][0][key] = converted(value)
    optimizer.load_state_dict(state)

    def closure():
        optimizer.zero_grad()
        loss = logistic(refnn, params)
        loss.backward()
        return loss

    for _ in range(2):
        optimizer.step(closure)
    close([p.detach().numpy() for p in params], expected[0], 1e-12)
    close(optimizer.state_dict(), expected[3], 1e-11)


def converted(value):
    if isinstance(value, torch.Tensor):
        return refnn.from_numpy(value.numpy())
    return [converted(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))], ids=["copy", "pickle"])
def test_copies_step_as_the_original(duplicate):
    """torch's copies lose the list of their parameters, and cannot step."""
    options = {"lr": 0.1, "max_iter": 3}
    params = parameters(refnn, [np.ones(3)])
    optimizer = refnn.optim.LBFGS(params, **options)

    def closure_of(optimizer):
        def closure():
            optimizer.zero_grad()
            loss = logistic(refnn, optimizer.param_groups[0]["params"])
            loss.backward()
            return loss

        return closure

    optimizer.step(closure_of(optimizer))
    twin = duplicate(optimizer)
    for one in (optimizer, twin):
        one.step(closure_of(one))
    assert twin.param_groups[0]["params"][0].equal(params[0])
    with pytest.raises(AttributeError, match="_params"):
        duplicate(torch.optim.LBFGS(parameters(torch, [np.ones(3)]))).step(lambda: 0)


def failing(t, options, change=lambda t, o: None):
    params = parameters(t, [np.ones(2, "f4")])
    optimizer = t.optim.LBFGS(params, **options)
    change(t, optimizer)

    def closure():
        optimizer.zero_grad()
        loss = (params[0] ** 4).sum()
        loss.backward()
        return loss

    try:
        optimizer.step(closure)
    except Exception as error:
        return type(error), str(error)
    return None


@pytest.mark.parametrize(
    "options, change",
    [
        ({"line_search_fn": "armijo"}, lambda t, o: None),
        ({"history_size": 0}, lambda t, o: None),
        ({}, lambda t, o: o.add_param_group({"params": [t.nn.Parameter(t.ones(1))]})),
    ],
    ids=["search", "history", "groups"],
)
def test_errors(options, change):
    expected = failing(torch, options, change)
    assert expected is not None
    assert failing(refnn, options, change) == expected


def test_parameters_without_gradients():
    def tried(t):
        used, unused = parameters(t, [np.ones(2), np.ones((2, 2)) * (1 + 1j)])
        optimizer = t.optim.LBFGS([unused, used], max_iter=3, lr=0.1)

        def closure():
            optimizer.zero_grad()
            loss = (used**4).sum()
            loss.backward()
            return loss

        optimizer.step(closure)
        return [used.detach().numpy(), unused.detach().numpy(), optimizer.state_dict()]

    close(tried(refnn), tried(torch), 1e-12)
