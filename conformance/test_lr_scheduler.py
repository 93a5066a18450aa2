"""Learning-rate schedules: the same rates, states, texts and errors as torch's.

Rows are expressions in `t`, the library, `o`, its optim, and `p`, a list of parameters.
"""

import copy
import inspect
import warnings

import numpy as np
import pytest
import torch

import refnn
from conformance.harness.sides import outcome, same

SCHEDULES = """
s.StepLR(o, 3)
s.StepLR(o, 1, 0.5)
s.MultiStepLR(o, [2, 2, 7], 0.3)
s.ExponentialLR(o, 0.9)
s.LambdaLR(o, lambda e: 0.95**e)
s.LambdaLR(o, [lambda e: 1 / (e + 1), lambda e: e])
s.MultiplicativeLR(o, lambda e: 0.9 if e % 2 else 1.1)
s.ConstantLR(o, 0.5, 4)
s.LinearLR(o, 0.25, 0.75, 6)
s.LinearLR(o)
s.PolynomialLR(o, 7, 2.0)
s.CosineAnnealingLR(o, 5)
s.CosineAnnealingLR(o, 4, 0.01)
s.CosineAnnealingWarmRestarts(o, 3)
s.CosineAnnealingWarmRestarts(o, 2, 2, 0.01)
s.CyclicLR(o, 0.1, 0.5, 3)
s.CyclicLR(o, [0.1, 0.2], [0.5, 1.0], 2, 4, "triangular2", base_momentum=0.7, max_momentum=0.95)
s.CyclicLR(o, 0.1, 0.5, 3, mode="exp_range", gamma=0.9, cycle_momentum=False)
s.CyclicLR(o, 0.1, 0.5, 3, scale_fn=lambda t: 0.9**t, scale_mode="iterations")
s.CyclicLR(o, 0.1, 0.5, 3, scale_fn=lambda k: 1 / k)
s.OneCycleLR(o, 0.5, 30)
s.OneCycleLR(o, [0.5, 1.0], epochs=5, steps_per_epoch=6, pct_start=0.2, anneal_strategy="linear")
s.OneCycleLR(o, 0.5, 30, three_phase=True, div_factor=10.0, final_div_factor=100.0, base_momentum=0.6, max_momentum=0.8)
s.OneCycleLR(o, 0.5, 30, cycle_momentum=False)
s.SequentialLR(o, [s.ConstantLR(o, 0.1, 2), s.ExponentialLR(o, 0.9), s.StepLR(o, 2)], [4, 9])
s.ChainedScheduler([s.ConstantLR(o, 0.1, 2), s.ExponentialLR(o, 0.9)])
s.ReduceLROnPlateau(o, patience=1)
s.ReduceLROnPlateau(o, "max", 0.5, 0, 0.1, "abs", 2, [0.01, 0.3])
s.ReduceLROnPlateau(o, "min", 0.5, 1, 0.1, "abs")
s.ReduceLROnPlateau(o, "max", 0.9, 1, 0.1, "rel", 1, 0.05, 0.01)
""".strip().split("\n")
METRICS = [5, 4, 4, 4.05, 3, 3, 3, 3, 2.99, 7, 8, 9, 8, 8, 8, 8, 1, 1, 1, 1, 1, 1, 1, 1, 1]


def scheduled(t, p, row, lr=0.4):
    groups = [{"params": p[0]}, {"params": p[1], "lr": 1.0 if lr == 0.4 else lr.clone()}]
    optimizer = t.optim.SGD(groups, lr)
    return optimizer, eval(row, {"s": t.optim.lr_scheduler, "o": optimizer})


def advance(optimizer, schedule, epochs):
    rates = []
    for metric in METRICS[:epochs]:
        optimizer.step()
        schedule.step(*[metric] * ("Plateau" in type(schedule).__name__))
        rates.append([schedule.get_last_lr(), [group["lr"] for group in optimizer.param_groups]])
    return rates


@pytest.mark.parametrize("row", SCHEDULES)
def test_rates(row):
    """Not one bit differs, and neither does the state."""

    def run(t, p):
        optimizer, schedule = scheduled(t, p, row)
        rates = advance(optimizer, schedule, 25)
        return rates, schedule.state_dict(), optimizer.state_dict()

    same(run)


@pytest.mark.parametrize("row", SCHEDULES)
def test_rates_held_by_tensors(row):
    def run(t, p):
        optimizer, schedule = scheduled(t, p, row, t.tensor(0.5))
        held = optimizer.param_groups[0]["lr"]
        rates = advance(optimizer, schedule, 25)
        assert optimizer.param_groups[0]["lr"] is held
        return rates[-1]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = outcome(run, refnn), outcome(run, torch)
    assert str(ours[0])[:60] == str(theirs[0])[:60] or ours[0][0] == theirs[0][0]
    found, expected = (np.array([[x[1] for x in half] for half in side[0]], float) for side in (ours, theirs))
    np.testing.assert_allclose(found, expected, rtol=3e-7)


@pytest.mark.parametrize("row", [row for row in SCHEDULES if "Plateau" not in row and "Sequential" not in row])
def test_closed_forms(row):
    def run(t, p):
        _, schedule = scheduled(t, p, row)
        rates = []
        for epoch in (3, 9, 2):
            if "Chained" in row:
                schedule.step()
            else:
                schedule.step(epoch)
            rates.append(schedule.get_last_lr())
        return rates

    same(run)


@pytest.mark.parametrize("row", SCHEDULES)
def test_schedules_resume(row):
    def run(t, p):
        optimizer, schedule = scheduled(t, p, row)
        advance(optimizer, schedule, 6)
        saved, saved_optimizer = copy.deepcopy(schedule.state_dict()), optimizer.state_dict()
        other, again = scheduled(t, p, row)
        again.load_state_dict(saved)
        other.load_state_dict(saved_optimizer)
        resumed = advance(other, again, 6)
        assert resumed == advance(optimizer, schedule, 6)
        return resumed

    same(run)


@pytest.mark.parametrize("row", [row for row in SCHEDULES[:13] if "lambda" not in row])
def test_schedules_started_late(row):
    def run(t, p):
        optimizer, _ = scheduled(t, p, row)
        late = eval(row[:-1] + ", last_epoch=4)", {"s": t.optim.lr_scheduler, "o": optimizer})
        return late.get_last_lr(), advance(optimizer, late, 5)

    same(run)


def test_lambda_objects_keep_their_state():
    class Decay:
        def __init__(self):
            self.rate = 0.5

        def __call__(self, epoch):
            return self.rate**epoch

    def run(t, p):
        schedule = t.optim.lr_scheduler.LambdaLR(t.optim.SGD(p), Decay())
        saved = copy.deepcopy(schedule.state_dict())
        other = t.optim.lr_scheduler.LambdaLR(t.optim.SGD(p), Decay())
        saved["lr_lambdas"][0]["rate"] = 0.25
        other.load_state_dict(saved)
        other.optimizer.step()
        other.step()
        return saved["lr_lambdas"], other.get_last_lr()

    same(run)


def test_overridden_steps_are_noticed():
    def run(t, p):
        optimizer = t.optim.SGD(p)
        schedule = t.optim.lr_scheduler.StepLR(optimizer, 1)
        optimizer.step = lambda: None
        schedule.step()
        return schedule.get_last_lr()

    assert same(run)[1]


@pytest.mark.parametrize("name", refnn.optim.lr_scheduler.__all__)
def test_schedule_signatures(name):
    ours, theirs = getattr(refnn.optim.lr_scheduler, name), getattr(torch.optim.lr_scheduler, name)
    expected, found = inspect.signature(theirs).parameters, inspect.signature(ours).parameters
    assert [(p.name, p.kind, p.default) for p in found.values()] == [
        (p.name, p.kind, p.default) for p in expected.values()
    ]


OUTCOMES = """
o.lr_scheduler.StepLR(3, 1)
o.lr_scheduler.StepLR(o.SGD(p), 1, last_epoch=3)
o.lr_scheduler.LambdaLR(o.SGD(p), [len, len])
o.lr_scheduler.MultiplicativeLR(o.SGD(p), 3)
o.lr_scheduler.ConstantLR(o.SGD(p), 2)
o.lr_scheduler.LinearLR(o.SGD(p), 0)
o.lr_scheduler.LinearLR(o.SGD(p), 0.5, 2)
o.lr_scheduler.LRScheduler(o.SGD(p))
o.lr_scheduler.CosineAnnealingWarmRestarts(o.SGD(p), 0)
o.lr_scheduler.CosineAnnealingWarmRestarts(o.SGD(p), 2.5)
o.lr_scheduler.CosineAnnealingWarmRestarts(o.SGD(p), 2, 0)
o.lr_scheduler.CosineAnnealingWarmRestarts(o.SGD(p), 2, 1, "x")
o.lr_scheduler.CosineAnnealingWarmRestarts(o.SGD(p), 2).step(-1)
walk(o.lr_scheduler.CosineAnnealingWarmRestarts(o.SGD(p), 2, 3), 0.5, 2, 7.25, 30, 1)
o.lr_scheduler.CyclicLR(3, 0.1, 0.2)
o.lr_scheduler.CyclicLR(o.SGD(p), 0.1, 0.2, mode="x")
o.lr_scheduler.CyclicLR(o.SGD(p), [0.1, 0.2], 0.2)
o.lr_scheduler.CyclicLR(o.SGD(p), 0.1, [0.2, 0.3])
o.lr_scheduler.CyclicLR(o.Adagrad(p), 0.1, 0.2)
walk(o.lr_scheduler.CyclicLR(o.Adam(p), 0.1, 0.2, 2), *[None] * 5)
o.lr_scheduler.OneCycleLR(3, 0.1, 3)
o.lr_scheduler.OneCycleLR(o.SGD(p), 0.1)
o.lr_scheduler.OneCycleLR(o.SGD(p), 0.1, 0)
o.lr_scheduler.OneCycleLR(o.SGD(p), 0.1, epochs=2)
o.lr_scheduler.OneCycleLR(o.SGD(p), 0.1, epochs=-1, steps_per_epoch=2)
o.lr_scheduler.OneCycleLR(o.SGD(p), 0.1, epochs=1, steps_per_epoch=2.5)
o.lr_scheduler.OneCycleLR(o.SGD(p), 0.1, 9, pct_start=2)
o.lr_scheduler.OneCycleLR(o.SGD(p), 0.1, 9, anneal_strategy="x")
o.lr_scheduler.OneCycleLR(o.SGD(p), [0.1, 0.2], 9)
o.lr_scheduler.OneCycleLR(o.Adagrad(p), 0.1, 9)
o.lr_scheduler.OneCycleLR(o.SGD(p), 0.1, 9, base_momentum=[0.1, 0.2], max_momentum=[0.3, 0.4])
o.lr_scheduler.CyclicLR(o.SGD(p), 0.1, 0.2, base_momentum=[0.1, 0.2], max_momentum=[0.3, 0.4])
list(o.lr_scheduler.CyclicLR(o.SGD(p), 0.1, 0.2).state_dict())
walk(o.lr_scheduler.OneCycleLR(o.Adam(p), 0.1, 9), *[None] * 9)
walk(o.lr_scheduler.OneCycleLR(o.Adam(p), 0.1, 9), *[None] * 10)
o.lr_scheduler.StepLR(o.SGD(p), 1).get_lr()
o.lr_scheduler.StepLR(o.SGD(p), 1).step()
o.lr_scheduler.StepLR(o.SGD(p), 1).step(4)
o.lr_scheduler.SequentialLR(o.SGD(p), [], [])
o.lr_scheduler.ChainedScheduler([])
o.lr_scheduler.ChainedScheduler([3])
o.lr_scheduler.ReduceLROnPlateau(o.SGD(p), factor=1)
o.lr_scheduler.ReduceLROnPlateau(o.SGD(p), "mean")
o.lr_scheduler.ReduceLROnPlateau(o.SGD(p), threshold_mode="x")
o.lr_scheduler.ReduceLROnPlateau(o.SGD(p), min_lr=[1, 2])
""".strip().split("\n")


def walk(schedule, *epochs):
    """Rates, momenta and the schedule's own state after each of these steps."""
    found = []
    for epoch in epochs:
        schedule.optimizer.step()
        schedule.step(epoch)
        group = schedule.optimizer.param_groups[0]
        found.append([schedule.get_last_lr(), group.get("betas"), getattr(schedule, "T_cur", 0), schedule.last_epoch])
    return found


@pytest.mark.parametrize("row", OUTCOMES)
def test_outcomes(row):
    same(lambda t, p: eval(row, {"t": t, "o": t.optim, "p": p, "walk": walk}))
