"""A question and files, to any endpoint: what is sent as text, what as pages."""
