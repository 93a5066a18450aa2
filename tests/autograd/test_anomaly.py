"""Anomaly detection: what it warns of, what it raises, and that it ends."""

import pytest

import refnn
from refnn.autograd import detect_anomaly, set_detect_anomaly

pytestmark = pytest.mark.filterwarnings("ignore:Anomaly Detection has been", "ignore:Error detected in Div")


class Fails(refnn.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        raise ValueError("mine")


def leaf(*values):
    return refnn.tensor(values, dtype=refnn.float64, requires_grad=True)


FAILING = {  # (function at [-1, 4], exception, its text, the node)
    "nan": (
        lambda x: x.sqrt(),
        RuntimeError,
        "Function 'SqrtBackward0' returned nan values in its 0th",
        "SqrtBackward0",
    ),
    "a second input": (lambda x: 1 * x.detach() / (x + 1), RuntimeError, "nan values in its 1th", "DivBackward0"),
    "a function": (Fails.apply, ValueError, "mine", "FailsBackward"),
    "a convolution": (
        lambda x: refnn.nn.functional.conv1d(x.view(1, 1, 2), refnn.tensor([[[refnn.nan]]], dtype=refnn.float64)),
        RuntimeError,
        "returned nan values",
        "ConvolutionBackward0",
    ),
}


@pytest.mark.parametrize("row", FAILING)
def test_a_failing_derivative_shows_the_line_that_made_its_node(row):
    function, exception, text, node = FAILING[row]
    factor = 0.0 if row == "a second input" else 1.0
    x = leaf(-1.0, 4.0)
    with detect_anomaly():
        y = function(x)  # this line
        with pytest.warns(UserWarning, match="Error detected") as caught, pytest.raises(exception, match=text):
            (y * factor).sum().backward()
    shown = str(caught.list[-1].message)
    assert shown.startswith(f"Error detected in {node}. Traceback of forward call that caused the error:\n")
    assert "y = function(x)  # this line" in shown
    assert "refnn/autograd" not in shown


@pytest.mark.parametrize("check_nan", [True, False])
def test_nan_may_be_allowed(check_nan):
    x = leaf(-1.0)
    with set_detect_anomaly(True, check_nan):
        y = x.sqrt()
        if check_nan:
            with pytest.warns(UserWarning, match="Error detected"), pytest.raises(RuntimeError, match="nan"):
                y.backward()
        else:
            y.backward()
            assert x.grad.isnan().all()


def test_a_node_made_by_a_derivative_knows_whose_it_was():
    x = leaf(0.0)
    with set_detect_anomaly(True, check_nan=False):
        y = x.sqrt()
        (g,) = refnn.autograd.grad(y, x, create_graph=True)
    with (
        set_detect_anomaly(True),
        pytest.warns(UserWarning, match="induced by SqrtBackward0"),
        pytest.raises(RuntimeError, match="DivBackward0"),
    ):
        (g * 0).sum().backward()


def test_the_mode_ends():
    x = leaf(-1.0)
    before = refnn.is_anomaly_enabled(), refnn.is_anomaly_check_nan_enabled()
    with detect_anomaly():
        with set_detect_anomaly(False):
            x.sqrt().backward()
            assert (x * 1).grad_fn.metadata == {}
        assert "traceback_" in (x * 1).grad_fn.metadata
    assert (refnn.is_anomaly_enabled(), refnn.is_anomaly_check_nan_enabled()) == before == (False, True)
    x.sqrt().backward()
    assert (x * 1).grad_fn.metadata == {}


def test_gradients_are_those_of_an_ordinary_pass():
    weight, x = leaf(1.0, 2.0), leaf(3.0, 4.0)
    found = []
    for enabled in (False, True):
        with set_detect_anomaly(enabled):
            weight.grad = x.grad = None
            ((weight * x).exp().log() + refnn.nn.functional.layer_norm(x, [2])).pow(2).sum().backward()
            found.append((weight.grad.tolist(), x.grad.tolist()))
    assert found[0] == found[1]


@pytest.mark.parametrize("arguments", [(3,), (True, 2), ("a",)])
def test_what_is_no_bool_is_refused(arguments):
    with pytest.raises(TypeError, match="must be bool, not"):
        set_detect_anomaly(*arguments)
    assert not refnn.is_anomaly_enabled()


def test_a_hook_may_turn_it_on():
    """The pass that is under way goes on as it began; the next one looks."""
    x = leaf(1.0, 4.0)
    y = x * 2
    y.register_hook(lambda g: set_detect_anomaly(True) and None)
    try:
        (y * 3).sum().backward()
        assert x.grad.tolist() == [6.0, 6.0]
        with pytest.raises(RuntimeError, match="returned nan values"):
            leaf(-1.0).sqrt().sum().backward()
    finally:
        set_detect_anomaly(False)
