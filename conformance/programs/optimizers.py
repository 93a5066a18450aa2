"""Optimizers and schedules: state of older files, and what no table of cases holds."""

from conformance.programs import program


@program
def optimizers_of_older_files(torch, show):
    p = torch.nn.Parameter(torch.ones(2))
    kept = ("params", "lr", "betas", "eps", "weight_decay", "alpha", "dampening", "lambd", "t0", "etas", "step_sizes")
    names = ("ASGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop", "SGD")
    for cls in (getattr(torch.optim, name) for name in names):
        state = cls([p], lr=0.1).__getstate__()
        group = state["param_groups"][0]
        for name in [name for name in group if name not in kept]:
            del group[name]
        if cls is not torch.optim.SGD:
            state["state"][p] = {"step": 3, "mu_product": 0.5, "eta": 0.25, "mu": 1}
        old = cls.__new__(cls)
        old.__setstate__(state)
        show(old.param_groups, list(old.state.values()))


@program
def plateaus(torch, show):
    p = torch.nn.Parameter(torch.ones(1))
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau
    for options in ({"mode": "x"}, {"threshold_mode": "x"}, {"factor": 1.0}, {"min_lr": [1, 2]}):
        show.raises(schedule, torch.optim.SGD([p], lr=1.0), **options)
    optimizer = torch.optim.SGD([p], lr=1.0)
    s = schedule(optimizer, patience=1, cooldown=2, factor=0.5)
    for metric in (1, 1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, float("nan"), float("nan"), float("nan")):
        s.step(metric)
        show(optimizer.param_groups[0]["lr"], s.num_bad_epochs, s.cooldown_counter, s.best, s.in_cooldown)
