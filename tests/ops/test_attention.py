"""Attention: against a loop over queries, blocks of heads, queries without keys, dropout."""

import math

import numpy as np
import pytest

import refnn
from refnn.nn import functional as F
from refnn.ops import attention as ops

RNG = np.random.default_rng(3)
Q, K, V = RNG.standard_normal((2, 3, 4, 6)), RNG.standard_normal((2, 3, 5, 6)), RNG.standard_normal((2, 3, 5, 2))


def looped(q, k, v, bias, scale):
    """One query after another; without a key that takes part, 0."""
    y = np.zeros((*q.shape[:3], v.shape[3]))
    for place in np.ndindex(q.shape[:3]):
        head = place[:2]
        scores = [scale * sum(a * b for a, b in zip(q[place], key, strict=True)) for key in k[head]]
        scores = [s + m for s, m in zip(scores, bias[place], strict=True)]
        weights = [math.exp(s) for s in scores]
        if sum(weights):
            y[place] = sum(w / sum(weights) * row for w, row in zip(weights, v[head], strict=True))
    return y


def attend(q, k, v, *args, **kwargs):
    return F.scaled_dot_product_attention(*map(refnn.tensor, (q, k, v)), *args, **kwargs).numpy()


@pytest.mark.parametrize("scale", [None, 0.3, -1.0])
@pytest.mark.parametrize("kind", ["none", "causal", "bool", "floats", "broadcast"])
def test_values(kind, scale):
    holes = RNG.uniform(size=(4, 5)) < 0.6
    holes[2] = False
    bias = {"none": 0.0, "causal": np.where(np.tri(4, 5), 0, -np.inf), "bool": np.where(holes, 0, -np.inf)}
    bias |= {"floats": RNG.standard_normal((4, 5)), "broadcast": RNG.standard_normal((2, 1, 1, 5))}
    masks = {"bool": holes, "floats": bias["floats"], "broadcast": bias["broadcast"]}
    mask = refnn.tensor(masks[kind]) if kind in masks else None
    got = attend(Q, K, V, mask, is_causal=kind == "causal", scale=scale)
    expected = looped(Q, K, V, np.broadcast_to(bias[kind], (2, 3, 4, 5)), 6**-0.5 if scale is None else scale)
    np.testing.assert_allclose(got, expected, atol=1e-12)


@pytest.mark.parametrize("magnitude", [1, 1000])
@pytest.mark.parametrize("shape", [(5, 3, 64, 64), (2, 40, 90, 90), (1, 2, 500, 400), (300, 2, 3, 4)])
def test_blocks_of_heads_and_shifts(shape, magnitude):
    """Many small heads at once, few large ones; scores that need a shift and others."""
    b, h, n, m = shape
    q, k, v = (RNG.standard_normal((b, h, size, 8)).astype(np.float32) for size in (n, m, m))
    scores = (q.astype(float) @ k.swapaxes(-1, -2)) * magnitude
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    expected = weights / weights.sum(-1, keepdims=True) @ v
    np.testing.assert_allclose(attend(q, k, v, scale=magnitude), expected, atol=1e-2 if magnitude > 1 else 1e-5)


def test_a_query_without_keys_gives_zero_and_no_gradient():
    q, k, v = (refnn.tensor(x).requires_grad_() for x in (Q, K, V))
    y = F.scaled_dot_product_attention(q, k, v, refnn.zeros(4, 5, dtype=refnn.bool))
    y.sum().backward()
    for x in (y, q.grad, k.grad, v.grad):
        assert not x.detach().numpy().any()


def test_groups_of_heads_share_keys():
    q = RNG.standard_normal((2, 6, 4, 6))
    expected = attend(q, K.repeat(2, 1), V.repeat(2, 1))
    np.testing.assert_array_equal(attend(q, K, V, enable_gqa=True), expected)


def test_dropout_scales_what_it_keeps():
    refnn.manual_seed(0)
    ones = np.ones((1, 1, 200, 200))
    y = attend(ones, ones, np.eye(200)[None, None], None, 0.25)
    assert set(np.unique(np.round(y * 200 * 0.75, 6))) == {0.0, 1.0}
    assert abs((y > 0).mean() - 0.75) < 0.02


def test_what_is_kept_for_a_backward_pass():
    """Without gradients the weights are not kept."""
    _, e, _ = ops.scaled_dot_product_attention(Q, K, V, None, None, scale=1.0, keep=False, joined=False)
    assert e.size == 0


@pytest.mark.parametrize(
    "change, text",
    [
        (
            {"is_causal": True, "attn_mask": refnn.ones(4, 5)},
            "Explicit attn_mask should not be set when is_causal=True",
        ),
        ({"dropout_p": 2.0}, "dropout probability has to be between 0 and 1, but got 2"),
        ({"attn_mask": refnn.ones(4, 5, dtype=refnn.int64)}, "Expected attn_mask dtype to be bool or float"),
    ],
)
def test_wrong_calls(change, text):
    with pytest.raises(RuntimeError, match=text):
        attend(Q, K, V, **change)
