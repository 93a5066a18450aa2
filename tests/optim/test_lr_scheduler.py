"""Schedules against their equations."""

import math

import pytest

import refnn
from refnn.nn.parameter import Parameter
from refnn.optim import lr_scheduler

LR = 0.8


def optimizer():
    return refnn.optim.SGD([Parameter(refnn.zeros(1))], LR)


def rates(schedule, epochs=12):
    seen = [schedule.get_last_lr()[0]]
    for _ in range(epochs):
        schedule.optimizer.step()
        schedule.step()
        seen.append(schedule.get_last_lr()[0])
    return seen


ROWS = [
    (lambda o: lr_scheduler.StepLR(o, 3, 0.5), lambda t: LR * 0.5 ** (t // 3)),
    (lambda o: lr_scheduler.MultiStepLR(o, [2, 5, 5], 0.5), lambda t: LR * 0.5 ** ((t >= 2) + 2 * (t >= 5))),
    (lambda o: lr_scheduler.ExponentialLR(o, 0.9), lambda t: LR * 0.9**t),
    (
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 4, eta_min=0.1),
        lambda t: 0.1 + (LR - 0.1) * (1 + math.cos(math.pi * (t % 4) / 4)) / 2,
    ),
    (
        lambda o: lr_scheduler.CyclicLR(o, 0.1, 0.5, 2, 4),
        lambda t: 0.1 + 0.4 * (t % 6 / 2 if t % 6 <= 2 else (6 - t % 6) / 4),
    ),
    (
        lambda o: lr_scheduler.CyclicLR(o, 0.1, 0.5, 2, mode="triangular2"),
        lambda t: 0.1 + 0.4 * (1 - abs(t % 4 - 2) / 2) / 2 ** (t // 4),
    ),
    (
        lambda o: lr_scheduler.OneCycleLR(
            o, 1.0, 21, pct_start=5 / 21, anneal_strategy="linear", final_div_factor=10.0
        ),
        lambda t: 0.04 + 0.96 * t / 4 if t <= 4 else 1 - (1 - 0.004) * (t - 4) / 16,
    ),
    (lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + t)), lambda t: LR / (1 + t)),
    (lambda o: lr_scheduler.MultiplicativeLR(o, lambda t: t), lambda t: LR * math.factorial(t)),
    (lambda o: lr_scheduler.ConstantLR(o, 0.5, 4), lambda t: LR * (0.5 if t < 4 else 1)),
    (lambda o: lr_scheduler.LinearLR(o, 0.5, 1, 4), lambda t: LR * (0.5 + 0.5 * min(t, 4) / 4)),
    (lambda o: lr_scheduler.PolynomialLR(o, 5, 2), lambda t: LR * (1 - min(t, 5) / 5) ** 2),
    (
        lambda o: lr_scheduler.CosineAnnealingLR(o, 5, 0.1),
        lambda t: 0.1 + (LR - 0.1) * (1 + math.cos(math.pi * t / 5)) / 2,
    ),
    (
        lambda o: lr_scheduler.ChainedScheduler([lr_scheduler.ExponentialLR(o, 0.9), lr_scheduler.StepLR(o, 3, 0.5)]),
        lambda t: LR * 0.9**t * 0.5 ** (t // 3),
    ),
    (
        lambda o: lr_scheduler.SequentialLR(
            o, [lr_scheduler.ConstantLR(o, 0.5, 99), lr_scheduler.ExponentialLR(o, 0.9)], [4]
        ),
        lambda t: LR * (0.5 if t < 4 else 0.9 ** (t - 4)),
    ),
]


@pytest.mark.parametrize("make, equation", ROWS)
def test_equations(make, equation):
    assert rates(make(optimizer())) == pytest.approx([equation(t) for t in range(13)], rel=1e-12, abs=1e-16)


@pytest.mark.parametrize("make, equation", ROWS[:9])
@pytest.mark.filterwarnings("ignore:The epoch parameter", "ignore:Detected call")
def test_closed_forms(make, equation):
    schedule = make(optimizer())
    if not hasattr(schedule, "_get_closed_form_lr"):
        return
    for epoch in (7, 2, 11):
        schedule.step(epoch)
        assert schedule.get_last_lr()[0] == pytest.approx(equation(epoch), rel=1e-12, abs=1e-16)


def test_plateau():
    o = optimizer()
    schedule = lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=1, cooldown=2, min_lr=0.15)
    seen = []
    for metric in (5, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 3, 3):
        schedule.step(metric)
        seen.append(o.param_groups[0]["lr"])
    assert seen == [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2]


def test_schedules_drive_training():
    o = optimizer()
    (p,) = o.param_groups[0]["params"]
    schedule = lr_scheduler.StepLR(o, 1, 0.5)
    for _ in range(3):
        p.grad = refnn.ones(1)
        o.step()
        schedule.step()
    assert p.item() == pytest.approx(-(0.8 + 0.4 + 0.2))


def test_the_wrong_order_is_noticed():
    schedule = lr_scheduler.StepLR(optimizer(), 1)
    with pytest.warns(UserWarning, match=r"before `optimizer.step\(\)`"):
        schedule.step()
    with pytest.warns(UserWarning, match="get_last_lr"):
        schedule.get_lr()
