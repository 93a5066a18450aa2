"""Layers' functions that torch has in its own namespace, with parameters of their own there."""

from conformance.programs import Near, program, scene


def numbers(torch, *shape):
    count = 1
    for n in shape:
        count *= n
    return torch.linspace(-3, 4, count).sin().reshape(shape)


@program
def pools(torch, show):
    for rank, name in ((1, "max_pool1d"), (2, "max_pool2d"), (3, "max_pool3d")):
        pool, x = getattr(torch, name), numbers(torch, 2, 3, *(6, 7, 5)[:rank])
        for args in ((2,), (2, 1), (3, 2, 1), (2, (), 0, 2), (3, 2, 1, 1, True), ([2] * rank,)):
            with scene(show):
                show(name, args, Near(pool(x, *args)))
        show(Near(pool(x, kernel_size=2, ceil_mode=True)))
        for args in ((), ("a",), (2, None), (2, 1, 3), (0,), (9,)):
            show.raises(pool, x, *args)
        show.raises(pool, x, 2, return_indices=True)
    y, i = torch.adaptive_max_pool1d(numbers(torch, 2, 3, 7), 3)
    show(Near(y), i)
    show.raises(torch.adaptive_max_pool1d, numbers(torch, 2, 3, 7), "a")
    show.raises(torch.adaptive_max_pool1d, numbers(torch, 2, 3, 7), 3, True)


@program
def cross_entropy_of_logits(torch, show):
    function, x = torch.binary_cross_entropy_with_logits, numbers(torch, 2, 3)
    t, w = torch.linspace(0, 1, 6).reshape(2, 3), torch.tensor([1.0, 2.0, 0.5])
    for reduction in (0, 1, 2, 5, -1):
        show(Near(function(x, t, reduction=reduction)), Near(function(x, t, w, w + 1, reduction)))
    show(Near(function(x[0], t)), Near(function(x, t, pos_weight=w)))
    show.raises(function, x, t[0])
    show.raises(function, x, torch.ones(4))
    show.raises(function, x, t, reduction="mean")
    show.raises(function, x)
    show.raises(function, x, t, "a")


@program
def cells(torch, show):
    x, h, c = numbers(torch, 2, 3), numbers(torch, 2, 4), numbers(torch, 2, 4).cos()
    for name, gates in (("rnn_tanh_cell", 1), ("rnn_relu_cell", 1), ("gru_cell", 3), ("lstm_cell", 4)):
        cell, states = getattr(torch, name), (h, c) if name == "lstm_cell" else h
        weights = [numbers(torch, 4 * gates, 3), numbers(torch, 4 * gates, 4)]
        biases = [numbers(torch, 4 * gates), numbers(torch, 4 * gates).cos()]
        for args in (weights, weights + biases):
            x.requires_grad_()
            y = cell(x, states, *args)
            both = y if isinstance(y, tuple) else (y,)
            show(name, [Near(t) for t in both], Near(torch.autograd.grad(sum(t.sum() for t in both), x)[0]))
        show.raises(cell, x)
        show.raises(cell, x, states, *weights, "a")
        show.raises(cell, x[:, :2], states, *weights)
        show.raises(cell, numbers(torch, 5, 3), states, *weights)
    show.raises(torch.lstm_cell, x, (h,), *weights)
    show.raises(torch.lstm_cell, x, h, *weights)
