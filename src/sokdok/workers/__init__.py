"""Worker processes of our own: what bulk and the server have in common of both ends of their pipes.

A worker is a module that is run (`served`), gets messages on standard input and answers on standard output; its parent
holds it as a `Child`. What the messages are is the affair of whoever uses it.
"""
