"""Printed documents with exact truth: how well words and structure come out, system by system."""
