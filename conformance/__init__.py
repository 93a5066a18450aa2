"""Conformance: refnn against torch, number by number, text by text.

Run it from the root of the project, with torch installed::

    pytest conformance -n 2                     # everything, on two workers
    pytest conformance -k "Conv2d and float32"  # what concerns one layer
    pytest conformance --scoreboard=out.json    # where the scoreboard is written

A run of one test prints the scoreboard too, of what it ran. Other files here (properties, the module
system, the bridge, the differ) compare with torch in their own way and have no row on the scoreboard.

What compares is part of the package, `refnn/testing/conformance/`, so that `refnn conform` has it too; the
files in `harness/` are for this suite alone: rows, faults, known failures, the scoreboard.

What is compared
----------------
``test_modules``      every sample of torch's ``module_db``: the same weights in both through ``state_dict``;
                      outputs, gradients of inputs and parameters, second derivatives, buffers, ``repr``,
                      initial values, warnings.
``test_functionals``  every sample of ``op_db`` named ``nn.functional.*``.
                      Both also in 16 bits, a part of the samples, without second derivatives: within torch's tolerance,
                      or as near to a float64 run as torch is (``precision.py``); what torch refuses is refused.
``test_namespace``    the other entries of ``op_db``, with their method and in-place forms.
``test_errors``       the error inputs of both tables: exception type and text.
``test_optimizers``   every configuration of torch's ``optim_db``, parameters after each step.
``test_cases``        our own rows, in ``cases/``: ties, kinks, NaN, infinities, empty batches, layouts; in 16 bits too.
``test_scripts``      short scripts: the corner cases of ``docs/semantics.md``, the interface around the
                      layers, what tensors print.
``test_names``        public names and signatures; ``test_promotion``: result dtypes.
``test_accuracy``     float32 error against a float64 run, refnn's over torch's.
``test_runs``         whole training runs from nothing but a seed: draws equal to the bit, losses close.
``test_faults``       faults planted in refnn, each of which must be reported.
``test_harness``      the verdicts and conversions themselves; ``test_scoreboard``: how samples are counted, and the
                      tables of what is known to fail, left out, required.

Reading the scoreboard
----------------------
It is printed once, after all tests, and written as JSON (``conformance/scoreboard.json``). The
denominators are torch's. Each entry is

``passed``    every sample agrees, elementwise, to torch's own tolerance for the dtype;
``failed``    at least one sample does not;
``missing``   the name does not exist in refnn, so nothing was compared; a name that ``required.toml``
              lists must exist, and fails when it does not;
``expected``  every failure stands in ``expected_failures.toml``, with a reason.

Samples are counted as entries are. The JSON has a row for each test: its counts, its first failures, and
``used``, the largest share of its bound that any element used up: over 1 is a failure.

``excluded.toml`` lists what is left out of the comparison and why. ``tolerances.toml`` lists what is
compared to more than torch's own tolerance and why. A line of any of these files that matches
nothing, and an expected failure that passes, fails the run; so does a run that compares nothing.
"""
