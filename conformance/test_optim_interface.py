"""What optimizers say and keep: state dicts, groups, hooks, closures, names, signatures."""

import copy
import inspect
import pickle

import pytest
import torch

import refnn
from conformance.harness.sides import base, outcome, same, stepped


def run_state(t, p):
    """A state dict travels to another optimizer, by pickle and by deepcopy, and training goes on the same."""
    seen = []
    for make in (
        lambda q: t.optim.SGD(q, 0.5, 0.5),
        lambda q: t.optim.Adam(q, 0.5, amsgrad=True),
        lambda q: t.optim.RMSprop(q, 0.5, momentum=0.25, centered=True),
        lambda q: t.optim.Rprop(q, 0.5),
        lambda q: t.optim.ASGD(q, 0.5, t0=0),
    ):
        first = make(p)
        stepped(first, p)
        other = make([{"params": p[:1]}, {"params": p[1:]}])
        seen.append(str(outcome(lambda t, _, a=first, b=other: b.load_state_dict(a.state_dict()), t)))
        second = make(p)
        second.load_state_dict(first.state_dict())
        twin = copy.deepcopy(second)
        revived = pickle.loads(pickle.dumps(second))
        for optimizer in (second, twin, revived):
            params = optimizer.param_groups[0]["params"]
            stepped(optimizer, params)
            seen.append([[q.detach() for q in params], optimizer.state_dict(), repr(optimizer)])
    return seen


def run_casts(t, p):
    """Loaded state takes the parameter's dtype; step keeps its own; unknown keys stay."""
    optimizer = t.optim.Adam(p)
    saved = stepped(optimizer, p).state_dict()
    saved["state"]["extra"] = 7
    saved["state"][0]["nested"] = {"a": [t.ones(1), (t.zeros(1), 3)]}
    wide = [q.detach().double().requires_grad_() for q in p]
    other = t.optim.Adam(wide)
    other.load_state_dict(saved)
    return other.state_dict()


def run_old_states(t, p):
    """States of earlier versions, with numbers for steps and without the newer options."""
    seen = []
    for make, state in (
        (t.optim.Adam, {"step": 5, "exp_avg": t.ones(2, 2), "exp_avg_sq": t.ones(2, 2)}),
        (t.optim.RMSprop, {"step": 5, "square_avg": t.ones(2, 2)}),
        (t.optim.SGD, {"momentum_buffer": t.ones(2, 2)}),
    ):
        optimizer = make(p[:1], lr=0.5)
        keep = {"lr", "betas", "eps", "weight_decay", "alpha", "momentum", "dampening", "params"}
        (group,) = optimizer.state_dict()["param_groups"]
        group = {k: v for k, v in group.items() if k in keep}
        optimizer.load_state_dict({"state": {0: state}, "param_groups": [group]})
        seen += [optimizer.state_dict(), stepped(optimizer, p[:1]).state_dict()]
    return seen


def run_hooks(t, p):
    log = []
    optimizer = t.optim.SGD(p, 0.5)
    handles = [
        base(t).register_optimizer_step_pre_hook(lambda o, a, k: log.append(("global pre", len(a), k))),
        base(t).register_optimizer_step_post_hook(lambda o, a, k: log.append(("global post", len(a), k))),
        optimizer.register_step_pre_hook(lambda o, a, k: log.append("pre")),
        optimizer.register_step_pre_hook(lambda o, a, k: ((o, lambda: 8), {})),
        optimizer.register_step_post_hook(lambda o, a, k: log.append(("post", len(a)))),
        optimizer.register_state_dict_pre_hook(lambda o: log.append("save")),
        optimizer.register_state_dict_post_hook(lambda o, s: log.append(sorted(s))),
        optimizer.register_state_dict_post_hook(lambda o, s: {"only": s}, prepend=True),
        optimizer.register_load_state_dict_pre_hook(lambda o, s: s["only"]),
        optimizer.register_load_state_dict_post_hook(lambda o: log.append("loaded")),
    ]
    log.append(optimizer.step())
    saved = optimizer.state_dict()
    optimizer.load_state_dict(saved)
    for handle in handles:
        handle.remove()
    log.append(optimizer.step())
    log.append(sorted(optimizer.state_dict()))
    bad = optimizer.register_step_pre_hook(lambda o, a, k: 3)
    try:
        optimizer.step()
    except RuntimeError as error:
        log.append(str(error).split("must return")[1])
    bad.remove()
    return log


def run_zero_grad(t, p):
    optimizer = t.optim.SGD(p)
    p[0].grad = t.ones(2, 2)
    kept = p[0].grad
    optimizer.zero_grad(set_to_none=False)
    seen = [kept.clone(), p[0].grad is kept, p[1].grad is None]
    (p[0].grad,) = t.autograd.grad((p[0] * p[0]).sum(), p[0], create_graph=True)
    optimizer.zero_grad(False)
    seen += [p[0].grad.requires_grad, p[0].grad.clone()]
    optimizer.zero_grad()
    return [*seen, p[0].grad is None]


def run_closure(t, p):
    optimizer = t.optim.SGD(p, 0.1)

    def closure():
        optimizer.zero_grad()
        loss = ((p[0] - 3) ** 2).sum() + p[1].sum()
        loss.backward()
        return loss

    with t.no_grad():
        losses = [optimizer.step(closure).item() for _ in range(3)]
    return losses, p[0].detach()


def run_versions(t, p):
    """A step is a write: what was saved before it cannot be differentiated any more."""
    optimizer = t.optim.SGD(p, 0.1)
    loss = (p[0] * p[0]).sum()
    loss.backward(retain_graph=True)
    optimizer.step()
    seen = [p[0]._version]
    try:
        loss.backward()
    except RuntimeError as error:
        seen.append(str(error).split(":")[0])
    return seen


def run_names(t, p):
    optimizer = t.optim.SGD([("w", p[0])])
    optimizer.add_param_group({"params": [("b", p[1])], "lr": 7})
    saved = optimizer.state_dict()
    other = t.optim.SGD([("x", p[0])])
    other.add_param_group({"params": [("y", p[1])]})
    other.load_state_dict(saved)
    nameless = copy.deepcopy(saved)
    for group in nameless["param_groups"]:
        del group["param_names"]
    third = t.optim.SGD([("x", p[0])])
    third.add_param_group({"params": [("y", p[1])]})
    third.load_state_dict(nameless)
    return saved, other.state_dict(), third.state_dict()


@pytest.mark.parametrize(
    "program",
    [run_state, run_casts, run_old_states, run_hooks, run_zero_grad, run_closure, run_versions, run_names],
    ids=lambda f: f.__name__[4:],
)
def test_programs(program):
    result, _ = same(program)
    assert result


@pytest.mark.parametrize(
    "name",
    [
        "Optimizer",
        "SGD",
        "Adadelta",
        "Adagrad",
        "Adam",
        "AdamW",
        "Adamax",
        "NAdam",
        "RAdam",
        "RMSprop",
        "Rprop",
        "ASGD",
        "LBFGS",
    ],
)
def test_signatures(name):
    ours, theirs = getattr(refnn.optim, name), getattr(torch.optim, name)
    expected, found = inspect.signature(theirs).parameters, inspect.signature(ours).parameters
    assert [(p.name, p.kind, p.default) for p in found.values()] == [
        (p.name, p.kind, p.default) for p in expected.values()
    ]
