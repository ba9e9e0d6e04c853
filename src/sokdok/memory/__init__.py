"""Remembering a conversation: an exact store that forgets nothing, and views of it that fade with age."""
