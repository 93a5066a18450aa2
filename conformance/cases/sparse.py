"""one_hot: classes given and inferred, empty tensors, wrong calls."""

from conformance.harness.cases import Case, call, classes, ones, values

ONE_HOT = "nn.functional.one_hot"
X = classes(2, 3, of=4)

ROWS = [
    Case(ONE_HOT, "classes inferred", call(X)),
    Case(ONE_HOT, "classes given", call(X, 6)),
    Case(ONE_HOT, "by keyword", call(X, num_classes=6)),
    Case(ONE_HOT, "0-d", call(values(2).of("int64"))),
    Case(ONE_HOT, "empty", call(classes(0, of=2), 3)),
    Case(ONE_HOT, "empty, two dimensions", call(classes(2, 0, of=2), 3)),
    Case(ONE_HOT, "empty, inferred", call(classes(0, of=2))),
    Case(ONE_HOT, "transposed", call(X.transposed(1, 0))),
    Case(ONE_HOT, "negative strides", call(X.flipped(0, 1))),
    *(Case(ONE_HOT, f"num_classes {n!r}", call(values([0, 1]).of("int64"), n)) for n in (2, 1, 0, -1, -2, 2.0, None)),
    Case(ONE_HOT, "negative class", call(values([0, -1]).of("int64"))),
    *(Case(ONE_HOT, f"in {d}", call(ones(2).of(d))) for d in ("float32", "int32", "uint8", "bool")),
    Case(ONE_HOT, "not a tensor", call([0, 1])),
    Case(ONE_HOT, "no argument", call()),
]
