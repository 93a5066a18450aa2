"""Every op of the table, on the rows of tests/ops/rows/: its rules and its dtypes.

A rule gives bit-identical gradients with bare arrays and with Tensors; it agrees with finite differences,
and so does its own derivative; float32 stays float32, and float16 float16.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import numpy as np
import pytest

import refnn
import refnn.ops
from refnn.autograd import grad, gradcheck
from refnn.autograd.gradcheck import GradcheckError
from refnn.autograd.op import TABLE
from refnn.ops.activation import tanh
from tests.ops.rows._rows import Derived, row

for _module in pkgutil.iter_modules(refnn.ops.__path__):
    importlib.import_module(f"refnn.ops.{_module.name}")

REFUSES = {  # their rules raise, as torch's do
    "random.bernoulli_of_p",
    "gathering.once_differentiable",
    "gathering.scatter_combine",
    "linalg_matrix.geqrf",
    "sorting.unique",
    "sorting.unique_consecutive",
    "sparse.embedding_bag_backward",
    "sparse.embedding_bag_per_sample_weights_backward",
    "sparse.embedding_renorm",
}
FILES = sorted(path.stem for path in (Path(__file__).parent / "rows").glob("[a-z]*.py"))
ROWS, BROKEN = [], {}
for _name in FILES:
    try:
        ROWS += importlib.import_module(f"tests.ops.rows.{_name}").ROWS
    except Exception as error:  # an op that is gone fails its own file and no other
        BROKEN[_name] = error
NAMES = sorted(TABLE)


def rows_of(name):
    return [r for r in ROWS if r.name == name]


def over_rows(check):
    """A test for each op of the table, over all its rows; an error says which row it was."""

    @pytest.mark.parametrize("name", NAMES)
    def test(name):
        for number, r in enumerate(rows_of(name)):
            try:
                check(r)
            except Exception as error:
                error.add_note(f"row {number} of {name}: {[np.shape(a) for a in r.arrays]}, {r.meta}")
                raise

    return test


NARROW = {"float32": "complex64", "float64": "complex128", "float16": None}


def as_kind(value, kind):
    """Floats and complex numbers in the precision of a dtype; anything else as it is."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return value.astype(kind)
    if isinstance(value, np.ndarray) and value.dtype.kind == "c":
        return value.astype(NARROW[kind])
    return value


def data_of(value):
    return value.detach().numpy() if isinstance(value, refnn.Tensor) else value


class Call:
    """A row's call in one dtype: tensors for its arrays, leaves where a gradient is checked."""

    def __init__(self, r, kind="float64"):
        self.row = r
        self.meta = {name: as_kind(value, kind) for name, value in r.meta.items()}
        checked = r.checked()
        self.inputs = []
        for k, value in enumerate(r.arrays):
            if isinstance(value, np.ndarray):
                value = refnn.from_numpy(np.array(as_kind(value, kind), copy=True)).requires_grad_(k in checked)
            self.inputs.append(value)
        self.leaves = [self.inputs[k] for k in checked]

    def __call__(self, *leaves):
        """The differentiable results, the checked arrays being `leaves`."""
        args = list(self.inputs)
        for k, leaf in zip(self.row.checked(), leaves, strict=True):
            args[k] = leaf
        results = self.results(args)
        chosen = range(len(results)) if self.row.results is None else self.row.results
        return tuple(results[i] for i in chosen if results[i].dtype.is_floating_point or results[i].is_complex())

    def results(self, args):
        got = self.row.op(*self.filled(args, wrapped=True), **self.meta)
        return got if isinstance(got, tuple) else (got,)

    def bare(self):
        """The results of the call on bare arrays."""
        arrays = [data_of(a) for a in self.inputs]
        got = self.row.op(*self.filled(arrays, wrapped=False), **self.meta)
        return got if isinstance(got, tuple) else (got,)

    def filled(self, args, wrapped):
        filled = []
        for value in args:
            if isinstance(value, Derived):
                value = np.asarray(value.compute(*[data_of(a) for a in filled]))
                value = refnn.from_numpy(value) if wrapped else value
            filled.append(value)
        return filled


def seeds_of(outputs):
    """A gradient for each result."""
    source = np.random.RandomState(7)
    found = []
    for out in outputs:
        array = data_of(out)
        v = source.uniform(-1, 1, array.shape)
        v = v + 1j * source.uniform(-1, 1, array.shape) if array.dtype.kind == "c" else v
        found.append(refnn.from_numpy(np.asarray(v).astype(array.dtype)))
    return found


def anchored(outputs, leaves):
    """The outputs, each made to depend on a leaf with slope 0: a derivative that is missing then counts as 0."""
    zero = sum((0 * leaf.real.sum() if leaf.is_complex() else 0 * leaf.sum()) for leaf in leaves)
    return tuple(out if out.requires_grad else out + zero for out in outputs)


def bits(array):
    return np.ascontiguousarray(array).tobytes()


# ---------------------------------------------------------------- the table and the rows


@pytest.mark.parametrize("name", NAMES)
def test_every_op_has_rows(name):
    mine = rows_of(name)
    assert mine, f"{name} needs a row in tests/ops/rows/"
    op = TABLE[name]
    ruled = set(op.args) if op.joint is not None else {op.args[k] for k in op.rules}
    seen = {r.names()[k] for r in mine for k in r.checked()}
    if op.joint is None:
        assert seen == ruled, f"{name}: rules that no row differentiates"
    elif name not in REFUSES:
        assert seen, f"{name}: no row differentiates anything"


def test_every_row_is_of_the_table():
    assert {r.name for r in ROWS} <= set(TABLE)
    assert all(TABLE[r.name] is r.op for r in ROWS)


@pytest.mark.parametrize("name", FILES)
def test_rows_stand_in_the_file_of_their_op(name):
    if name in BROKEN:
        raise BROKEN[name]
    assert {r.name.split(".")[0] for r in importlib.import_module(f"tests.ops.rows.{name}").ROWS} == {name}


# ---------------------------------------------------------------- values and dtypes


def check_results(r):
    call = Call(r)
    for bare, wrapped in zip(call.bare(), call.results(call.inputs), strict=True):
        assert not isinstance(bare, refnn.Tensor)
        assert np.asarray(bare).dtype == data_of(wrapped).dtype
        assert bits(bare) == bits(data_of(wrapped))


def check_kind(array, kind, what):
    dtype = np.asarray(array).dtype
    allowed = {np.dtype(kind), *([np.dtype(NARROW[kind])] if NARROW[kind] else [])}
    assert dtype.kind not in "fc" or dtype in allowed, f"{what} is {dtype}, given {kind}"


def check_float32(r):
    check_dtypes(r, "float32")


def check_float16(r):
    if r.half and not any(isinstance(a, np.ndarray) and a.dtype.kind == "c" for a in r.arrays):
        check_dtypes(r, "float16")


def check_dtypes(r, kind):
    call = Call(r, kind)
    results = call.results(call.inputs)
    if r.meta.get("dtype") is not None:
        return
    for index, (bare, wrapped) in enumerate(zip(call.bare(), results, strict=True)):
        if index not in r.inner or kind != "float16":
            check_kind(bare, kind, f"result {index} of arrays")
            check_kind(data_of(wrapped), kind, f"result {index}")
    outputs = [out for out in call(*call.leaves) if out.requires_grad]
    if not outputs:
        return
    for leaf, g in zip(call.leaves, grad(outputs, call.leaves, seeds_of(outputs), allow_unused=True), strict=True):
        assert g is None or g.dtype == leaf.dtype
    check_rules(call, kind)


def check_rules(call, kind):
    """What the rules themselves return: the engine would cast a wrong dtype, at a cost, and hide it.

    Rules of half precision may compute in float32.
    """
    results = [out for out in call.results(call.inputs) if out.requires_grad]
    node = results[0].grad_fn
    seeds = [None] * len(node.results)
    for out, v in zip(results, seeds_of(results), strict=True):
        seeds[out.output_nr] = v.numpy()
    with np.errstate(all="ignore"):
        pairs = node.apply(seeds if node.several else seeds[0], False, None)
    for k, g in pairs:
        wide = kind == "float16" and np.asarray(g).dtype == np.float32
        check_kind(g, "float32" if wide else kind, f"the gradient of argument {k}")


# ---------------------------------------------------------------- rules


def check_gradients(r):
    if not r.checked():
        return
    call = Call(r)
    outputs = [out for out in call(*call.leaves) if out.requires_grad]
    seeds = seeds_of(outputs)
    plain = grad(outputs, call.leaves, seeds, retain_graph=True, allow_unused=True)
    graphed = grad(outputs, call.leaves, seeds, create_graph=True, allow_unused=True)
    for a, b in zip(plain, graphed, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert a.dtype == b.dtype
            assert a.shape == b.shape
            assert bits(data_of(a)) == bits(data_of(b))


def check_first_derivative(r):
    if r.checked() and not r.kink:
        call = Call(r)
        assert gradcheck(lambda *leaves: anchored(call(*leaves), leaves), call.leaves, nondet_tol=-1)


def check_second_derivative(r):
    if not r.checked() or r.kink:
        return
    call = Call(r)
    seeds = [v.requires_grad_() for v in seeds_of(call(*call.leaves))]
    n = len(call.leaves)

    def gradients(*inputs):
        leaves, vs = inputs[:n], inputs[n:]
        outputs = anchored(call(*leaves), leaves)
        found = grad(outputs, leaves, vs, create_graph=True, allow_unused=True, materialize_grads=True)
        return anchored(found, leaves)

    assert gradcheck(gradients, [*call.leaves, *seeds], atol=1e-4, nondet_tol=-1)


def check_nothing_recorded(r):
    if r.op.differentiable:
        return
    call = Call(r)
    for a in call.inputs:
        if isinstance(a, refnn.Tensor) and a.dtype.is_floating_point:
            a.requires_grad_()
    for out in call.results(call.inputs):
        assert not out.requires_grad
        assert out.grad_fn is None


test_tensors_and_arrays_give_the_same_results = over_rows(check_results)
test_float32_stays = over_rows(check_float32)
test_float16_stays = over_rows(check_float16)
test_arrays_and_tensors_give_the_same_gradients = over_rows(check_gradients)
test_first_derivative = over_rows(check_first_derivative)
test_second_derivative = over_rows(check_second_derivative)
test_an_op_without_rules_records_nothing = over_rows(check_nothing_recorded)


# ---------------------------------------------------------------- the test itself


def broken(rule):
    """A row of tanh with another rule: its own is g (1 − y²)."""
    twin = tanh.renamed("TanhBackward0")
    twin.rules = {0: rule}
    return row(twin, np.linspace(0.5, 2, 3))


def detached(x):
    return x.detach() if isinstance(x, refnn.Tensor) else x


@pytest.mark.parametrize(
    "rule, check",
    [
        (lambda g, out: g * (1 - out * out) * 1.01, "first_derivative"),
        (lambda g, out: g * (1 - detached(out) ** 2), "second_derivative"),
        (lambda g, out: g * (1 - out * out) + (0 if isinstance(g, refnn.Tensor) else 1e-15), "same_gradients"),
    ],
)
def test_a_wrong_rule_is_found(rule, check):
    r = broken(rule)
    checks = {
        "first_derivative": check_first_derivative,
        "second_derivative": check_second_derivative,
        "same_gradients": check_gradients,
    }
    with pytest.raises((AssertionError, GradcheckError)):
        checks[check](r)


def test_a_wrong_dtype_is_found():
    r = broken(lambda g, out: g * np.asarray(out, np.float64))
    with pytest.raises(AssertionError, match="gradient of argument 0 is float64"):
        check_dtypes(r, "float32")
