"""Readers on a Ray cluster: replicas of a Ray Serve deployment in the place of worker processes. The extra `ray`.

Imported only when it is asked for. Ray places replicas, watches them and starts others where some are lost; the queue,
the journal and every refusal stay in the front process.
"""
