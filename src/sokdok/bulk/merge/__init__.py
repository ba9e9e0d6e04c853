"""Documents in the order of the plan, from the results of its units: tagged, cut, written by the sinks."""
