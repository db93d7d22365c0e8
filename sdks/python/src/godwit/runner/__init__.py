"""The runner: the process in which task code runs. It speaks `runner/v1`, and knows nothing of the engine."""
