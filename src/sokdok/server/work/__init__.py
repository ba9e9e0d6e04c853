"""What the server's children do, by name: read pages, look at files, write results, look into memories.

All of it takes too long for the process that speaks HTTP, or opens files from strangers. Answers are JSON, encoded
here, which that process sends on as it is.
"""
