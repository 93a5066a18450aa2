"""refnn's times as ratios of torch's: `make bench`, or `python -m benchmarks`."""
