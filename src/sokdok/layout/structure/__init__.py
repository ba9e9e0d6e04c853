"""The structure of a page by a small network: roles, blocks, order, tables, from what stands where."""
