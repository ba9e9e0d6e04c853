"""Files that documents are in: archives, data sets, lists. Each lists its parts and opens them one by one."""
