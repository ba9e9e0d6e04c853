"""What a run will take: a discrete-event simulation from a sample of the corpus and a reader's figures."""
