"""The endpoints: bodies to jobs, pages to answers, nothing else."""
