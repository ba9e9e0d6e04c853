"""Documents that say the same: signatures of slices of a corpus, and which of all of them are kept."""
