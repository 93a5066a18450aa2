"""assert_close on refnn's tensors and NumPy's arrays. The wording is held to torch's in conformance/."""

import numpy as np
import pytest

import refnn
from refnn.testing import assert_close, default_tolerances
from refnn.testing.arrays import is_torch_tensor, to_numpy, view_of

NAN, INF = float("nan"), float("inf")


def of(values, dtype="float32"):
    return np.array(values, dtype=dtype)


@pytest.mark.parametrize(
    "dtype, inside, outside",
    [
        ("float16", 1e-3, 1e-2),
        ("float32", 1e-6, 1e-4),
        ("float64", 5e-8, 1e-6),
        ("complex64", 1e-6, 1e-4),
        ("complex128", 5e-8, 1e-6),
        ("int64", 0, 1),
        ("uint8", 0, 1),
    ],
)
def test_tolerance_of_the_dtype(dtype, inside, outside):
    one = of([1, 1, 1], dtype)
    near, far = (of([1, 1 + by, 1], dtype) for by in (inside, outside))
    for wrap in (refnn.from_numpy, np.asarray):
        assert_close(wrap(near), one)
        with pytest.raises(AssertionError, match=r"Mismatched elements: 1 / 3 \(33\.3%\)"):
            assert_close(wrap(far), one)


@pytest.mark.parametrize(
    "actual, expected, equal_nan, close",
    [
        ([NAN], [NAN], False, False),
        ([NAN], [NAN], True, True),
        ([NAN, 1.0], [1.0, NAN], True, False),
        ([NAN], [1.0], True, False),
        ([1.0], [NAN], True, False),
        ([INF], [INF], False, True),
        ([INF], [-INF], False, False),
        ([1e38], [INF], False, False),
        ([0.0], [-0.0], False, True),
        ([], [], False, True),
    ],
)
def test_special_values(actual, expected, equal_nan, close):
    def run():
        assert_close(refnn.from_numpy(of(actual)), of(expected), equal_nan=equal_nan)

    if close:
        run()
    else:
        with pytest.raises(AssertionError, match="not close"):
            run()


@pytest.mark.parametrize(
    "actual, expected, options, error, text",
    [
        (
            of([1]),
            of([1, 2]),
            {},
            AssertionError,
            r"'shape' do not match: torch.Size\(\[1\]\) != torch.Size\(\[2\]\)",
        ),
        (
            of([1]),
            of([1], "float64"),
            {},
            AssertionError,
            "'dtype' do not match: torch.float32 != torch.float64",
        ),
        (of([[1, 2]] * 2).T, of([[1, 1], [2, 2]]), {"check_stride": True}, AssertionError, r"'stride\(\)'"),
        (of([1]), 1.0, {}, TypeError, "No comparison pair was able to handle inputs of type"),
        (of([1]), [1.0], {}, TypeError, "No comparison pair was able to handle inputs of type"),
        ("a", "a", {}, TypeError, "No comparison pair was able to handle inputs of type"),
        (of([1]), of([1]), {"rtol": 1.0}, ValueError, "but got no atol"),
        (of([1]), of([1]), {"atol": 1.0}, ValueError, "but got no rtol"),
        (
            of([1]),
            of([2]),
            {"rtol": -1.0, "atol": 0.0},
            RuntimeError,
            "rtol must be greater than or equal to zero",
        ),
        (of([1]), None, {}, AssertionError, "None mismatch"),
        (True, 1, {}, AssertionError, r"\(d\)types do not match"),
        ({"a": 1}, {"b": 1, 2: 1}, {}, AssertionError, r"Missing keys in the actual mapping: \[2, 'b'\]"),
        ([of([1]), of([2])], [of([1]), of([3])], {}, AssertionError, r"for item \[1\]"),
        ([1, 2, 3], [1, 2], {}, AssertionError, "length of the sequences mismatch: 3 != 2"),
        (of([1]), of([2]), {"msg": "mine"}, AssertionError, "^mine$"),
        (of([1]), of([2]), {"msg": lambda text: text[:12] + "…"}, AssertionError, "^Tensor-likes…$"),
    ],
)
@pytest.mark.parametrize("wrap", [refnn.from_numpy, lambda x: x], ids=["tensor", "array"])
def test_failures(wrap, actual, expected, options, error, text):
    if isinstance(actual, np.ndarray):
        actual = wrap(actual)
    with pytest.raises(error, match=text):
        assert_close(actual, expected, **options)


def test_mixtures_pass():
    x = of([[1, 2], [3, 4]])
    assert_close({"a": [refnn.from_numpy(x), 1.0], "b": None}, {"a": (x, 1.0), "b": None})
    assert_close(refnn.from_numpy(x).t(), x.T)
    assert_close(refnn.tensor(True), np.array(True))
    assert_close(refnn.tensor([1, 2]), np.array([1.0, 2.0]), check_dtype=False)


def test_subclasses_count_unless_they_may_not():
    tensor = refnn.ones(2)
    parameter = refnn.nn.Parameter(tensor.clone())
    assert_close(parameter, tensor)
    assert_close(tensor, np.ones(2, np.float32), allow_subclasses=False)
    with pytest.raises(TypeError, match="No comparison pair"):
        assert_close(parameter, tensor, allow_subclasses=False)


def test_default_tolerances_are_the_loosest():
    assert default_tolerances(refnn.float64, refnn.ones(1)) == (1.3e-6, 1e-5)
    assert default_tolerances(np.ones(1), refnn.int64) == (1e-7, 1e-7)
    assert default_tolerances(refnn.bool) == (0.0, 0.0)


def test_to_numpy_shares_memory_and_knows_what_it_sees():
    tensor = refnn.zeros(2, 3)
    to_numpy(tensor)[0, 0] = 5
    assert tensor[0, 0].item() == 5
    assert view_of(tensor.t()).stride == (1, 3)
    assert not is_torch_tensor(tensor)
    with pytest.raises(TypeError, match=r"can't convert np.ndarray of type numpy\.str_"):
        to_numpy("text")
