"""`sokdok serve`: readers and documents before clients over HTTP. The extra `serve` brings what it needs.

One front process speaks HTTP; it never opens an untrusted file and runs no net. Worker processes read (`engine`), every
endpoint is a translation of bodies to jobs and of pages to answers (`api`), what was accepted survives (`tasks`).
"""
