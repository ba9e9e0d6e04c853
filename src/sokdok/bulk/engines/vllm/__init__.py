"""vLLM inside the job: a server of its own for each card or machine, read by several workers at a time."""
