"""Activations: kinks, infinities, NaN, signed zeros, saturation, dimensions, in-place forms."""

import math

import numpy as np
import torch

from conformance.harness.cases import Case, call, normal, ones, values

NAN, INF = math.nan, math.inf
SPECIAL = values([[-INF, -1e30, -100.0, -1.0, -1e-30], [-0.0, 0.0, 1e-30, 1.0, 2.0], [50.0, 100.0, 1e30, INF, NAN]])
KINKS = values([-6.0, -3.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 3.0, 6.0, 20.0, 20.5])
FINITE = values([-1e4, -100.0, -30.0, -20.0, -10.0, -1.0, -1e-4, 1e-4, 1.0, 10.0, 30.0, 60.0])
SLOPES = values([0.25, -0.5, 2.0]).constant()
ROWS_OF_INF = values([[-INF, -INF, -INF], [INF, 0.0, 1.0], [NAN, 0.0, 1.0], [-INF, 0.0, 1.0], [1e30, -1e30, 0.0]])


def pointwise(module, function, *arguments, **init):
    """What every activation of one tensor shares. `arguments`: what the function needs beside it."""
    made = call(*arguments, **init)
    return [
        Case(module, "kinks and special values", call(SPECIAL), init=made),
        Case(module, "kinks", call(KINKS), init=made),
        Case(module, "near 0 and far", call(FINITE), init=made),
        Case(module, "normal numbers", call(normal(5, 7)), init=made),
        Case(module, "many numbers", call(normal(50, 70)), init=made),
        Case(module, "0-d", call(values(0.5)), init=made),
        Case(module, "empty", call(normal(0, 3)), init=made),
        Case(module, "transposed", call(normal(3, 5).transposed(1, 0)), init=made),
        Case(module, "negative strides", call(normal(3, 5).flipped(0, 1)), init=made),
        Case(module, "strided", call(normal(3, 5).stepped()), init=made),
        Case(module, "broadcast", call(normal(3, 1).expanded(3, 4)), init=made),
        Case(module, "not a tensor", call(1.0), init=made),
        Case(function, "kinks and special values", call(SPECIAL, *arguments)),
        *(
            # in half precision a second derivative is made of steps that are each rounded
            Case(function, f"in {kind}", call(values([-4, -0.75, 0, 0.3, 2, 7]).of(kind), *arguments), second=False)
            for kind in ("float16", "int64", "int16", "complex64")
        ),
        Case(function, "in uint8", call(values([0, 1, 2, 7, 200]).of("uint8"), *arguments)),
        Case(function, "no integers", call(values([]).of("int64"), *arguments)),
        Case(function, "bools", call(values([True, False]).of("bool"), *arguments)),
        Case(function, "not a tensor", call([1.0], *arguments)),
        Case(function, "unknown argument", call(normal(2), *arguments, slope=1)),
    ]


def numbers(function, name, *before):
    """A number beside the input: what it may be."""
    given = {
        "an integer": 2,
        "a bool": True,
        "NumPy's bool": np.True_,
        "a tensor": values(0.75).constant(),
        "infinite": INF,
    }
    wrong = {"a string": "a", "None": None, "complex": 1j, "two": values([1.0, 2.0]).constant(), "a list": [1.0]}
    x = KINKS.constant() if function.endswith("_") else KINKS
    return [
        Case(function, f"{name} is {what}", call(x, *before, value), second=False)
        for what, value in (given | wrong).items()
    ]


def in_place(module, function, *arguments):
    """Forms that overwrite their argument."""
    made = call(*arguments, inplace=True)
    return [
        Case(module, "in place", call(SPECIAL), init=made, on_copy=True),
        Case(module, "in place, kinks", call(KINKS), init=made, on_copy=True),
        Case(module, "in place on a leaf", call(normal(2, 3)), init=made),
        Case(module, "in place without gradient", call(normal(2, 3).constant()), init=made),
        Case(module, "in place on integers", call(values([-2, 0, 3]).of("int64")), init=made),
        Case(function, "in place", call(SPECIAL, *arguments, inplace=True), on_copy=True),
        Case(function, "in place on no tensor", call(1.0, *arguments, inplace=True)),
    ]


def twin(function, *arguments):
    """The form with an underscore."""
    return [
        Case(function, "special values", call(SPECIAL, *arguments), on_copy=True),
        Case(function, "kinks", call(KINKS, *arguments), on_copy=True),
        Case(function, "a leaf", call(normal(2, 3), *arguments)),
        Case(function, "without gradient", call(normal(2, 3).constant(), *arguments)),
        Case(function, "integers", call(values([-2, 0, 3]).of("int64"), *arguments)),
        Case(function, "bools", call(values([True]).of("bool"), *arguments)),
        Case(function, "not a tensor", call([1.0], *arguments)),
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


F = "nn.functional."

RECTIFIERS = [
    *pointwise("nn.ReLU", F + "relu"),
    *in_place("nn.ReLU", F + "relu"),
    *twin(F + "relu_"),
    *pointwise("nn.LeakyReLU", F + "leaky_relu"),
    *in_place("nn.LeakyReLU", F + "leaky_relu"),
    *twin(F + "leaky_relu_"),
    *(Case("nn.LeakyReLU", f"slope {s}", call(SPECIAL), init=call(s)) for s in (0.3, 0.0, 2.5, -0.5, 1)),
    Case("nn.LeakyReLU", "negative slope in place", call(SPECIAL), init=call(-0.5, True), on_copy=True),
    *numbers(F + "leaky_relu", "slope"),
    *pointwise("nn.Threshold", F + "threshold", 0.5, 2.0),
    *in_place("nn.Threshold", F + "threshold", 0.5, 2.0),
    *twin(F + "threshold_", 0.5, 2.0),
    Case("nn.Threshold", "value above the threshold, in place", call(KINKS), init=call(1, 3, True), on_copy=True),
    Case(F + "threshold", "fractions and integers", call(values([-3, -1, 0, 1, 2]).of("int64"), -1.5, 1.5)),
    Case(F + "threshold", "by keyword", call(KINKS, threshold=1, value=-1)),
    Case(F + "threshold", "no value", call(KINKS, 1.0)),
    Case(F + "threshold", "no numbers", call(KINKS)),
    *numbers(F + "threshold", "threshold", 1.0),
    Case(F + "threshold", "threshold is a string", call(KINKS, "a", 1.0)),
    *pointwise("nn.ELU", F + "elu"),
    *in_place("nn.ELU", F + "elu"),
    *twin(F + "elu_"),
    *(Case("nn.ELU", f"alpha {a}", call(SPECIAL), init=call(a)) for a in (1.5, 0.3, 0, -0.5)),
    *(Case("nn.ELU", f"alpha {a}, in place", call(KINKS), init=call(a, True), on_copy=True) for a in (1.5, 0, -0.5)),
    *numbers(F + "elu", "alpha"),
    *numbers(F + "elu_", "scale", 1.0),
    Case(F + "elu_", "all scales", call(KINKS, 1.5, 2.0, 0.5), on_copy=True),
    *pointwise("nn.CELU", F + "celu"),
    *in_place("nn.CELU", F + "celu"),
    *twin(F + "celu_"),
    *(Case("nn.CELU", f"alpha {a}", call(SPECIAL), init=call(a)) for a in (1.5, 0.3, 0, -0.5)),
    *(Case("nn.CELU", f"alpha {a}, in place", call(KINKS), init=call(a, True), on_copy=True) for a in (1.5, -0.5)),
    *numbers(F + "celu", "alpha"),
    *pointwise("nn.SELU", F + "selu"),
    *in_place("nn.SELU", F + "selu"),
    *twin(F + "selu_"),
    *pointwise("nn.PReLU", F + "prelu")[:12],
    Case("nn.PReLU", "channels", call(normal(2, 3, 4)), init=call(3)),
    Case("nn.PReLU", "channels, special values", call(SPECIAL), init=call(5, init=-0.5)),
    Case("nn.PReLU", "channels of one row", call(normal(3)), init=call(3)),
    Case("nn.PReLU", "channels that do not fit", call(normal(2, 4, 3)), init=call(3)),
    Case("nn.PReLU", "0-d with channels", call(values(1.0)), init=call(2)),
    Case("nn.PReLU", "one channel, 4 dimensions", call(normal(2, 3, 4, 5).transposed(0, 2, 3, 1)), init=call(1, 2.0)),
    Case("nn.PReLU", "infinite slope", call(SPECIAL), init=call(init=INF)),
    Case(F + "prelu", "channels", call(normal(2, 3, 4), values([0.25, -0.5, 2.0]))),
    Case(F + "prelu", "a number as weight", call(normal(4), values(0.25))),
    Case(F + "prelu", "constant weight", call(normal(2, 3), SLOPES)),
    Case(F + "prelu", "constant input", call(normal(2, 3).constant(), values([0.25, -0.5, 2.0]))),
    Case(F + "prelu", "special values", call(SPECIAL, values([0.25]))),
    Case(F + "prelu", "half precision", call(normal(2, 3).of("float16"), ones(3).of("float16"))),
    Case(F + "prelu", "no channels", call(normal(2, 0), normal(0))),
    Case(F + "prelu", "weight of two dimensions", call(normal(2, 3), normal(1, 3))),
    Case(F + "prelu", "weight of the input's shape", call(normal(2, 3), normal(2, 3))),
    Case(F + "prelu", "weight of another dtype", call(normal(2, 3), ones(3).of("float16"))),
    Case(F + "prelu", "integers", call(values([1, -2]).of("int64"), values([2]).of("int64"))),
    Case(F + "prelu", "not a tensor", call([1.0], SLOPES)),
    Case(F + "prelu", "weight not a tensor", call(KINKS, 0.25)),
]

HARD = [
    *pointwise("nn.Hardtanh", F + "hardtanh"),
    *in_place("nn.Hardtanh", F + "hardtanh"),
    *twin(F + "hardtanh_"),
    Case("nn.Hardtanh", "bounds", call(SPECIAL), init=call(-0.5, 2.0)),
    Case("nn.Hardtanh", "former names", call(SPECIAL), init=call(min_value=-0.5, max_value=2.0)),
    Case("nn.Hardtanh", "equal bounds", call(SPECIAL), init=call(1.0, 1.0)),
    Case("nn.Hardtanh", "bounds the wrong way", call(SPECIAL), init=call(2.0, 1.0)),
    Case(F + "hardtanh", "equal bounds", call(KINKS, 1.0, 1.0)),
    Case(F + "hardtanh", "bounds the wrong way", call(KINKS, 2.0, 1.0)),
    Case(F + "hardtanh_", "bounds the wrong way", call(KINKS, 2.0, 1.0), on_copy=True),
    Case(F + "hardtanh", "fractions and integers", call(values([-3, -1, 0, 1, 2]).of("int64"), -1.5, 1.5)),
    Case(F + "hardtanh", "unsigned", call(values([0, 1, 7]).of("uint8"), 1, 3)),
    Case(F + "hardtanh", "lower bound is a string", call(KINKS, "a")),
    *numbers(F + "hardtanh_", "upper bound", -1.0)[:3],
    *(Case(F + "hardtanh_", f"bound {v!r}", call(KINKS.constant(), v)) for v in ("a", None, 1j, NAN)),
    *pointwise("nn.ReLU6", F + "relu6"),
    *in_place("nn.ReLU6", F + "relu6"),
    *pointwise("nn.Hardsigmoid", F + "hardsigmoid"),
    *in_place("nn.Hardsigmoid", F + "hardsigmoid"),
    *pointwise("nn.Hardswish", F + "hardswish"),
    *in_place("nn.Hardswish", F + "hardswish"),
    *pointwise("nn.Hardshrink", F + "hardshrink"),
    *(Case("nn.Hardshrink", f"lambda {v}", call(SPECIAL), init=call(v)) for v in (1.0, 0, -1.0, INF)),
    *numbers(F + "hardshrink", "lambda"),
    *pointwise("nn.Softshrink", F + "softshrink"),
    *(Case("nn.Softshrink", f"lambda {v}", call(SPECIAL), init=call(v)) for v in (1.0, 0, -1.0, INF, NAN)),
    *numbers(F + "softshrink", "lambda"),
]

SMOOTH = [
    *pointwise("nn.Sigmoid", F + "sigmoid"),
    *pointwise("nn.Tanh", F + "tanh"),
    *pointwise("nn.LogSigmoid", F + "logsigmoid"),
    *pointwise("nn.Softplus", F + "softplus"),
    *(Case("nn.Softplus", f"beta {b}, threshold {t}", call(FINITE), init=call(b, t)) for b, t in ((2, 5), (0.5, -1))),
    *(Case("nn.Softplus", f"beta {b}", call(SPECIAL), init=call(b)) for b in (3.0, 0, -1.0)),
    *numbers(F + "softplus", "beta"),
    *numbers(F + "softplus", "threshold", 1.0),
    *(row for row in pointwise("nn.Softsign", F + "softsign") if row.title != "bools"),
    *pointwise("nn.Tanhshrink", F + "tanhshrink"),
    *pointwise("nn.SiLU", F + "silu"),
    *in_place("nn.SiLU", F + "silu"),
    *pointwise("nn.Mish", F + "mish"),
    *in_place("nn.Mish", F + "mish"),
    *pointwise("nn.GELU", F + "gelu"),
    *pointwise("nn.GELU", F + "gelu", approximate="tanh"),
    Case("nn.GELU", "unknown approximation", call(KINKS), init=call("sigmoid")),
    Case(F + "gelu", "tanh", call(SPECIAL, approximate="tanh")),
    Case(F + "gelu", "approximation not a string", call(KINKS, approximate=None)),
    Case(F + "gelu", "approximation by position", call(KINKS, "tanh")),
    *(Case("nn.GLU", f"dim {d}", call(normal(2, 4, 6)), init=call(d)) for d in (0, 1, 2, -1, -3)),
    Case("nn.GLU", "special values", call(values([[1.0, 2.0, -1.0, INF, NAN, 0.0, -INF, 100.0, -100.0, 1.0]]))),
    Case("nn.GLU", "transposed", call(normal(4, 6).transposed(1, 0)), init=call(0)),
    Case("nn.GLU", "negative strides", call(normal(4, 6).flipped(0, 1))),
    Case("nn.GLU", "empty batch", call(normal(0, 4))),
    Case("nn.GLU", "empty dimension", call(normal(2, 0))),
    Case("nn.GLU", "odd", call(normal(2, 3))),
    Case("nn.GLU", "0-d", call(values(1.0))),
    Case("nn.GLU", "dim out of range", call(normal(2, 4)), init=call(2)),
    Case("nn.GLU", "dim not an int", call(normal(2, 4)), init=call(1.0)),
    Case(F + "glu", "default dim", call(normal(2, 4))),
    Case(F + "glu", "half precision", call(normal(2, 4).of("float16"))),
    Case(F + "glu", "integers", call(values([1, 2]).of("int64"))),
    Case(F + "glu", "not a tensor", call([1.0, 2.0])),
]

ROWS = [
    *RECTIFIERS,
    *HARD,
    *SMOOTH,
    *along("nn.Softmax", F + "softmax"),
    *along("nn.Softmin", F + "softmin"),
    *along("nn.LogSoftmax", F + "log_softmax"),
    *(Case("nn.Softmax2d", f"{n} dimensions", call(normal(*(2, 3, 4, 2)[:n]))) for n in (2, 3, 4)),
]
