"""MultiheadAttention and Transformer: against the formula, and what evaluation without gradients does to masks."""

import copy
import math

import numpy as np
import pytest

import refnn
from refnn import nn

RNG = np.random.default_rng(4)


def array(x):
    return x.detach().numpy()


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def norm(x):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)


def attention(layer, q, k, v):
    """Head by head, for one sequence."""
    weights, biases = np.split(array(layer.in_proj_weight), 3), np.split(array(layer.in_proj_bias), 3)
    q, k, v = (x @ w.T + b for x, w, b in zip((q, k, v), weights, biases, strict=True))
    size, heads, means = layer.head_dim, [], 0
    for h in range(layer.num_heads):
        part = slice(h * size, (h + 1) * size)
        p = softmax(q[:, part] @ k[:, part].T / math.sqrt(size))
        heads.append(p @ v[:, part])
        means = means + p / layer.num_heads
    return np.concatenate(heads, 1) @ array(layer.out_proj.weight).T + array(layer.out_proj.bias), means


def drawn(layer):
    """Biases that are not 0."""
    for p in layer.parameters():
        p.data.copy_(refnn.tensor(RNG.standard_normal(tuple(p.shape)) * 0.5))
    return layer.double()


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("need_weights", [False, True])
def test_attention_by_its_formula(batch_first, need_weights):
    layer = drawn(nn.MultiheadAttention(6, 3, batch_first=batch_first).double())
    q, k, v = (refnn.tensor(RNG.standard_normal((2, n, 6))) for n in (3, 4, 4))
    given = (q, k, v) if batch_first else [x.transpose(0, 1) for x in (q, k, v)]
    y, p = layer(*given, need_weights=need_weights)
    y = y if batch_first else y.transpose(0, 1)
    for b in range(2):
        expected, means = attention(layer, array(q[b]), array(k[b]), array(v[b]))
        np.testing.assert_allclose(array(y[b]), expected, atol=1e-12)
        if need_weights:
            np.testing.assert_allclose(array(p[b]), means, atol=1e-12)
    assert need_weights or p is None


@pytest.mark.parametrize("norm_first", [False, True])
def test_encoder_layer_by_its_formula(norm_first):
    layer = nn.TransformerEncoderLayer(6, 2, 8, dropout=0.0, norm_first=norm_first).double()
    x = RNG.standard_normal((5, 6))

    def feed(z):
        hidden = np.maximum(z @ array(layer.linear1.weight).T + array(layer.linear1.bias), 0)
        return hidden @ array(layer.linear2.weight).T + array(layer.linear2.bias)

    if norm_first:
        z = x + attention(layer.self_attn, *[norm(x)] * 3)[0]
        expected = z + feed(norm(z))
    else:
        z = norm(x + attention(layer.self_attn, x, x, x)[0])
        expected = norm(z + feed(z))
    np.testing.assert_allclose(array(layer(refnn.tensor(x))), expected, atol=1e-12)


def test_a_query_without_keys():
    layer, x = nn.MultiheadAttention(4, 2, batch_first=True), refnn.ones(1, 2, 4)
    padding = refnn.ones(1, 2, dtype=refnn.bool)
    assert layer(x, x, x, padding)[0].isnan().all()
    assert not layer(x, x, x, padding, need_weights=False)[0].isnan().any()
    layer.eval()
    with refnn.no_grad():  # as torch's inference kernel
        assert layer(x, x, x, padding, need_weights=False)[0].isnan().all()


@pytest.mark.parametrize("nested", [False, True])
def test_padding_comes_back_as_zero_in_evaluation(nested):
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    encoder, x = nn.TransformerEncoder(layer, 2, enable_nested_tensor=nested).eval(), refnn.randn(2, 3, 4)
    padding = refnn.tensor([[False, False, True], [False, True, True]])
    plain = encoder(x, src_key_padding_mask=padding)
    with refnn.no_grad():
        fast = encoder(x, src_key_padding_mask=padding)
    assert (fast[padding] == 0).all() == nested
    np.testing.assert_allclose(array(fast[~padding]), array(plain[~padding]), rtol=1e-5, atol=1e-6)


def test_a_causal_mask_is_recognised():
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0), 1, enable_nested_tensor=False)
    x, mask = refnn.randn(3, 2, 4), nn.Transformer.generate_square_subsequent_mask(3)
    np.testing.assert_allclose(array(encoder(x, mask)), array(encoder(x, mask, is_causal=False)), rtol=1e-5, atol=1e-6)
    changed = x.clone()
    changed[2] += 1
    np.testing.assert_array_equal(array(encoder(x, mask)[:2]), array(encoder(changed, mask)[:2]))


def test_layers_are_copies():
    layer = nn.TransformerDecoderLayer(4, 2, 8)
    stack = nn.TransformerDecoder(layer, 2)
    assert stack.layers[0] is not layer
    assert stack.layers[0].linear1.weight.tolist() == stack.layers[1].linear1.weight.tolist()
    assert copy.deepcopy(stack).state_dict().keys() == stack.state_dict().keys()


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda: nn.MultiheadAttention(4, 3), AssertionError, "embed_dim must be divisible by num_heads"),
        (lambda: nn.MultiheadAttention(0, 1), ValueError, "must be greater than 0"),
        (
            lambda: nn.TransformerEncoderLayer(4, 2, activation="tanh"),
            RuntimeError,
            "activation should be relu/gelu, not tanh",
        ),
        (
            lambda: nn.Transformer(4, 2, 1, 1, 8)(refnn.ones(3, 2, 4), refnn.ones(3, 1, 4)),
            RuntimeError,
            "the batch number of src and tgt must be equal",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_wrong_calls(call, error, text):
    with pytest.raises(error, match=text):
        call()
