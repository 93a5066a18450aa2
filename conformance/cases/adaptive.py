"""AdaptiveLogSoftmaxWithLoss: clusters that are used and not, one sample, wrong cutoffs and calls."""

from conformance.harness.cases import Case, call, classes, normal, values

ADAPTIVE = "nn.AdaptiveLogSoftmaxWithLoss"
X = normal(6, 16)
ALL = values([0, 4, 5, 9, 10, 19]).of("int64")
INIT = call(16, 20, [5, 10, 15], div_value=2.0)

ROWS = [
    Case(ADAPTIVE, "every cluster", call(X, ALL), init=INIT),
    Case(ADAPTIVE, "bias", call(X, ALL), init=call(16, 20, [5, 10, 15], div_value=2.0, head_bias=True)),
    Case(ADAPTIVE, "default divisor", call(X, ALL), init=call(16, 20, (5, 10))),
    Case(ADAPTIVE, "a tuple of one cutoff", call(X, ALL), init=call(16, 20, (19,), 1.5)),
    Case(ADAPTIVE, "the head alone", call(X, classes(6, of=5)), init=INIT),
    Case(ADAPTIVE, "one cluster alone", call(X, values([10, 11, 12, 13, 14, 10]).of("int64")), init=INIT),
    Case(ADAPTIVE, "one sample", call(normal(16), values(3).of("int64")), init=INIT),
    Case(ADAPTIVE, "one sample of a cluster", call(normal(16), values(12).of("int64")), init=INIT),
    Case(ADAPTIVE, "a batch of one", call(normal(1, 16), values([12]).of("int64")), init=INIT),
    Case(ADAPTIVE, "empty batch", call(normal(0, 16), classes(0, of=20)), init=INIT),
    Case(ADAPTIVE, "negative strides", call(X.flipped(0, 1), ALL.flipped(0)), init=INIT),
    Case(ADAPTIVE, "class out of range", call(X, values([0, 4, 5, 9, 10, 20]).of("int64")), init=INIT),
    Case(ADAPTIVE, "negative class", call(X, values([0, 4, 5, 9, 10, -1]).of("int64")), init=INIT),
    Case(ADAPTIVE, "batch sizes differ", call(X, classes(5, of=20)), init=INIT),
    Case(ADAPTIVE, "two-dimensional target", call(X, classes(6, 1, of=20)), init=INIT),
    Case(ADAPTIVE, "three-dimensional input", call(normal(6, 2, 16), ALL), init=INIT),
    Case(ADAPTIVE, "0-d target of a batch", call(X, values(1).of("int64")), init=INIT),
    Case(ADAPTIVE, "another number of features", call(normal(6, 15), ALL), init=INIT),
    Case(ADAPTIVE, "float target", call(X, values([0.0, 4, 5, 9, 10, 19]).constant()), init=INIT),
    Case(ADAPTIVE, "no cutoffs", call(X, ALL), init=call(16, 20, [])),
    Case(ADAPTIVE, "cutoffs out of order", call(X, ALL), init=call(16, 20, [5, 15, 10])),
    Case(ADAPTIVE, "a cutoff twice", call(X, ALL), init=call(16, 20, [5, 5, 10])),
    Case(ADAPTIVE, "a cutoff 0", call(X, ALL), init=call(16, 20, [0, 5, 10])),
    Case(ADAPTIVE, "a cutoff beyond the classes", call(X, ALL), init=call(16, 20, [5, 10, 20])),
    Case(ADAPTIVE, "a cutoff between integers", call(X, ALL), init=call(16, 20, [5, 10.5])),
]
