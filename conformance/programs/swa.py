"""Averaged models, their batch statistics, their schedule."""

from conformance.programs import Near, program, scene


def network(torch):
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 1))


def batches(torch, count=4):
    return [torch.linspace(-2, 3, 15).mul(k + 1).sin().reshape(5, 3) for k in range(count)]


def averaged_with(torch, show, options):
    swa = torch.optim.swa_utils
    torch.manual_seed(1)
    model = network(torch)
    averaged = swa.AveragedModel(model, **options)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for x in batches(torch):
        optimizer.zero_grad()
        model(x).pow(2).sum().backward()
        optimizer.step()
        averaged.update_parameters(model)
    show(sorted(options), {name: Near(t) for name, t in averaged.state_dict().items()})
    show([p.requires_grad for p in averaged.parameters()], averaged.n_averaged, Near(averaged(batches(torch)[0])))
    layer = averaged.module[1]
    layer.momentum = 0.3
    averaged.eval()
    swa.update_bn([(x, 0) for x in batches(torch)], averaged)
    swa.update_bn(iter(batches(torch)), averaged, "cpu")
    show(Near(layer.running_mean), Near(layer.running_var), layer.momentum, averaged.training, layer.training)


@program
def averages(torch, show):
    swa = torch.optim.swa_utils
    for options in (
        {},
        {"use_buffers": True},
        {"avg_fn": swa.get_ema_avg_fn(0.9)},
        {"avg_fn": swa.get_swa_avg_fn(), "use_buffers": True},
        {"multi_avg_fn": swa.get_ema_multi_avg_fn(0.9), "use_buffers": True},
        {"multi_avg_fn": swa.get_swa_multi_avg_fn()},
        {"multi_avg_fn": swa.get_swa_multi_avg_fn(), "use_buffers": True},
        {"avg_fn": lambda average, current, n: average + current * n, "device": "cpu"},
    ):
        with scene(show):
            averaged_with(torch, show, options)
    swa.update_bn(None, torch.nn.Linear(1, 1))
    for make in (swa.get_ema_avg_fn, swa.get_ema_multi_avg_fn):
        for decay in (-0.1, 1.5):
            show.raises(make, decay)
    show.raises(swa.AveragedModel, network(torch), None, swa.get_swa_avg_fn(), swa.get_swa_multi_avg_fn())


@program
def schedules(torch, show):
    swa = torch.optim.swa_utils

    def optimizer(lrs=(1.0, 0.5)):
        return torch.optim.SGD([{"params": [torch.ones(1, requires_grad=True)], "lr": lr} for lr in lrs], lr=1.0)

    for options in (
        {},
        {"anneal_epochs": 3},
        {"anneal_epochs": 3, "anneal_strategy": "linear"},
        {"anneal_epochs": 0},
        {"anneal_epochs": 1, "anneal_strategy": "linear"},
    ):
        for rate in (0.05, [0.05, 0.2]):
            rule = optimizer()
            schedule = swa.SWALR(rule, rate, **options)
            for epoch in range(5):
                rule.step()
                schedule.step()
                show(options, epoch, [round(lr, 6) for lr in schedule.get_last_lr()])
                if epoch == 2:
                    state = schedule.state_dict()
                    show(sorted(state))
                    schedule = swa.SWALR(rule, rate, **options)
                    schedule.load_state_dict(state)
            show([group["swa_lr"] for group in rule.param_groups])
    for options in ({"anneal_strategy": "steep"}, {"anneal_epochs": -1}, {"anneal_epochs": 1.5}):
        show.raises(swa.SWALR, optimizer(), 0.05, **options)
    show.raises(swa.SWALR, optimizer(), [0.05])
    with scene(show):
        schedule = swa.SWALR(optimizer(), 0.05)
        show(schedule.get_lr())
