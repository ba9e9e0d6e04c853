"""Worker processes of our own on this machine: no further dependency, and a death takes a unit with it at most."""
