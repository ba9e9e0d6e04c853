"""The published compression experiment."""
