"""Engines: what runs workers, on this machine or on many."""
