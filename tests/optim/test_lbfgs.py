"""L-BFGS against the matrices of its equation, and its line search against the conditions it is named after."""

import math

import numpy as np
import pytest

import refnn
from refnn.nn.parameter import Parameter
from refnn.optim._line_search import Point, strong_wolfe
from refnn.optim.lbfgs import _direction, _remember


def inverse_hessian(changes):
    """H, from the oldest change to the newest, each (s, y)."""
    s, y = changes[-1]
    h = np.eye(len(s)) * (y @ s) / (y @ y)
    for s, y in changes:
        rho = 1 / (y @ s)
        left = np.eye(len(s)) - rho * np.outer(s, y)
        h = left @ h @ left.T + rho * np.outer(s, s)
    return h


@pytest.mark.parametrize("size, steps, history_size", [(1, 1, 5), (4, 3, 5), (4, 7, 3), (6, 6, 1)])
def test_directions(size, steps, history_size):
    rng = np.random.default_rng(size)
    root = rng.standard_normal((size, size))
    hessian = root @ root.T + np.eye(size)
    g = rng.standard_normal(size)
    kept = {"old_dirs": [], "old_stps": [], "ro": [], "H_diag": 1}
    changes = []
    for _ in range(steps):
        d, t, last = rng.standard_normal(size), 0.5, g
        g = last + hessian @ d * t
        kept.update(d=refnn.from_numpy(d), t=t, prev_flat_grad=refnn.from_numpy(last))
        _remember(kept, refnn.from_numpy(g), history_size)
        changes = [*changes, (d * t, g - last)][-history_size:]
    d = _direction(kept, refnn.from_numpy(g), [None] * history_size)
    assert d.tolist() == pytest.approx((-inverse_hessian(changes) @ g).tolist(), rel=1e-9)


def test_changes_against_the_curvature_are_not_remembered():
    kept = {"old_dirs": [], "old_stps": [], "ro": [], "H_diag": 1, "t": 1.0}
    kept.update(d=refnn.ones(2), prev_flat_grad=refnn.ones(2))
    _remember(kept, refnn.zeros(2), 5)
    assert (kept["old_dirs"], kept["H_diag"]) == ([], 1)


FUNCTIONS = [  # φ and φ', which is negative at 0
    (lambda t: (t - 3) ** 2, lambda t: 2 * (t - 3)),
    (lambda t: (t - 1e-3) ** 2, lambda t: 2 * (t - 1e-3)),
    (lambda t: (t - 500) ** 2, lambda t: 2 * (t - 500)),
    (lambda t: t**4 - 4 * t, lambda t: 4 * t**3 - 4),
    (lambda t: -t / (t * t + 2), lambda t: (t * t - 2) / (t * t + 2) ** 2),
    (lambda t: math.cos(t + 0.5) + 0.1 * t, lambda t: -math.sin(t + 0.5) + 0.1),
]


@pytest.mark.parametrize("function", range(len(FUNCTIONS)))
@pytest.mark.parametrize("first", [1e-3, 0.1, 1.0, 10.0, 100.0])
def test_the_strong_wolfe_conditions(function, first):
    value, slope = FUNCTIONS[function]
    seen = []

    def evaluate(t):
        t = float(t)
        seen.append(t)
        return Point(t, value(t), None, refnn.tensor(slope(t), dtype=refnn.float64))

    start = evaluate(0.0)
    found, count = strong_wolfe(evaluate, start, first, 1.0, 25)
    assert count == len(seen) - 1
    assert found.t > 0
    assert found.loss <= start.loss + 1e-4 * found.t * start.slope
    assert abs(found.slope) <= -0.9 * start.slope


@pytest.mark.parametrize("limit", [0, 1, 2, 5])
def test_a_search_ends_at_its_limit(limit):
    """−t falls for ever: steps grow tenfold until the limit."""
    found, count = strong_wolfe(
        lambda t: Point(t, -float(t), None, refnn.tensor(-1.0)),
        Point(0, 0.0, None, refnn.tensor(-0.5)),
        1.0,
        1.0,
        limit,
    )
    assert count == limit + 1
    assert found.loss < 0


@pytest.mark.parametrize("options", [{"line_search_fn": "strong_wolfe"}, {"lr": 0.01, "max_iter": 2000}], ids=str)
def test_the_valley_of_rosenbrock(options):
    p = Parameter(refnn.tensor([-1.2, 1.0], dtype=refnn.float64))
    optimizer = refnn.optim.LBFGS([p], **options)

    def closure():
        optimizer.zero_grad()
        loss = (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2
        loss.backward()
        return loss

    for _ in range(4):
        optimizer.step(closure)
    assert p.tolist() == pytest.approx([1.0, 1.0], abs=1e-3)
