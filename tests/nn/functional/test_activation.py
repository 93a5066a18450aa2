"""Activations as functions: what they refuse, with torch's words, and what they leave as it was."""

import re

import pytest

import refnn
from refnn.nn import functional as F

X = refnn.ones(4)
INTS, BOOLS, COMPLEX = refnn.tensor([1, 2]), refnn.tensor([True, False]), refnn.tensor([1j, 2])

KERNELS = [
    (F.hardsigmoid, "hardsigmoid_cpu"),
    (F.hardswish, "hardswish_cpu"),
    (F.silu, "silu_cpu"),
    (F.mish, "mish_cpu"),
    (F.elu, "elu_cpu"),
    (F.elu_, "elu_cpu"),
    (F.celu, "elu_cpu"),
    (F.selu, "elu_cpu"),
    (F.selu_, "elu_cpu"),
    (F.glu, "glu_cpu"),
    (F.gelu, "GeluKernelImpl"),
    (F.hardshrink, "hardshrink_cpu"),
    (F.softshrink, "softshrink_check"),
    (F.softplus, "softplus_cpu"),
    (F.logsigmoid, "log_sigmoid_cpu"),
    (F.leaky_relu, "leaky_relu_cpu"),
]


@pytest.mark.parametrize("function, kernel", KERNELS)
@pytest.mark.parametrize("x, title", [(INTS, "Long"), (BOOLS, "Bool"), (COMPLEX, "ComplexFloat")])
def test_dtypes(function, kernel, x, title):
    if function is F.silu and x is COMPLEX:
        assert function(x).dtype is refnn.complex64
        return
    before = x.clone()
    with pytest.raises(NotImplementedError, match=re.escape(f"\"{kernel}\" not implemented for '{title}'")):
        function(x)
    assert refnn.equal(x, before)


WRONG = [
    (lambda: F.relu6([1.0]), TypeError, "relu6(): argument 'input' (position 1) must be Tensor, not list"),
    (lambda: F.relu6(1.0, True), TypeError, "relu6_(): argument 'input' (position 1) must be Tensor, not float"),
    (lambda: F.silu(1.0, inplace=True), TypeError, "silu_(): argument 'input' (position 1) must be Tensor, not float"),
    (lambda: F.relu6(BOOLS), RuntimeError, "Bool inputs not supported for hardtanh"),
    (lambda: F.hardtanh(COMPLEX), NotImplementedError, "clamp is not supported for complex types"),
    (lambda: F.hardtanh(INTS.to(refnn.uint8)), RuntimeError, "cannot do hardtanh on an unsigned type with negative"),
    (lambda: F.hardtanh(X, 1.0, 0.0), ValueError, "min_val cannot be greater than max_val"),
    (lambda: F.hardtanh_(X, "a"), TypeError, "hardtanh_(): argument 'min_val' (position 2) must be Number, not str"),
    (lambda: F.threshold(X, None, 1), TypeError, "threshold(): argument 'threshold' (position 2) must be Number, not"),
    (lambda: F.threshold(BOOLS, 0, 1), NotImplementedError, "\"threshold_cpu\" not implemented for 'Bool'"),
    (lambda: F.elu(X, 1j), RuntimeError, "value cannot be converted to type float without overflow"),
    (lambda: F.celu(X, 1j), RuntimeError, "value cannot be converted to type double without overflow"),
    (lambda: F.elu(X, 1e300), RuntimeError, "value cannot be converted to type float without overflow"),
    (lambda: F.celu_(X, 0), RuntimeError, "ZeroDivisionError: alpha cannot be 0 for CELU"),
    (lambda: F.softplus(X, refnn.ones(2)), TypeError, "softplus(): argument 'beta' (position 2) must be Number, not"),
    (lambda: F.softshrink(X, -1), RuntimeError, "lambda must be in range [0, 3.40282e+38] for input dtype Float, but"),
    (lambda: F.gelu(X, approximate="erf"), RuntimeError, "approximate argument must be either none or tanh."),
    (lambda: F.gelu(X, approximate=None), TypeError, "gelu(): argument 'approximate' must be str, not NoneType"),
    (lambda: F.gelu(X, "tanh"), TypeError, "gelu() takes 1 positional argument but 2 were given"),
    (lambda: F.logsigmoid(), TypeError, 'log_sigmoid() missing 1 required positional arguments: "input"'),
    (lambda: F.glu(refnn.tensor(1.0)), RuntimeError, "glu does not support scalars because halving size must be even"),
    (lambda: F.glu(refnn.ones(2, 3)), RuntimeError, "Halving dimension must be even, but dimension 1 is size 3"),
    (lambda: F.glu(X, 1), IndexError, "Dimension out of range (expected to be in range of [-1, 0], but got 1)"),
    (lambda: F.glu(X, 1.0), TypeError, "glu(): argument 'dim' (position 2) must be int, not float"),
    (lambda: F.prelu(X, 1.0), TypeError, "prelu(): argument 'weight' (position 2) must be Tensor, not float"),
    (lambda: F.prelu(X, refnn.ones(1).double()), RuntimeError, "prelu: Type promoting not supported. Got Float and"),
    (lambda: F.prelu(X, refnn.ones(4)), RuntimeError, "Found parameter numbers = 4 and channel size = 1."),
    (lambda: F.prelu(X, refnn.ones(1, 1)), RuntimeError, "Expected `weight` to be a scalar or 1D tensor, but got: nd"),
    (lambda: F.prelu(refnn.tensor(1.0), refnn.ones(2)), RuntimeError, "Not allow zero-dim input tensor."),
]


@pytest.mark.parametrize("call, error, text", WRONG, ids=[text[:40] for _, _, text in WRONG])
def test_wrong_calls(call, error, text):
    with pytest.raises(error, match=re.escape(text)):
        call()
    assert X.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("name", ["hardtanh_", "elu_", "celu_", "selu_", "leaky_relu_", "relu_"])
def test_a_leaf_is_not_overwritten(name):
    x = refnn.full((2,), -2.0, requires_grad=True)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        getattr(F, name)(x)
    assert x.tolist() == [-2, -2]


NODES = [
    (lambda x: F.threshold(x, 0, 1), "ThresholdBackward0"),
    (lambda x: F.threshold_(x, 0, 1), "ThresholdBackward1"),
    (F.relu6, "HardtanhBackward0"),
    (F.elu, "EluBackward0"),
    (F.elu_, "EluBackward1"),
    (F.celu, "CeluBackward0"),
    (F.celu_, "CeluBackward1"),
    (F.selu_, "EluBackward1"),
    (F.logsigmoid, "LogSigmoidBackward0"),
    (F.gelu, "GeluBackward0"),
    (lambda x: F.prelu(x, refnn.ones(1)), "PreluKernelBackward0"),
]


@pytest.mark.parametrize("function, node", NODES, ids=[node for _, node in NODES])
def test_names_in_the_graph(function, node):
    assert function(refnn.ones(2, requires_grad=True) * 1).grad_fn.name() == node


@pytest.mark.parametrize("function", [F.gelu, F.softplus, F.softshrink, F.hardshrink, F.logsigmoid])
def test_out(function):
    x, out = refnn.randn(3), refnn.empty(3)
    assert function(x, out=out) is out
    assert refnn.equal(out, function(x))


@pytest.mark.parametrize("name, node", [("elu_", "Elu1"), ("celu_", "Celu1"), ("leaky_relu_", "LeakyRelu1")])
def test_a_result_that_was_saved_may_not_be_overwritten(name, node):
    y = getattr(F, name)(refnn.ones(2, requires_grad=True) * 1)
    z = y * 2
    y.zero_()
    with pytest.raises(RuntimeError, match=f"output 0 of {node}, is at version 2; expected version 1"):
        z.sum().backward()


@pytest.mark.parametrize("name", ["hardtanh_", "relu6", "silu", "mish", "hardswish", "hardsigmoid"])
def test_what_saved_a_copy_of_its_input_may_be_overwritten(name):
    x = refnn.full((2,), 0.5, requires_grad=True)
    y = getattr(F, name)(x * 1) if name.endswith("_") else getattr(F, name)(x * 1, inplace=True)
    y.mul_(2)
    y.sum().backward()
    expected = x.detach().clone().requires_grad_()
    (2 * getattr(F, name.rstrip("_"))(expected)).sum().backward()
    assert refnn.equal(x.grad, expected.grad)
