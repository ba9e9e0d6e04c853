"""The structure of pages, learned: documents set by real engines, exact truth, a network over pieces of lines."""
