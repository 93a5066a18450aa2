"""Averages of weights, and their schedule."""

import math

import pytest

import refnn
from refnn.optim import swa_utils


def model_of(value):
    model = refnn.nn.Linear(1, 1, bias=False)
    model.register_buffer("count", refnn.tensor(int(value)))
    with refnn.no_grad():
        model.weight.fill_(value)
    return model


AVERAGES = {  # (options, what 8, 2 and 5 give, the buffer then)
    "the mean": ({}, 5, 5),
    "the mean, buffers too": ({"use_buffers": True}, 5, 5),
    "of lists": ({"multi_avg_fn": swa_utils.get_swa_multi_avg_fn()}, 5, 5),
    "moving": ({"avg_fn": swa_utils.get_ema_avg_fn(0.5)}, 5, 5),
    "moving, of lists": ({"multi_avg_fn": swa_utils.get_ema_multi_avg_fn(0.75)}, 0.75 * 6.5 + 1.25, 5),
    "moving, buffers too": ({"multi_avg_fn": swa_utils.get_ema_multi_avg_fn(0.25), "use_buffers": True}, 4.625, 4),
    "the user's": ({"avg_fn": lambda average, current, n: average + n * current}, 8 + 2 + 2 * 5, 5),
}


@pytest.mark.parametrize("row", AVERAGES)
def test_averages(row):
    options, expected, count = AVERAGES[row]
    averaged = swa_utils.AveragedModel(model_of(0), **options)
    for value in (8, 2, 5):
        averaged.update_parameters(model_of(value))
    assert averaged.module.weight.item() == pytest.approx(expected)
    assert averaged.module.count.item() == count
    assert averaged.n_averaged.item() == 3
    assert averaged(refnn.ones(1, 1)).item() == pytest.approx(expected)


def test_statistics_are_those_of_the_data():
    model = refnn.nn.Sequential(refnn.nn.BatchNorm1d(1, momentum=0.5)).eval()
    swa_utils.update_bn([(refnn.tensor([[1.0], [3.0]]), "label"), [refnn.tensor([[4.0], [8.0]])]], model)
    assert model[0].running_mean.item() == pytest.approx((2 + 6) / 2)
    assert model[0].running_var.item() == pytest.approx((2 + 8) / 2)
    assert (model[0].momentum, model.training) == (0.5, False)


SHARES = {  # how far an epoch of four has gone
    "cos": lambda t: (1 - math.cos(math.pi * t)) / 2,
    "linear": lambda t: t,
}


@pytest.mark.parametrize("strategy", SHARES)
def test_the_schedule_reaches_its_rate(strategy):
    optimizer = refnn.optim.SGD([refnn.ones(1, requires_grad=True)], lr=1.0)
    schedule = swa_utils.SWALR(optimizer, 0.2, anneal_epochs=4, anneal_strategy=strategy)
    for epoch in range(1, 7):
        optimizer.step()
        schedule.step()
        share = SHARES[strategy](min(1, epoch / 4))
        assert schedule.get_last_lr() == [pytest.approx(0.2 * share + 1.0 * (1 - share))]


REFUSED = {  # (call, exception, text)
    "a decay": (lambda: swa_utils.get_ema_avg_fn(1.5), ValueError, "Invalid decay value"),
    "two functions": (lambda: swa_utils.AveragedModel(model_of(0), None, max, max), AssertionError, "Only one of"),
    "a strategy": (lambda: schedule_with(anneal_strategy="steep"), ValueError, "'cos' or 'linear'"),
    "no epochs": (lambda: schedule_with(anneal_epochs=-1), ValueError, "equal or greater than 0"),
}


def schedule_with(**options):
    return swa_utils.SWALR(refnn.optim.SGD([refnn.ones(1, requires_grad=True)], lr=1.0), 0.1, **options)


@pytest.mark.parametrize("row", REFUSED)
def test_refused(row):
    call, exception, text = REFUSED[row]
    with pytest.raises(exception, match=text):
        call()
