"""Engines: what runs workers, beside each other on this machine or on many."""
