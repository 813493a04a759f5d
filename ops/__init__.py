"""Programs that operate ML Studio on one machine: `make run` and `make demo`."""
