"""What a file shows, as a hash: a copy saved with other metadata or another compression has the same one.

Files with equal hashes show the same. Where that is in doubt, or too dear to find out, there is no hash.
"""
