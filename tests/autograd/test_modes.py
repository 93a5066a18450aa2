"""Grad modes: alone, nested, as decorators, around generators; what inference tensors may not do."""

import threading

import pytest

import refnn

MODES = {  # name: (how to enter it, whether it records, whether it is inference mode)
    "no_grad": (refnn.no_grad, False, False),
    "enable_grad": (refnn.enable_grad, True, False),
    "set_grad_enabled(True)": (lambda: refnn.set_grad_enabled(True), True, False),
    "set_grad_enabled(False)": (lambda: refnn.set_grad_enabled(False), False, False),
    "inference_mode()": (refnn.inference_mode, False, True),
    "inference_mode(False)": (lambda: refnn.inference_mode(False), True, False),
}


def state():
    return refnn.is_grad_enabled(), refnn.is_inference_mode_enabled()


def leaf(*values):
    return refnn.tensor(values, requires_grad=True)


@pytest.mark.parametrize("name", MODES)
def test_a_mode_holds_inside_and_ends_with_its_block(name):
    enter, records, inference = MODES[name]
    with enter():
        assert state() == (records, inference)
        assert (leaf(1.0) * 2).requires_grad is records
    assert state() == (True, False)


@pytest.mark.parametrize("name", MODES)
def test_a_mode_ends_with_an_exception(name):
    with pytest.raises(ZeroDivisionError), MODES[name][0]():
        _ = 1 // 0
    assert state() == (True, False)


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_nested_modes(outer, inner):
    enter_outer, *outside = MODES[outer]
    enter_inner, records, inference = MODES[inner]
    with enter_outer():
        with enter_inner():
            grad_modes_keep_inference = outside[1] if not inner.startswith("inference") else inference
            assert state() == (records, grad_modes_keep_inference)
        assert state() == tuple(outside)
    assert state() == (True, False)


@pytest.mark.parametrize("name", MODES)
def test_a_mode_as_decorator(name):
    enter, records, inference = MODES[name]

    @enter()
    def seen(x, *, y):
        """Its own text."""
        return state(), x, y

    assert state() == (True, False)
    assert seen(1, y=2) == ((records, inference), 1, 2)
    assert (seen.__name__, seen.__doc__) == ("seen", "Its own text.")
    assert state() == (True, False)


@pytest.mark.parametrize("mode", [refnn.no_grad, refnn.enable_grad, refnn.inference_mode])
def test_a_decorator_without_parentheses(mode):
    @mode
    def seen():
        return refnn.is_grad_enabled()

    assert seen() is (mode is refnn.enable_grad)


def test_a_generator_is_in_its_mode_only_while_it_runs():
    seen = []

    @refnn.no_grad()
    def numbers():
        try:
            got = yield refnn.is_grad_enabled()
            seen.append((got, refnn.is_grad_enabled()))
            yield refnn.is_grad_enabled()
        except KeyError:
            seen.append(("thrown", refnn.is_grad_enabled()))
            yield "after"
        finally:
            seen.append(("closed", refnn.is_grad_enabled()))

    generator = numbers()
    assert next(generator) is False
    assert refnn.is_grad_enabled()
    assert generator.send("sent") is False
    assert refnn.is_grad_enabled()
    assert generator.throw(KeyError()) == "after"
    assert refnn.is_grad_enabled()
    generator.close()
    assert seen[:2] == [("sent", False), ("thrown", False)]
    assert seen[2][0] == "closed"


def test_a_generator_returns_its_value():
    @refnn.no_grad()
    def numbers():
        yield 1
        return 7

    def outer():
        return (yield from numbers())

    generator = outer()
    next(generator)
    with pytest.raises(StopIteration) as stop:
        next(generator)
    assert stop.value.value == 7


def test_set_grad_enabled_as_a_call_stays():
    refnn.set_grad_enabled(False)
    try:
        assert not (leaf(1.0) * 2).requires_grad
    finally:
        refnn.set_grad_enabled(True)


def test_a_mode_belongs_to_its_thread():
    seen = []
    with refnn.no_grad():
        thread = threading.Thread(target=lambda: seen.append(refnn.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_factories_make_leaves_that_require_grad_in_no_grad():
    with refnn.no_grad():
        assert refnn.ones(2, requires_grad=True).requires_grad


def inference_tensor():
    with refnn.inference_mode():
        return refnn.ones(2)


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda x: x.add_(1), "Inplace update to inference tensor outside InferenceMode is not allowed"),
        (lambda x: x * leaf(1.0, 2.0), "Inference tensors cannot be saved for backward"),
        (lambda x: x._version, "Inference tensors do not track version counter"),
    ],
)
def test_what_an_inference_tensor_may_not_do(wrong, message):
    x = inference_tensor()
    with pytest.raises(RuntimeError, match=message):
        wrong(x)
    assert x.tolist() == [1, 1]


def test_what_an_inference_tensor_may_do():
    x = inference_tensor()
    assert x.is_inference()
    assert x[:1].is_inference()
    assert not x.clone().is_inference()
    assert (x + leaf(1.0, 2.0)).requires_grad  # an addition saves nothing
    with refnn.inference_mode():
        assert x.add_(1).tolist() == [2, 2]
