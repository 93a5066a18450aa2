"""Tensor: attributes, Python's protocols, operators from both sides, copies, and what each refuses."""

import copy
import pickle

import numpy as np
import pytest

import refnn

F32, F64, I64 = refnn.float32, refnn.float64, refnn.int64


def tensor(values, **options):
    return refnn.tensor(values, **options)


ATTRIBUTES = {  # of arange(6) as (2, 3) in float32
    "shape": (lambda x: tuple(x.shape), (2, 3)),
    "size()": (lambda x: tuple(x.size()), (2, 3)),
    "size(-1)": (lambda x: x.size(-1), 3),
    "dtype": (lambda x: x.dtype, F32),
    "ndim": (lambda x: (x.ndim, x.dim(), x.ndimension()), (2, 2, 2)),
    "numel": (lambda x: (x.numel(), x.nelement(), len(x)), (6, 6, 2)),
    "bytes": (lambda x: (x.itemsize, x.element_size(), x.nbytes), (4, 4, 24)),
    "stride": (lambda x: (x.stride(), x.t().stride(), x.stride(0)), ((3, 1), (1, 3), 3)),
    "storage_offset": (lambda x: (x.storage_offset(), x[1, 1:].storage_offset()), (0, 4)),
    "contiguous": (lambda x: (x.is_contiguous(), x.t().is_contiguous()), (True, False)),
    "device": (lambda x: (str(x.device), x.is_cuda, x.get_device()), ("cpu", False, -1)),
    "layout": (lambda x: (x.layout is refnn.strided, x.is_sparse), (True, False)),
    "type()": (lambda x: x.type(), "torch.FloatTensor"),
    "kinds": (lambda x: (x.is_floating_point(), x.is_complex(), x.is_signed()), (True, False, True)),
    "leaf": (lambda x: (x.is_leaf, x.requires_grad, x.grad, x.grad_fn), (True, False, None, None)),
    "T": (lambda x: (tuple(x.T.shape), tuple(x.mT.shape), x.T.tolist()[1]), ((3, 2), (3, 2), [1, 4])),
    "data_ptr": (lambda x: x[1].data_ptr() - x.data_ptr(), 12),
    "is_set_to": (lambda x: (x.is_set_to(x.view(2, 3)), x.is_set_to(x[:1])), (True, False)),
}


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_attributes(name):
    read, expected = ATTRIBUTES[name]
    assert read(refnn.arange(6, dtype=F32).view(2, 3)) == expected


@pytest.mark.parametrize(
    "value, made, expected",
    [
        (2.5, float, 2.5),
        (2.5, int, 2),
        (-2.5, int, -2),
        (2.5, complex, 2.5 + 0j),
        (0.0, bool, False),
        ([[3]], float, 3.0),
        ([3], bool, True),
        (True, int, 1),
        (7, lambda x: list(range(10))[x], 7),
        (1 + 2j, complex, 1 + 2j),
        (3 + 0j, float, 3.0),
        ([2], lambda x: [0, 1, 2, 3][x], 2),
        (3.25, lambda x: f"{x:.1f}", "3.2"),
        (5, hex, "0x5"),
    ],
)
def test_a_number_as_python_has_it(value, made, expected):
    result = made(tensor(value))
    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize(
    "wrong, error, message",
    [
        (lambda: bool(refnn.ones(2)), RuntimeError, "Boolean value of Tensor with more than one value is ambiguous"),
        (lambda: bool(refnn.ones(0)), RuntimeError, "Boolean value of Tensor with no values is ambiguous"),
        (lambda: refnn.ones(2).item(), RuntimeError, "a Tensor with 2 elements cannot be converted to Scalar"),
        (lambda: float(refnn.ones(2)), (RuntimeError, ValueError), "only one element tensors can be converted"),
        (lambda: [1, 2][refnn.ones(1)], TypeError, "only integer tensors of a single element can be converted"),
        (lambda: float(tensor(1 + 2j)), RuntimeError, "value cannot be converted to type double without overflow"),
        (lambda: len(tensor(1.0)), TypeError, "len.. of a 0-d tensor"),
        (lambda: iter(tensor(1.0)), TypeError, "iteration over a 0-d tensor"),
        (lambda: "a" in refnn.ones(2), RuntimeError, "only supports Tensor or scalar, but you passed in a"),
        (lambda: refnn.ones(2, requires_grad=True).numpy(), RuntimeError, "Can't call numpy.. on Tensor that requires"),
        (lambda: refnn.ones(2).size(2), IndexError, "Dimension out of range"),
        (lambda: refnn.ones(2) + "a", TypeError, "unsupported operand|must be Tensor"),
        (lambda: refnn.ones(2) + refnn.ones(3), RuntimeError, "The size of tensor a .2. must match the size of tensor"),
        (lambda: refnn.ones(2) @ 3, TypeError, "unsupported operand"),
        (lambda: tensor([True]) - tensor([True]), RuntimeError, "with two bool tensors is not supported"),
        (lambda: copy.deepcopy(refnn.ones(2, requires_grad=True) * 2), RuntimeError, "Only Tensors created explicitly"),
        (lambda: refnn.ones(2, requires_grad=True).resize_(3), RuntimeError, "cannot resize variables that require gr"),
        (
            lambda: tensor([1]).requires_grad_(),
            RuntimeError,
            "only Tensors of floating point dtype can require gradients",
        ),
    ],
)
def test_wrong_calls(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()


X = [7.0, -7.0, 2.0]
OPERATORS = {  # from both sides of 3, by the definitions
    "x + 3": (lambda x: x + 3, [v + 3 for v in X]),
    "3 + x": (lambda x: 3 + x, [3 + v for v in X]),
    "x - 3": (lambda x: x - 3, [v - 3 for v in X]),
    "3 - x": (lambda x: 3 - x, [3 - v for v in X]),
    "x * 3": (lambda x: x * 3, [v * 3 for v in X]),
    "3 * x": (lambda x: 3 * x, [3 * v for v in X]),
    "x / 2": (lambda x: x / 2, [3.5, -3.5, 1.0]),
    "14 / x": (lambda x: 14 / x, [2.0, -2.0, 7.0]),
    "x // 3": (lambda x: x // 3, [2.0, -3.0, 0.0]),
    "15 // x": (lambda x: 15 // x, [2.0, -3.0, 7.0]),
    "x % 3": (lambda x: x % 3, [1.0, 2.0, 2.0]),
    "15 % x": (lambda x: 15 % x, [1.0, -6.0, 1.0]),
    "x ** 2": (lambda x: x**2, [49.0, 49.0, 4.0]),
    "2 ** x": (lambda x: 2**x, [128.0, 2.0**-7, 4.0]),
    "-x": (lambda x: -x, [-7.0, 7.0, -2.0]),
    "+x": (lambda x: +x, X),
    "abs(x)": (abs, [7.0, 7.0, 2.0]),
    "x @ x": (lambda x: x @ x, 102.0),
    "x < 3": (lambda x: x < 3, [False, True, True]),
    "3 < x": (lambda x: 3 < x, [True, False, False]),  # noqa: SIM300 - the other side
    "x <= 2": (lambda x: x <= 2, [False, True, True]),
    "x > 2": (lambda x: x > 2, [True, False, False]),
    "x >= 2": (lambda x: x >= 2, [True, False, True]),
    "x == 2": (lambda x: x == 2, [False, False, True]),
    "x != 2": (lambda x: x != 2, [True, True, False]),
    "2 in x": (lambda x: 2 in x, True),
    "3 in x": (lambda x: 3 in x, False),
}


@pytest.mark.parametrize("dtype", [F32, F64])
@pytest.mark.parametrize("name", OPERATORS)
def test_operators(name, dtype):
    compute, expected = OPERATORS[name]
    result = compute(tensor(X, dtype=dtype))
    if isinstance(result, bool):
        assert result is expected
    else:
        assert result.tolist() == expected
        assert result.dtype in (dtype, refnn.bool)


INTEGERS = {
    "x & 6": (lambda x: x & 6, [4, 2]),
    "6 & x": (lambda x: 6 & x, [4, 2]),
    "x | 6": (lambda x: x | 6, [7, 6]),
    "6 | x": (lambda x: 6 | x, [7, 6]),
    "x ^ 6": (lambda x: x ^ 6, [3, 4]),
    "6 ^ x": (lambda x: 6 ^ x, [3, 4]),
    "~x": (lambda x: ~x, [-6, -3]),
    "x << 2": (lambda x: x << 2, [20, 8]),
    "x >> 1": (lambda x: x >> 1, [2, 1]),
    "x // 2": (lambda x: x // 2, [2, 1]),
    "-7 // x": (lambda x: -7 // x, [-2, -4]),
    "-7 % x": (lambda x: -7 % x, [3, 1]),
    "x ** 2": (lambda x: x**2, [25, 4]),
    "1 - x": (lambda x: 1 - x, [-4, -1]),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_operators_of_integers(name):
    compute, expected = INTEGERS[name]
    result = compute(tensor([5, 2]))
    assert (result.tolist(), result.dtype) == (expected, I64)


@pytest.mark.parametrize("dtype", ["uint16", "uint32", "uint64"])
@pytest.mark.parametrize("name, compute", [("div_floor", lambda x: x // x), ("remainder", lambda x: x % x)])
def test_unsigned_integers_that_do_not_divide(dtype, name, compute):
    title = f"UInt{dtype[4:]}"
    with pytest.raises(NotImplementedError, match=f"\"{name}_cpu\" not implemented for '{title}'"):
        compute(refnn.ones(2, dtype=getattr(refnn, dtype)))


HALF = refnn.float16
BY_NUMBER = {  # a number beside half precision: in full where torch has it so, else rounded first
    "x * s": (lambda x, s: x * s, lambda x, s: x * s),
    "x / s": (lambda x, s: x / s, lambda x, s: x / s),
    "s * x": (lambda x, s: s * x, lambda x, s: np.float32(np.float16(s)) * x),
    "x + s": (lambda x, s: x + s, lambda x, s: x + np.float32(np.float16(s))),
    "x - s": (lambda x, s: x - s, lambda x, s: x - np.float32(np.float16(s))),
}


@pytest.mark.parametrize("name", BY_NUMBER)
def test_half_precision_beside_a_number(name):
    compute, exact = BY_NUMBER[name]
    x, s = np.linspace(0.1, 9, 300).astype(np.float16), np.float32(1.2345678)
    result = compute(tensor(x.tolist(), dtype=HALF), tensor(s.item()))
    assert result.dtype == HALF
    assert np.array_equal(result.numpy(), exact(x.astype(np.float32), s).astype(np.float16))


@pytest.mark.parametrize(
    "build, name, edges",
    [
        (lambda x: 1 - x, "RsubBackward1", 1),
        (lambda x: refnn.rsub(x, x), "RsubBackward0", 2),
        (lambda x: x - 1, "SubBackward0", 2),
        (lambda x: x * 2, "MulBackward0", 2),
    ],
)
def test_what_an_operator_records(build, name, edges):
    node = build(refnn.ones(2, requires_grad=True)).grad_fn
    assert (node.name(), len(node.next_functions)) == (name, edges)


def test_powers_are_differentiable_as_long_as_they_depend_on_x():
    x = tensor([2.0], dtype=F64, requires_grad=True)
    y = x**4
    for expected in (32, 48, 48, 24):
        (y,) = refnn.autograd.grad(y.sum(), x, create_graph=True)
        assert (y.item(), y.grad_fn.name()) == (expected, "MulBackward0")
    (y,) = refnn.autograd.grad(y.sum(), x, create_graph=True)
    assert (y.item(), y.grad_fn) == (0, None)


def test_a_tensor_is_hashed_by_identity():
    x, y = refnn.ones(2), refnn.ones(2)
    assert hash(x) == id(x)
    assert {x: 1, y: 2}[x] == 1


# Copies --------------------------------------------------------------------------------------------------

COPIES = {
    "deepcopy": copy.deepcopy,
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
    "clone": lambda x: x.detach().clone().requires_grad_(x.requires_grad),
}


@pytest.mark.parametrize("requires_grad", [True, False])
@pytest.mark.parametrize("name", COPIES)
def test_a_copy_has_memory_of_its_own(name, requires_grad):
    x = refnn.arange(6, dtype=F64).view(2, 3).requires_grad_(requires_grad)
    y = COPIES[name](x)
    assert (y.tolist(), y.dtype, y.requires_grad, y.is_leaf) == (x.tolist(), F64, requires_grad, True)
    with refnn.no_grad():
        y.zero_()
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_deep_copy_has_gradient_attributes_and_one_copy_for_each_tensor():
    x = refnn.ones(2, requires_grad=True)
    (x * 3).sum().backward()
    x.mark = "mine"
    first, second = copy.deepcopy([x, x])
    assert first is second
    assert (first.grad.tolist(), first.mark) == ([3, 3], "mine")
    assert first.grad is not x.grad


def test_a_deep_copy_keeps_the_strides():
    assert copy.deepcopy(refnn.ones(2, 3).t()).stride() == (1, 3)


def channels_last():
    return refnn.arange(120.0).view(2, 3, 4, 5).contiguous(memory_format=refnn.channels_last)


@pytest.mark.parametrize("dtype", [refnn.float32, refnn.float16, refnn.bfloat16, refnn.complex64, refnn.bool], ids=str)
@pytest.mark.parametrize(
    "make",
    [
        lambda: refnn.arange(6.0),
        lambda: refnn.arange(6.0).view(2, 3).t(),
        channels_last,
        lambda: refnn.empty_like(channels_last().permute(1, 0, 2, 3)).fill_(2),
        lambda: refnn.nn.functional.conv2d(refnn.ones(2, 3, 9, 9), refnn.ones(8, 3, 3, 3)),
    ],
    ids=["row", "transposed", "channels last", "in no order", "private order"],
)
@pytest.mark.parametrize("view_first", [False, True])
def test_copies_of_views_share_memory_as_the_views_do(make, dtype, view_first):
    if dtype is refnn.bfloat16:
        pytest.importorskip("ml_dtypes")
    x = make().to(dtype)
    views = (x[1], x[..., 0], x)
    copies = copy.deepcopy(views[::-1] if view_first else views)
    *parts, whole = copies[::-1] if view_first else copies
    for found, expected in zip((*parts, whole), views, strict=True):
        assert refnn.equal(found, expected)
        assert found.stride() == expected.stride()
    before = x.clone()
    whole.zero_()
    assert not any(part.any() for part in parts)
    assert refnn.equal(x, before)


def test_a_copy_of_memory_with_gaps():
    x = refnn.from_numpy(np.arange(40.0)[::2])
    assert copy.deepcopy(x[1:3]).tolist() == [2, 4]
    assert copy.deepcopy(x).sum() == 380


# NumPy ---------------------------------------------------------------------------------------------------


def test_numpy_shares_memory_both_ways():
    x = refnn.zeros(3)
    array = x.numpy()
    array[0] = 5
    x[1] = 6
    assert (x.tolist(), array.tolist()) == ([5, 6, 0], [5, 6, 0])
    assert refnn.from_numpy(array).data_ptr() == x.data_ptr()


@pytest.mark.parametrize("exchange", [np.from_dlpack, np.asarray], ids=["dlpack", "asarray"])
def test_arrays_of_tensors_share_memory(exchange):
    x = refnn.arange(3)
    array = exchange(x)
    x[0] = 9
    assert (array.tolist(), array.dtype) == ([9, 1, 2], np.int64)


def test_arrays_of_another_dtype_or_on_demand_are_copies():
    x = refnn.arange(3)
    array = np.array(x, dtype=np.float32)
    x[0] = 9
    assert (array.tolist(), array.dtype) == ([0, 1, 2], np.float32)


def test_what_requires_grad_is_not_exported():
    x = refnn.ones(2, requires_grad=True)
    with pytest.raises(BufferError, match="Can't export tensors that require gradient"):
        x.__dlpack__()
    assert x.numpy(force=True).tolist() == [1, 1]
    assert x.detach().numpy().tolist() == [1, 1]


def test_a_numpy_array_leaves_the_operator_to_the_tensor():
    result = np.float32(2) * refnn.ones(2)
    assert (type(result), result.tolist()) == (refnn.Tensor, [2, 2])


# Sequences and text --------------------------------------------------------------------------------------


def test_iteration_gives_views():
    x = refnn.zeros(2, 2)
    for k, row in enumerate(x):
        with refnn.no_grad():
            row += k
    assert x.tolist() == [[0, 0], [1, 1]]
    assert [row.tolist() for row in reversed(x)] == [[1, 1], [0, 0]]
    _, second = x
    assert second.tolist() == [1, 1]


@pytest.mark.parametrize(
    "build, text",
    [
        (lambda: tensor([1.0, 2.5]), "tensor([1.0000, 2.5000])"),
        (lambda: tensor([1, 2]), "tensor([1, 2])"),
        (lambda: tensor(True), "tensor(True)"),
        (lambda: tensor([1.0], dtype=F64), "tensor([1.], dtype=torch.float64)"),
        (lambda: tensor([1.0], requires_grad=True), "tensor([1.], requires_grad=True)"),
        (lambda: tensor([1.0], requires_grad=True) * 2, "tensor([2.], grad_fn=<MulBackward0>)"),
        (lambda: refnn.zeros(0), "tensor([])"),
        (lambda: refnn.zeros(2, 0), "tensor([], size=(2, 0))"),
    ],
)
def test_text(build, text):
    assert repr(build()) == str(build()) == text


# data and set --------------------------------------------------------------------------------------------


def test_data_shares_memory_without_history():
    x = tensor([1.0, 2.0], requires_grad=True)
    x.data[0] = 5
    assert (x.tolist(), x._version, x.data.requires_grad) == ([5, 2], 0, False)
    x.data = refnn.zeros(3)
    assert (x.tolist(), x.requires_grad) == ([0, 0, 0], True)


def test_a_gradient_may_be_set_if_it_fits():
    x = tensor([1.0, 2.0], requires_grad=True)
    x.grad = refnn.ones(2)
    (x * 2).sum().backward()
    assert x.grad.tolist() == [3, 3]
    for wrong in (refnn.ones(3), refnn.ones(2, dtype=F64)):
        with pytest.raises(
            RuntimeError, match=r"attempting to assign a gradient|assigned grad has data of a different"
        ):
            x.grad = wrong
    with pytest.raises(TypeError, match="assigned grad expected to be a Tensor or None but got grad of type"):
        x.grad = 3
    x.grad = None
    assert x.grad is None


def test_requires_grad_is_the_leaf_s_own():
    x = tensor([1.0])
    x.requires_grad = True
    assert (x * 2).requires_grad
    with pytest.raises(RuntimeError, match="you can only change requires_grad flags of leaf variables"):
        (x * 2).requires_grad = False


@pytest.mark.parametrize("name", ["FloatTensor", "DoubleTensor", "LongTensor", "ByteTensor", "BoolTensor"])
def test_a_type_of_old_scripts_stands_for_a_dtype(name):
    kind = getattr(refnn, name)
    made = kind([1, 0])
    assert made.type() == f"torch.{name}"
    assert isinstance(made, kind)
    assert not isinstance(made.to(refnn.int16), kind)
    assert kind(2, 3).shape == (2, 3)
    assert refnn.ones(2).type(kind).dtype is kind.dtype
    assert made.new(4).dtype is kind.dtype
    assert kind(made).data_ptr() == made.data_ptr()


def test_functionals_of_the_torch_namespace():
    assert refnn.conv2d is refnn.nn.functional.conv2d
    assert "conv2d" in dir(refnn)
