"""A corpus in, training data out: one plan, one result a unit, one merge, on one machine or many, killed at any moment.

- `plan`: the files of all `sources`, each once, cut into units of at most 32 pages, written before anything is read.
- `work`: one unit read into one result, which is written once (`results`): that it is there says that it is done.
- `engines` run units on worker processes; `run` is what commands call.
"""
