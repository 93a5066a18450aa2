"""Smooth L1, Huber, Kullback-Leibler, Poisson and Gaussian losses: kinks, bounds, special values, wrong calls."""

import math

from conformance.cases.loss import every_reduction
from conformance.harness.cases import Case, call, normal, ones, uniform, values

NAN, INF = math.nan, math.inf
SMOOTH, FSMOOTH = "nn.SmoothL1Loss", "nn.functional.smooth_l1_loss"
HUBER, FHUBER = "nn.HuberLoss", "nn.functional.huber_loss"
KL, FKL = "nn.KLDivLoss", "nn.functional.kl_div"
POISSON, FPOISSON = "nn.PoissonNLLLoss", "nn.functional.poisson_nll_loss"
GAUSS, FGAUSS = "nn.GaussianNLLLoss", "nn.functional.gaussian_nll_loss"

A, B = normal(4, 3), normal(4, 3)
KINKS = values([1.0, -1.0, 0.5, -0.5, 0.0, -0.0, 2.0, INF, -INF, NAN]), values([0.0] * 10)
LARGE = values([300.0, 6e4, -300.0]), values([0.0, 0.0, 0.0])
P = uniform(4, 3, low=0.05, high=0.95)
COUNTS = values([[0.0, 1.0, 2.0], [1.5, 3.0, 40.0]])
VAR = uniform(4, 3, low=0.1, high=2.0)


def pairs(module, function, left, right, **init):
    """What all losses over pairs share."""
    return [
        *every_reduction(module, "pairs", call(left, right), **init),
        *every_reduction(module, "0-d", call(uniform(), uniform()), **init),
        *every_reduction(module, "empty batch", call(uniform(0, 3), uniform(0, 3)), **init),
        *every_reduction(module, "negative strides", call(left.flipped(0), right.flipped(1)), **init),
        *every_reduction(module, "transposed", call(left.transposed(1, 0), right), **init),
        Case(module, "float16", call(left.of("float16"), right.of("float16")), init=call(**init), second=False),
        Case(module, "unknown reduction", call(left, right), init=call(reduction="average", **init)),
        Case(module, "shapes that broadcast", call(left, uniform(3)), init=call(**init)),
        Case(module, "shapes that do not", call(left, uniform(4, 2)), init=call(**init)),
        Case(module, "not a tensor", call(left, 1.0), init=call(**init)),
        Case(function, "defaults", call(left, right)),
        Case(function, "unknown reduction", call(left, right, reduction="max")),
        Case(function, "integer target", call(left, ones(4, 3).of("int64"))),
        Case(function, "double target", call(left, ones(4, 3).of("float64").constant())),
        Case(function, "complex target", call(left, ones(4, 3).of("complex64").constant())),
        Case(function, "two integer tensors", call(ones(3).of("int64"), ones(3).of("int64"))),
        Case(function, "two boolean tensors", call(ones(3).of("bool"), ones(3).of("bool"))),
        Case(function, "no target", call(left)),
    ]


ROWS = [
    *pairs(SMOOTH, FSMOOTH, A, B),
    *every_reduction(SMOOTH, "kinks and special values", call(*KINKS)),
    *every_reduction(SMOOTH, "kinks, beta", call(*KINKS), beta=0.5),
    *every_reduction(SMOOTH, "beta 0", call(*KINKS), beta=0.0),
    *every_reduction(SMOOTH, "beta ∞", call(A, B), beta=INF),
    *every_reduction(SMOOTH, "large", call(*LARGE), beta=1000.0),
    Case(SMOOTH, "negative beta", call(A, B), init=call(beta=-1.0)),
    Case(SMOOTH, "beta no number", call(A, B), init=call(beta="1")),
    Case(SMOOTH, "integer beta", call(A, B), init=call(beta=2)),
    Case(SMOOTH, "deprecated size_average", call(A, B), init=call(size_average=False)),
    Case(SMOOTH, "deprecated reduce", call(A, B), init=call(reduce=False)),
    *pairs(HUBER, FHUBER, A, B),
    *every_reduction(HUBER, "kinks and special values", call(*KINKS)),
    *every_reduction(HUBER, "kinks, delta", call(*KINKS), delta=0.5),
    *every_reduction(HUBER, "large", call(*LARGE), delta=1000.0),
    Case(HUBER, "delta 0", call(A, B), init=call(delta=0.0)),
    Case(HUBER, "negative delta", call(A, B), init=call(delta=-1.0)),
    Case(HUBER, "delta no number", call(A, B), init=call(delta="1")),
    Case(FHUBER, "delta no number", call(A, B, delta="1")),
    Case(FHUBER, "weight", call(A, B, weight=uniform(4, 3))),
    Case(FHUBER, "weight, sum", call(A, B, weight=uniform(4, 3), reduction="sum")),
    Case(FHUBER, "weight, none", call(A, B, weight=uniform(4, 3), reduction="none")),
    Case(FHUBER, "weight, unknown reduction", call(A, B, weight=uniform(4, 3), reduction="max")),
    Case(FHUBER, "weight that does not fit", call(A, B, weight=uniform(3))),
    Case(FHUBER, "integer input, floating target", call(ones(3).of("int64"), normal(3))),
    Case(FHUBER, "double target with a gradient", call(A, normal(4, 3).of("float64"))),
    Case(FHUBER, "half target with a gradient", call(A, normal(4, 3).of("float16"))),
    *pairs(KL, FKL, A, P),
    *[Case(KL, "batchmean", call(A, P, ), init=call(reduction="batchmean", log_target=log)) for log in (False, True)],
    Case(KL, "batchmean, 0-d", call(normal(), uniform()), init=call(reduction="batchmean")),
    Case(KL, "batchmean, empty batch", call(normal(0, 3), uniform(0, 3)), init=call(reduction="batchmean")),
    *every_reduction(KL, "log target", call(A, B), log_target=True),
    *every_reduction(KL, "target 0", call(values([1.0, -INF, 0.0, NAN]), values([0.0, 0.0, 1.0, 0.0]))),
    *every_reduction(KL, "negative target", call(normal(2), values([-1.0, 0.5]))),
    *every_reduction(
        KL, "log target −∞", call(values([0.0, -INF, -1.0]), values([-INF, -INF, NAN])), log_target=True
    ),
    Case(KL, "deprecated size_average", call(A, P), init=call(size_average=False)),
    Case(FKL, "deprecated reduce", call(A, P, None, False)),
    Case(FKL, "complex and integer", call(ones(3).of("complex64"), ones(3).of("int64"))),
    Case(FKL, "log_target no bool", call(A, P, log_target=1)),
    *pairs(POISSON, FPOISSON, A, P),
    *[
        row
        for log in (False, True)
        for full in (False, True)
        for row in every_reduction(
            POISSON, f"counts, log_input {log}, full {full}", call(uniform(2, 3), COUNTS.constant()),
            log_input=log, full=full,
        )
    ],
    *every_reduction(POISSON, "rate 0", call(values([0.0, 0.0, 1.0]), values([0.0, 2.0, 0.0])), log_input=False),
    *every_reduction(POISSON, "large", call(values([100.0, -200.0, INF, NAN]), values([1.0, 1.0, 0.0, 1.0]))),
    Case(POISSON, "eps", call(values([0.0, 0.5]), values([1.0, 2.0])), init=call(log_input=False, eps=0.1)),
    Case(FPOISSON, "log_input no bool", call(A, P, log_input=1)),
    Case(FPOISSON, "full no bool", call(A, P, full=1)),
    Case(FPOISSON, "eps no number", call(A, P, eps="1")),
    Case(FPOISSON, "target no tensor", call(A, 1.0)),
    *every_reduction(GAUSS, "variances", call(A, B, VAR)),
    *every_reduction(GAUSS, "variances, full", call(A, B, VAR), full=True),
    *every_reduction(GAUSS, "one number", call(A, B, 0.5)),
    *every_reduction(GAUSS, "one for each row", call(A, B, uniform(4, low=0.1))),
    *every_reduction(GAUSS, "one for each row, kept", call(A, B, uniform(4, 1, low=0.1))),
    *every_reduction(GAUSS, "one for each column", call(A, B, uniform(1, 3, low=0.1))),
    *every_reduction(GAUSS, "below eps", call(A, B, values([0.0, 1e-7, 1e-6, 1e-3]))),
    *every_reduction(GAUSS, "eps", call(A, B, values([0.0, 0.5, 0.1, 1.0])), eps=0.5),
    *every_reduction(GAUSS, "0-d", call(normal(), normal(), uniform(low=0.1))),
    *every_reduction(GAUSS, "empty batch", call(normal(0, 3), normal(0, 3), uniform(0, 3))),
    *every_reduction(
        GAUSS, "special values",
        call(values([INF, NAN, 1.0]), values([0.0, 0.0, INF]), values([1.0, 1.0, 1.0])),
    ),
    *every_reduction(GAUSS, "infinite variance, NaN", call(normal(2), normal(2), values([INF, NAN]))),
    Case(GAUSS, "negative variance", call(A, B, values([1.0, 1.0, -1.0, 1.0]))),
    Case(GAUSS, "negative number", call(A, B, -0.5)),
    Case(GAUSS, "an int", call(A, B, 1)),
    Case(GAUSS, "variances of another shape", call(A, B, uniform(2, 3))),
    Case(GAUSS, "variances of another rank", call(A, B, uniform(3))),
    Case(GAUSS, "two dimensions of length 1", call(A, B, uniform(1, 1))),
    Case(GAUSS, "unknown reduction", call(A, B, VAR), init=call(reduction="average")),
    Case(GAUSS, "targets broadcast", call(A, normal(3), VAR)),
    Case(GAUSS, "integer variances", call(A, B, ones(4, 3).of("int64"))),
    Case(GAUSS, "float16", call(A.of("float16"), B.of("float16"), VAR.of("float16")), init=call(), second=False),
    Case(FGAUSS, "defaults", call(A, B, VAR)),
]  # fmt: skip
