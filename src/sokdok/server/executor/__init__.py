"""The pool of worker processes without a reader: pictures of pages, results in every form, memories, texts as pages.

None of it needs a net, and all of it takes too long for the process that speaks HTTP.

Operations are plain data. Worker processes do them one after the other; one that dies, or takes too long, takes nothing
with it but the operation that it was doing.
"""
