"""A reader for each format: what its files say, part by part."""
