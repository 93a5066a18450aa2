"""refnn.testing.assert_close raises what torch.testing.assert_close raises, word for word."""

from collections import OrderedDict

import numpy as np
import pytest
import torch

import refnn
from refnn.testing import assert_close

NAN, INF = float("nan"), float("inf")


def outcome(function, *args, **options):
    """The exception's type and text, None where there is none."""
    try:
        function(*args, **options)
    except Exception as error:
        return type(error).__name__, str(error).replace("torch.nn.parameter", "nn")
    return None


def in_refnn(x):
    """The same structure with refnn's tensors in place of torch's."""
    if isinstance(x, torch.nn.Parameter):
        return refnn.nn.Parameter(in_refnn(x.data), requires_grad=x.requires_grad)
    if isinstance(x, torch.Tensor):
        dtype = getattr(refnn, str(x.dtype).removeprefix("torch."))
        held = refnn.from_numpy((x.float() if x.dtype == torch.bfloat16 else x).numpy())
        return held.to(dtype) if x.dtype == torch.bfloat16 else held
    if isinstance(x, dict):
        return type(x)((k, in_refnn(v)) for k, v in x.items())
    return type(x)(map(in_refnn, x)) if isinstance(x, (list, tuple)) else x


T = torch.tensor
BIG = torch.linspace(-3, 3, 24).reshape(2, 3, 4)

TENSORS = [
    (T([1.0, 2.0]), T([1.0, 2.0]), {}),
    (T([1.0, 2.0]), T([1.0, 2.00001]), {}),
    (T([1.0, 2.0]), T([1.0, 2.1]), {}),
    (T([1.0, 2.0]), T([1.0, 2.1]), {"rtol": 0.1, "atol": 0.0}),
    (T([1.0, 2.0]), T([1.0, 2.1]), {"rtol": 0, "atol": 0}),
    (T([1.0, 2.0]), T([1.0, 2.1]), {"rtol": 1e-3, "atol": 1e-3}),
    (T([1.0, 2.0]), T([1.0, 2.1]), {"rtol": 1.0}),
    (T([1.0, 2.0]), T([1.0, 2.1]), {"atol": 1.0}),
    (T([1.0, 2.0]), T([1.0, 2.1]), {"msg": "mine"}),
    (T([1.0, 2.0]), T([1.0, 2.1]), {"msg": lambda text: f"<{text}>"}),
    (BIG, BIG * 1.01, {}),
    (BIG, BIG.flip(2), {}),
    (BIG.double(), BIG.double() + 1e-6, {}),
    (BIG.half(), BIG.half() * 1.1, {}),
    (T([1.0, 3.0]).bfloat16(), T([1.0, 4.0]).bfloat16(), {}),
    (BIG, BIG.double(), {}),
    (BIG, BIG.double(), {"check_dtype": False}),
    (BIG.half(), BIG.double() + 1, {"check_dtype": False}),
    (BIG, BIG[0], {}),
    (BIG.mT, BIG.mT.contiguous(), {"check_stride": True}),
    (BIG.mT, BIG.mT.contiguous(), {}),
    (torch.ones(0), torch.ones(0), {}),
    (torch.ones(0, 2), torch.ones(2, 0), {}),
    (T(1.0), T(1.5), {}),
    (T(1.0), T(0.0), {}),
    (T(True), T(False), {}),
    (T(5), T(3), {"rtol": 0.1, "atol": 0.1}),
    (T([1, 5]), T([1, 0]), {}),
    (T([1, 5]), T([2, 3]), {"rtol": 0.1, "atol": 0.1}),
    (T([1, 5]), T([1, 4]), {"rtol": 0.25, "atol": 0.0}),
    (T([3, 1], dtype=torch.uint8), T([1, 3], dtype=torch.uint8), {}),
    (torch.ones(2, dtype=torch.uint16), 2 * torch.ones(2, dtype=torch.int8), {"check_dtype": False}),
    (T([1, 2**62]), T([-(2**62), 0]), {}),
    (T([True, False]), T([True, True]), {}),
    (T([True, False]), T([1, 1]), {"check_dtype": False}),
    (T([1.0, NAN]), T([1.0, NAN]), {}),
    (T([1.0, NAN]), T([1.0, NAN]), {"equal_nan": True}),
    (T([1.0, NAN, 4.0]), T([1.0, 2.0, 3.0]), {}),
    (T([1.0, 2.0, 4.0]), T([1.0, NAN, NAN]), {"equal_nan": True}),
    (T([INF, -INF]), T([INF, -INF]), {}),
    (T([INF, 1.0]), T([-INF, 1.0]), {}),
    (T([INF, 1.0]), T([1.0, INF]), {}),
    (T([0.0]), T([-0.0]), {}),
    (T([1 + 2j, 3 + 4j]), T([1 + 2j, 3 + 8j]), {}),
    (T([complex(NAN, 1)]), T([complex(NAN, 1)]), {"equal_nan": True}),
    (torch.nn.Parameter(torch.ones(2)), torch.ones(2), {}),
]

OTHERS = [
    (1, 1, {}),
    (1, 2.0, {}),
    (1, 2.0, {"check_dtype": False}),
    (1.0, 1.0 + 1e-9, {}),
    (1.0, 1.1, {}),
    (1.0, 0.0, {}),
    (0.0, 1e-8, {"rtol": 0.0, "atol": 0.0}),
    (1 + 1j, 1 - 1j, {}),
    (NAN, NAN, {}),
    (NAN, NAN, {"equal_nan": True}),
    (INF, INF, {}),
    (INF, -INF, {}),
    (INF, 1.0, {}),
    (1.0, 1.1, {"rtol": 1.0}),
    (np.float32(1), 1.0, {}),
    (np.float32(1), 1.5, {}),
    (np.int16(3), 4, {}),
    (True, False, {}),
    (np.True_, True, {}),
    (None, None, {}),
    (None, 1, {}),
    (1, None, {}),
    ("a", "a", {}),
    ({1}, {1}, {}),
    (object, object, {}),
    ([], [], {}),
    ([1.0, 2.0], (1.0, 2.0), {}),
    ([1.0, 2.0], [1.0, 2.5], {}),
    ([1, 2], [1], {}),
    ([1, 2], [1], {"msg": "not used for a wrong structure"}),
    ([1, [2, [3]]], [1, [2, [4]]], {}),
    ([1, [2, [3]]], [1, [2, 4]], {}),
    ([1.0, "b"], [2.0, "b"], {}),
    (b"ab", b"ac", {}),
    (range(3), [0, 1, 3], {}),
    ({"a": 1}, {"a": 1}, {}),
    ({"a": 1}, {"b": 1}, {}),
    ({"a": 1, "b": 2}, {"b": 3, "a": 0}, {}),
    (OrderedDict(a=1.0), {"a": 1.5}, {}),
    ({"a": [1, {"b": 2.0}]}, {"a": [1, {"b": 3.0}]}, {}),
    ({"a": 1}, [1], {}),
    (np.array([1.0, 2.0]), np.array([1.0, 2.5]), {}),
    (np.array([1.0, 2.0]), np.array([1, 2]), {}),
    (np.array(["a"]), np.array(["a"]), {}),
    (np.array([1.0]), [1.0], {}),
]


@pytest.mark.parametrize("actual, expected, options", TENSORS)
def test_tensors(actual, expected, options):
    wanted = outcome(torch.testing.assert_close, actual, expected, **options)
    assert outcome(assert_close, in_refnn(actual), in_refnn(expected), **options) == wanted


@pytest.mark.parametrize("actual, expected, options", TENSORS)
def test_mixtures_say_the_same(actual, expected, options):
    wanted = outcome(torch.testing.assert_close, actual, expected, **options)
    if not options.get("check_stride"):
        assert outcome(assert_close, in_refnn(actual), expected, **options) == wanted
        assert outcome(assert_close, actual, in_refnn(expected), **options) == wanted


@pytest.mark.parametrize("actual, expected, options", OTHERS)
def test_numbers_and_structures(actual, expected, options):
    assert outcome(assert_close, actual, expected, **options) == outcome(
        torch.testing.assert_close, actual, expected, **options
    )


@pytest.mark.parametrize("wrap", [lambda x: [1.0, x], lambda x: {"k": (x,)}, lambda x: OrderedDict(a=[x], b=x)])
@pytest.mark.parametrize("change", [0.0, 0.5])
def test_the_place_in_a_structure(wrap, change):
    x = torch.ones(2, 2)
    y = x + change
    wanted = outcome(torch.testing.assert_close, wrap(x), wrap(y))
    assert (wanted is None) == (change == 0)
    for a in (x, in_refnn(x), x.numpy()):
        for b in (y, in_refnn(y), y.numpy()):
            assert outcome(assert_close, wrap(a), wrap(b)) == wanted


def test_subclasses():
    parameter, tensor = torch.nn.Parameter(torch.ones(2)), torch.ones(2)
    assert outcome(assert_close, parameter, in_refnn(tensor)) is None
    assert outcome(assert_close, in_refnn(parameter), parameter, allow_subclasses=False) is None
    kind, text = outcome(assert_close, in_refnn(parameter), tensor, allow_subclasses=False)
    assert kind == "TypeError"
    assert "No comparison pair was able to handle inputs of type" in text


def test_signature():
    import inspect

    def shape(function):
        return [(p.name, p.kind, p.default) for p in inspect.signature(function).parameters.values()]

    assert shape(assert_close) == shape(torch.testing.assert_close)


@pytest.mark.parametrize("layout", ["sparse_coo", "sparse_csr"])
def test_a_sparse_tensor_of_torch_is_compared_by_its_values(layout):
    dense = torch.eye(3)
    sparse = dense.to_sparse(layout=getattr(torch, layout))
    assert outcome(assert_close, sparse, dense, check_layout=False) is None
    assert "'layout'" in outcome(assert_close, sparse, in_refnn(dense))[1]
    assert "Mismatched" in outcome(assert_close, sparse, dense + 1, check_layout=False)[1]
