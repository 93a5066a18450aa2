"""Optimizers against their equations, one number at a time."""

import itertools
import math

import numpy as np
import pytest

import refnn
from refnn.nn.parameter import Parameter

# The equations, for one number and its gradients in turn


def sgd(x, gradients, lr, momentum=0, dampening=0, weight_decay=0, nesterov=False, maximize=False):
    b = None
    for g in gradients:
        g = (-g if maximize else g) + weight_decay * x
        if momentum:
            b = g if b is None else momentum * b + (1 - dampening) * g
            g = g + momentum * b if nesterov else b
        x -= lr * g
    return x


def adam(x, gradients, lr, betas, eps, weight_decay=0, amsgrad=False, maximize=False, decoupled=False):
    m = v = largest = 0.0
    for t, g in enumerate(gradients, 1):
        g = -g if maximize else g
        if decoupled:
            x *= 1 - lr * weight_decay
        else:
            g += weight_decay * x
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        largest = max(largest, v)
        second = largest if amsgrad else v
        x -= lr * m / (1 - betas[0] ** t) / (math.sqrt(second / (1 - betas[1] ** t)) + eps)
    return x


def adamw(x, gradients, **options):
    return adam(x, gradients, decoupled=True, **options)


def rmsprop(x, gradients, lr, alpha, eps, weight_decay=0, momentum=0, centered=False, maximize=False):
    v = h = b = 0.0
    for g in gradients:
        g = (-g if maximize else g) + weight_decay * x
        v = alpha * v + (1 - alpha) * g * g
        h = alpha * h + (1 - alpha) * g
        step = g / (math.sqrt(v - h * h if centered else v) + eps)
        b = momentum * b + step
        x -= lr * (b if momentum else step)
    return x


def adadelta(x, gradients, lr, rho, eps, weight_decay=0, maximize=False):
    v = u = 0.0
    for g in gradients:
        g = (-g if maximize else g) + weight_decay * x
        v = rho * v + (1 - rho) * g * g
        delta = g * math.sqrt(u + eps) / math.sqrt(v + eps)
        u = rho * u + (1 - rho) * delta * delta
        x -= lr * delta
    return x


def adagrad(x, gradients, lr, lr_decay, eps, initial_accumulator_value=0, weight_decay=0, maximize=False):
    s = initial_accumulator_value
    for t, g in enumerate(gradients):
        g = (-g if maximize else g) + weight_decay * x
        s += g * g
        x -= lr / (1 + t * lr_decay) * g / (math.sqrt(s) + eps)
    return x


def adamax(x, gradients, lr, betas, eps, weight_decay=0, maximize=False):
    m = u = 0.0
    for t, g in enumerate(gradients, 1):
        g = (-g if maximize else g) + weight_decay * x
        m = betas[0] * m + (1 - betas[0]) * g
        u = max(betas[1] * u, abs(g) + eps)
        x -= lr / (1 - betas[0] ** t) * m / u
    return x


def radam(x, gradients, lr, betas, eps, weight_decay=0, decoupled_weight_decay=False, maximize=False):
    m = v = 0.0
    for t, g in enumerate(gradients, 1):
        g = -g if maximize else g
        if decoupled_weight_decay:
            x *= 1 - lr * weight_decay
        else:
            g += weight_decay * x
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        limit = 2 / (1 - betas[1]) - 1
        rho = limit - 2 * t * betas[1] ** t / (1 - betas[1] ** t)
        factor = 1.0
        if rho > 5:
            factor = math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho))
            factor *= math.sqrt(1 - betas[1] ** t) / (math.sqrt(v) + eps)
        x -= lr * factor * m / (1 - betas[0] ** t)
    return x


def nadam(
    x, gradients, lr, betas, eps, weight_decay=0, momentum_decay=0.004, decoupled_weight_decay=False, maximize=False
):
    m = v = 0.0
    product = 1.0
    for t, g in enumerate(gradients, 1):
        g = -g if maximize else g
        if decoupled_weight_decay:
            x *= 1 - lr * weight_decay
        else:
            g += weight_decay * x
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        now, after = (betas[0] * (1 - 0.5 * 0.96 ** (k * momentum_decay)) for k in (t, t + 1))
        product = float(np.float32(product) * np.float32(now))  # kept in float32
        step = (1 - now) * g / (1 - product) + after * m / (1 - product * after)
        x -= lr * step / (math.sqrt(v / (1 - betas[1] ** t)) + eps)
    return x


def rprop(x, gradients, lr, etas, step_sizes, maximize=False):
    last, size = 0.0, lr
    for g in gradients:
        g = -g if maximize else g
        size *= etas[1] if g * last > 0 else etas[0] if g * last < 0 else 1
        size = min(max(size, step_sizes[0]), step_sizes[1])
        last = 0.0 if g * last < 0 else g
        x -= math.copysign(size, last) if last else 0
    return x


def asgd(x, gradients, lr, lambd, alpha, weight_decay=0, maximize=False):
    eta = float(np.float32(lr))  # kept in float32
    for t, g in enumerate(gradients, 1):
        g = (-g if maximize else g) + weight_decay * x
        x = (1 - lambd * eta) * x - eta * g
        eta = float(np.float32(lr / (1 + lambd * lr * t) ** alpha))
    return x


def combinations(**options):
    return [dict(zip(options, chosen, strict=True)) for chosen in itertools.product(*options.values())]


def ranges(**options):
    """The values of each option."""
    return options


BOTH, DECAYS, EPS = [False, True], [0, 0.1], [1e-3]
BETAS = [(0.9, 0.99), (0.2, 0.6)]
ADAM = ranges(lr=[0.1], betas=BETAS, eps=EPS, weight_decay=DECAYS, amsgrad=BOTH, maximize=BOTH)
SLOWER = [(0.9, 0.99), (0.5, 0.9)]
CORRECTED = ranges(lr=[0.1], betas=SLOWER, eps=EPS, weight_decay=DECAYS, decoupled_weight_decay=BOTH, maximize=BOTH)
ROWS = [  # optimizer, its equations, every value of each option
    (
        "SGD",
        sgd,
        ranges(lr=[0.1], momentum=[0, 0.9], dampening=[0, 0.3], weight_decay=DECAYS, nesterov=BOTH, maximize=BOTH),
    ),
    ("Adam", adam, ADAM),
    ("AdamW", adamw, ADAM),
    (
        "RMSprop",
        rmsprop,
        ranges(lr=[0.1], alpha=[0.9], eps=EPS, weight_decay=DECAYS, momentum=[0, 0.5], centered=BOTH, maximize=BOTH),
    ),
    ("Adadelta", adadelta, ranges(lr=[0.5], rho=[0.9, 0.3], eps=EPS, weight_decay=DECAYS, maximize=BOTH)),
    (
        "Adagrad",
        adagrad,
        ranges(
            lr=[0.1], lr_decay=[0, 0.5], eps=EPS, initial_accumulator_value=[0, 0.5], weight_decay=DECAYS, maximize=BOTH
        ),
    ),
    ("Adamax", adamax, ranges(lr=[0.1], betas=BETAS, eps=EPS, weight_decay=DECAYS, maximize=BOTH)),
    ("RAdam", radam, CORRECTED),
    ("NAdam", nadam, CORRECTED | ranges(momentum_decay=[0.004, 0.5])),
    (
        "Rprop",
        rprop,
        ranges(lr=[0.1], etas=[(0.5, 1.2), (0.3, 2.0)], step_sizes=[(1e-6, 50), (0.08, 0.15)], maximize=BOTH),
    ),
    ("ASGD", asgd, ranges(lr=[0.1], lambd=[1e-4, 0.2], alpha=[0.75, 0.5], weight_decay=DECAYS, maximize=BOTH)),
]
CASES = [
    (name, equations, options)
    for name, equations, given in ROWS
    for options in combinations(**given)
    if not options.get("nesterov") or (options["momentum"] and not options["dampening"])
]
NOT_FUSED = ("ASGD", "Adadelta", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop")
START, GRADIENTS = (
    [0.5, -2.0, 0.0],
    [
        [1.0, -0.5, 1e-4],
        [0.25, 3.0, 0.0],
        [-2.0, 1.0, 1.0],
        [0.0, 0.0, -1.0],
        [0.5, -0.5, 2.0],
        [1.0, 0.0, 0.0],
        [0.1, 0.2, 0.3],
    ],
)


def expected(equations, options):
    return [equations(x, [row[i] for row in GRADIENTS], **options) for i, x in enumerate(START)]


def case_id(value):
    """A function by its name: its address differs from one process to the next."""
    return getattr(value, "__name__", None) or str(value)


@pytest.mark.parametrize("name, equations, options", CASES, ids=case_id)
@pytest.mark.parametrize("extra", [{}, {"foreach": True}, {"fused": True}], ids=case_id)
def test_equations(name, equations, options, extra):
    if name in NOT_FUSED and "fused" in extra:
        return
    p = Parameter(refnn.tensor(START, dtype=refnn.float64))
    optimizer = getattr(refnn.optim, name)([p], **options, **extra)
    for gradient in GRADIENTS:
        p.grad = refnn.tensor(gradient, dtype=refnn.float64)
        optimizer.step()
        assert p.grad.tolist() == gradient
    assert p.tolist() == pytest.approx(expected(equations, options), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name, equations, options", CASES, ids=case_id)
def test_equations_on_the_tape(name, equations, options):
    x = refnn.tensor(START, dtype=refnn.float64, requires_grad=True).clone()
    optimizer = getattr(refnn.optim, name)([x], **options, differentiable=True)
    for gradient in GRADIENTS:
        x.grad = refnn.tensor(gradient, dtype=refnn.float64)
        optimizer.step()
    # the counter of steps is float32, and so are the factors that come of it
    assert x.tolist() == pytest.approx(expected(equations, options), rel=1e-6, abs=3e-8)
    assert x.requires_grad


@pytest.mark.parametrize("name, equations, options", CASES, ids=case_id)
def test_complex_parts_are_independent(name, equations, options):
    p = Parameter(refnn.tensor([complex(a, -a) for a in START], dtype=refnn.complex128))
    check_parts(p, getattr(refnn.optim, name)([p], **options), expected(equations, options), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name, equations, options", CASES, ids=case_id)
def test_complex_parts_are_independent_on_the_tape(name, equations, options):
    p = refnn.tensor([complex(a, -a) for a in START], dtype=refnn.complex128, requires_grad=True).clone()
    optimizer = getattr(refnn.optim, name)([p], **options, differentiable=True)
    check_parts(p, optimizer, expected(equations, options), rel=1e-6, abs=3e-8)
    assert p.requires_grad


def check_parts(p, optimizer, want, **bounds):
    for gradient in GRADIENTS:
        p.grad = refnn.tensor([complex(g, -g) for g in gradient], dtype=refnn.complex128)
        optimizer.step()
    assert p.detach().numpy().real.tolist() == pytest.approx(want, **bounds)
    assert p.detach().numpy().imag.tolist() == pytest.approx([-w for w in want], **bounds)
