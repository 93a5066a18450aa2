"""The interface around the layers: short scripts that run with torch and with refnn."""

from typing import Any

from conformance.harness.scripts import Script


def clip_norm(kind: Any) -> Any:
    def code(torch: Any) -> Any:
        ps = [torch.nn.Parameter(torch.zeros(3)), torch.nn.Parameter(torch.zeros(2, 2))]
        ps[0].grad = torch.tensor([1.0, -2.0, 2.0])
        ps[1].grad = torch.tensor([[4.0, 0.0], [-3.0, 1.0]])
        total = torch.nn.utils.clip_grad_norm_(ps, 1.5, norm_type=kind)
        return [total, [p.grad for p in ps]]

    return code


def clip_nonfinite(torch: Any) -> Any:
    p = torch.nn.Parameter(torch.zeros(2))
    p.grad = torch.tensor([float("inf"), 1.0])
    torch.nn.utils.clip_grad_norm_([p], 1.0, error_if_nonfinite=True)


def clip_value(torch: Any) -> Any:
    p = torch.nn.Parameter(torch.zeros(4))
    p.grad = torch.tensor([-3.0, -0.5, 0.5, float("inf")])
    torch.nn.utils.clip_grad_value_(p, 1.0)
    return p.grad


def step_lr(torch: Any) -> Any:
    p = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([p], lr=0.5)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)
    rates = []
    for _ in range(6):
        optimizer.step()
        scheduler.step()
        rates.append(scheduler.get_last_lr()[0])
    return [rates, scheduler.state_dict()]


def step_lr_first(torch: Any) -> Any:
    p = torch.nn.Parameter(torch.zeros(1))
    scheduler = torch.optim.lr_scheduler.StepLR(torch.optim.SGD([p], lr=0.5), 2)
    scheduler.step()


def sequences(torch: Any) -> list[Any]:
    return [torch.arange(6.0).reshape(3, 2), torch.ones(1, 2), torch.arange(4.0).reshape(2, 2) - 5]


def pad(torch: Any) -> Any:
    pad_sequence = torch.nn.utils.rnn.pad_sequence
    items = sequences(torch)
    return [
        pad_sequence(items),
        pad_sequence(items, batch_first=True, padding_value=-1.5),
        pad_sequence(items, padding_side="left"),
    ]


def pack(torch: Any) -> Any:
    rnn = torch.nn.utils.rnn
    padded = rnn.pad_sequence(sequences(torch))
    packed = rnn.pack_padded_sequence(padded, torch.tensor([3, 1, 2]), enforce_sorted=False)
    return [packed, rnn.pad_packed_sequence(packed), rnn.pad_packed_sequence(packed, True, 9.0, 5)]


def pack_list(torch: Any) -> Any:
    rnn = torch.nn.utils.rnn
    packed = rnn.pack_sequence(sequences(torch), enforce_sorted=False)
    return [packed, rnn.unpack_sequence(packed), rnn.unpad_sequence(*rnn.pad_packed_sequence(packed))]


def pack_unsorted(torch: Any) -> Any:
    rnn = torch.nn.utils.rnn
    return rnn.pack_padded_sequence(rnn.pad_sequence(sequences(torch)), [3, 1, 2])


def pack_zero_length(torch: Any) -> Any:
    return torch.nn.utils.rnn.pack_padded_sequence(torch.ones(3, 2, 1), [3, 0])


def rnn_on_packed(torch: Any) -> Any:
    rnn = torch.nn.RNN(2, 3, 2, bidirectional=True)
    with torch.no_grad():
        for i, p in enumerate(rnn.parameters()):
            p.copy_((torch.arange(float(p.numel())).reshape(p.shape) + i).sin())
    packed = torch.nn.utils.rnn.pack_sequence(sequences(torch), enforce_sorted=False)
    out, hidden = rnn(packed)
    (out.data.sum() + (hidden * hidden).sum()).backward()
    return [out, hidden, [p.grad for p in rnn.parameters()]]


def initialisers(torch: Any) -> Any:
    init = torch.nn.init
    results = []
    for fill, args in (
        (init.constant_, (0.3,)), (init.ones_, ()), (init.zeros_, ()), (init.eye_, ()),
        (init.uniform_, (-1.0, 2.0)), (init.normal_, (1.0, 0.5)), (init.xavier_uniform_, (2.0,)),
        (init.xavier_normal_, ()), (init.kaiming_uniform_, (0.2,)), (init.kaiming_normal_, (0, "fan_out", "relu")),
    ):  # fmt: skip
        torch.manual_seed(5)
        results.append(fill(torch.empty(4, 6), *args))
    return results


def gains(torch: Any) -> Any:
    names = ("linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu")
    return [torch.nn.init.calculate_gain(name) for name in names] + [torch.nn.init.calculate_gain("leaky_relu", 0.3)]


def second_backward(torch: Any) -> Any:
    x = torch.ones(2).requires_grad_()
    loss = (x * x).sum()
    loss.backward()
    loss.backward()


def changed_in_place(torch: Any) -> Any:
    x = torch.ones(2).requires_grad_()
    y = x.exp()
    y.add_(1)
    y.sum().backward()


def leaf_in_place(torch: Any) -> Any:
    torch.ones(2).requires_grad_().add_(1)


def view_in_place(torch: Any) -> Any:
    x = torch.arange(6.0).reshape(2, 3).requires_grad_()
    y = x * 2
    y[0].mul_(3)
    y[:, 1] = 7.0
    y.sum().backward()
    return [y, x.grad]


def not_scalar(torch: Any) -> Any:
    (torch.ones(2).requires_grad_() * 2).backward()


def no_graph(torch: Any) -> Any:
    torch.ones(1).sum().backward()


def loading(change: Any) -> Any:
    def code(torch: Any) -> Any:
        model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
        state = dict(model.state_dict())
        change(state)
        return model.load_state_dict(state)

    return code


def structure(torch: Any) -> Any:
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding="same", bias=False), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.Flatten(), nn.ModuleDict({"a": nn.Linear(2, 3)}), nn.ModuleList([nn.Dropout(0.3), nn.Identity()]),
        nn.RNN(3, 4, 2, batch_first=True, bidirectional=True), nn.Unflatten(1, (2, 2)), nn.Softmax(dim=-1),
    )  # fmt: skip
    names = [name for name, _ in model.named_modules()], [name for name, _ in model.named_parameters()]
    return [repr(model), names, list(model.state_dict())]


def training_run(torch: Any) -> Any:
    torch.manual_seed(11)
    nn = torch.nn
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Dropout(0.25), nn.Linear(8, 3))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    x, y = torch.randn(16, 4), torch.arange(16) % 3
    losses = []
    for _ in range(4):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return [losses, model.state_dict()]


def loading_data(torch: Any) -> Any:
    data = torch.utils.data
    torch.manual_seed(2)
    dataset = data.TensorDataset(torch.arange(10.0), torch.arange(10))
    parts = data.random_split(dataset, [7, 3])
    batches = list(data.DataLoader(parts[0], batch_size=3, shuffle=True))
    return [batches, list(data.DataLoader(parts[1], batch_size=2, drop_last=True))]


def where_of_numbers(torch: Any) -> Any:
    mask = torch.tensor([True, False])
    pairs: list[tuple[Any, Any]] = [(0.0, float("-inf")), (0, 1), (True, False), (1, 2.0), (1j, 2.0), (True, 2)]
    return [torch.where(mask, a, b) for a, b in pairs]


def resizing(torch: Any) -> Any:
    x = torch.arange(24.0).reshape(2, 3, 2, 2)
    last, turned = x.to(memory_format=torch.channels_last), x.permute(1, 0, 2, 3)
    made = [
        x.clone().resize_(2, 3, 2, 2, memory_format=torch.channels_last),
        x.clone().resize_(2, 2, 3, memory_format=torch.contiguous_format),
        last.clone().resize_(2, 3, 2, 2),
        last.clone().resize_(24),
        turned.clone().resize_(24),
        turned.clone().resize_(3, 2, 2, 2, memory_format=torch.channels_last),
    ]
    return [(y, y.stride()) for y in made]


def resize_to_preserve(torch: Any) -> Any:
    return torch.ones(2).resize_(2, memory_format=torch.preserve_format)


def like_in_memory_formats(torch: Any) -> Any:
    x = torch.ones(2, 3, 4, 5)
    turned = x.permute(0, 2, 3, 1)
    last, plain = torch.channels_last, torch.contiguous_format
    made = [
        *(make(x, memory_format=last) for make in (torch.zeros_like, torch.ones_like, torch.empty_like)),
        torch.full_like(x, 3, memory_format=last),
        *(torch.zeros_like(turned, memory_format=form) for form in (last, plain, torch.preserve_format)),
        torch.zeros_like(turned),
        torch.rand_like(x, memory_format=last),
        x.half(memory_format=last),
        x.float(memory_format=last),
    ]
    return [(y.shape, y.dtype, y.stride()) for y in made]


def raised_by(call: Any) -> Any:
    return lambda torch: call(torch, torch.ones(2, 3))


def squeezed(torch: Any) -> Any:
    x = torch.ones(1, 2, 1, requires_grad=True)
    return [str(x.squeeze(*dims)) for dims in ((), (0,), (1,), ((0, 2),), (-1,))]


def row(name: str, needs: str, code: Any) -> Script:
    return Script("interface", name, name, tuple(needs.split()), code)


SGD = "optim.SGD"
RNN = "nn.utils.rnn.PackedSequence"
INTERFACE = [
    *(row(f"clip_grad_norm_ {k}", "nn.utils.clip_grad_norm_", clip_norm(k)) for k in (1, 2.0, 3, float("inf"))),
    row("clip_grad_norm_ rejects infinity", "nn.utils.clip_grad_norm_", clip_nonfinite),
    row("clip_grad_value_", "nn.utils.clip_grad_value_", clip_value),
    row("StepLR", "optim.lr_scheduler.StepLR " + SGD, step_lr),
    row("StepLR before the optimizer warns", "optim.lr_scheduler.StepLR " + SGD, step_lr_first),
    row("pad_sequence", RNN, pad),
    row("pack and pad", RNN, pack),
    row("pack a list", RNN, pack_list),
    row("pack unsorted", RNN, pack_unsorted),
    row("pack a sequence of length 0", RNN, pack_zero_length),
    row("RNN on a packed sequence", RNN + " nn.RNN", rnn_on_packed),
    row("initialisers", "nn.init", initialisers),
    row("gains", "nn.init", gains),
    row("a second backward", "Tensor", second_backward),
    row("a saved tensor changed in place", "Tensor", changed_in_place),
    row("a leaf changed in place", "Tensor", leaf_in_place),
    row("in place through a view", "Tensor", view_in_place),
    row("backward of what is not a scalar", "Tensor", not_scalar),
    row("backward without a graph", "Tensor", no_graph),
    row("load all keys", "nn.Sequential nn.Linear", loading(lambda s: None)),
    row("load without a key", "nn.Sequential nn.Linear", loading(lambda s: s.pop("0.bias"))),
    row("load an unknown key", "nn.Sequential nn.Linear", loading(lambda s: s.update(extra=s["0.bias"]))),
    row("load another shape", "nn.Sequential nn.Linear", loading(lambda s: s.update({"0.bias": s["2.bias"]}))),
    row("text and names of a model", "nn.Sequential nn.Conv2d nn.MaxPool2d nn.RNN nn.Unflatten nn.Softmax", structure),
    row("a training run", "nn.Sequential nn.Linear nn.Dropout optim.Adam", training_run),
    row("resize_ in memory formats", "Tensor.resize_", resizing),
    row("resize_ preserves no format", "Tensor.resize_", resize_to_preserve),
    row("*_like in memory formats", "zeros_like full_like rand_like Tensor.half", like_in_memory_formats),
    row(
        "zeros_like in a format of another rank",
        "zeros_like",
        raised_by(lambda torch, x: torch.zeros_like(x, memory_format=torch.channels_last)),
    ),
    row("zeros_like in no format", "zeros_like", raised_by(lambda torch, x: torch.zeros_like(x, memory_format="a"))),
    row("zeros in no layout", "zeros", raised_by(lambda torch, x: torch.zeros(2, 3, layout="a"))),
    *(
        row(
            f"{name}, pinned",
            name,
            raised_by(lambda torch, x, name=name, given=given: getattr(torch, name)(*given, pin_memory=True)),
        )
        for name, given in (("tensor", ([1.0],)), ("zeros", (2,)), ("full", ((2,), 1.0)), ("arange", (3,)))
    ),
    row("cumsum_ in another dtype", "Tensor.cumsum_", raised_by(lambda torch, x: x.cumsum_(0, dtype=torch.float64))),
    row(
        "cumprod_ of bools as integers",
        "Tensor.cumprod_",
        raised_by(lambda torch, x: x.bool().cumprod_(0, dtype=torch.int64)),
    ),
    row("squeeze's nodes", "Tensor.squeeze", squeezed),
    row("where, of two numbers", "where", where_of_numbers),
    row("batches of a data set", "utils.data.DataLoader utils.data.random_split", loading_data),
]
