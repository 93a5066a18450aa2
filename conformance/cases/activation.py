"""Activations: kinks, infinities, NaN, signed zeros, saturation, dimensions, in-place forms."""

import math

import torch

from conformance.harness.cases import Case, call, normal, values

NAN, INF = math.nan, math.inf
SPECIAL = values([[-INF, -1e30, -100.0, -1.0, -1e-30], [-0.0, 0.0, 1e-30, 1.0, 2.0], [50.0, 100.0, 1e30, INF, NAN]])
ROWS_OF_INF = values([[-INF, -INF, -INF], [INF, 0.0, 1.0], [NAN, 0.0, 1.0], [-INF, 0.0, 1.0], [1e30, -1e30, 0.0]])


def pointwise(module, function, **init):
    """What every activation of one argument shares."""
    return [
        Case(module, "kinks and special values", call(SPECIAL), init=call(**init)),
        Case(module, "normal numbers", call(normal(5, 7)), init=call(**init)),
        Case(module, "0-d", call(values(0.5)), init=call(**init)),
        Case(module, "empty", call(normal(0, 3)), init=call(**init)),
        Case(module, "transposed", call(normal(3, 5).transposed(1, 0)), init=call(**init)),
        Case(module, "negative strides", call(normal(3, 5).flipped(0, 1)), init=call(**init)),
        Case(module, "strided", call(normal(3, 5).stepped()), init=call(**init)),
        Case(module, "not a tensor", call(1.0), init=call(**init)),
        Case(function, "kinks and special values", call(SPECIAL)),
        Case(function, "integers", call(values([-2, 0, 3]).of("int64"))),
        Case(function, "bools", call(values([True, False]).of("bool"))),
        Case(function, "not a tensor", call([1.0])),
        Case(function, "no argument", call()),
    ]


def in_place(module, function):
    """Forms that overwrite their argument."""
    return [
        Case(module, "in place", call(SPECIAL), init=call(inplace=True), on_copy=True),
        Case(module, "in place on a leaf", call(normal(2, 3)), init=call(inplace=True)),
        Case(module, "in place without gradient", call(normal(2, 3).constant()), init=call(inplace=True)),
        Case(function, "in place", call(SPECIAL, inplace=True), on_copy=True),
    ]


def along(module, function):
    """Functions along a dimension."""
    return [
        *(Case(module, f"dim {d}", call(normal(2, 3, 4)), init=call(d)) for d in (0, 1, 2, -1, -3)),
        Case(module, "no dim warns", call(normal(2, 3))),
        Case(module, "no dim, three dimensions", call(normal(2, 3, 4))),
        Case(module, "infinities and NaN", call(ROWS_OF_INF), init=call(dim=1)),
        Case(module, "large numbers", call(values([[1000.0, 1001.0, 999.0]])), init=call(dim=1)),
        Case(module, "0-d", call(values(3.0)), init=call(dim=0)),
        Case(module, "one element", call(normal(4, 1)), init=call(dim=1)),
        Case(module, "empty dimension", call(normal(2, 0)), init=call(dim=1)),
        Case(module, "empty batch", call(normal(0, 3)), init=call(dim=1)),
        Case(module, "transposed", call(normal(3, 4).transposed(1, 0)), init=call(dim=1)),
        Case(module, "negative strides", call(normal(3, 4).flipped(0, 1)), init=call(dim=1)),
        Case(module, "dim out of range", call(normal(2, 3)), init=call(dim=2)),
        Case(function, "dim", call(normal(2, 3), 1)),
        Case(function, "dim by keyword", call(normal(2, 3), dim=-1)),
        Case(function, "in double", call(normal(2, 3), dim=1, dtype=torch.float64)),
        Case(function, "integers in float", call(values([[1, 2, 3]]).of("int64"), dim=1, dtype=torch.float32)),
        Case(function, "integers", call(values([[1, 2, 3]]).of("int64"), dim=1)),
        Case(function, "dim out of range", call(normal(2, 3), -3)),
        Case(function, "not a tensor", call([1.0], 0)),
    ]


ROWS = [
    *pointwise("nn.ReLU", "nn.functional.relu"),
    *in_place("nn.ReLU", "nn.functional.relu"),
    *pointwise("nn.LeakyReLU", "nn.functional.leaky_relu"),
    *in_place("nn.LeakyReLU", "nn.functional.leaky_relu"),
    Case("nn.LeakyReLU", "slope", call(SPECIAL), init=call(0.3)),
    Case("nn.LeakyReLU", "slope 0", call(SPECIAL), init=call(0.0)),
    Case("nn.LeakyReLU", "slope above 1", call(SPECIAL), init=call(2.5)),
    Case("nn.LeakyReLU", "negative slope", call(SPECIAL), init=call(-0.5)),
    Case("nn.LeakyReLU", "negative slope in place", call(SPECIAL), init=call(-0.5, True), on_copy=True),
    Case("nn.LeakyReLU", "integer slope", call(SPECIAL), init=call(1)),
    Case("nn.functional.leaky_relu", "slope", call(SPECIAL, 0.3)),
    Case("nn.functional.leaky_relu", "slope not a number", call(SPECIAL, "steep")),
    *pointwise("nn.Sigmoid", "nn.functional.sigmoid"),
    *pointwise("nn.Tanh", "nn.functional.tanh"),
    *along("nn.Softmax", "nn.functional.softmax"),
    *along("nn.LogSoftmax", "nn.functional.log_softmax"),
]
