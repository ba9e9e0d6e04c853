"""A view as one HTML page: its logic (`page`), its fragments (`elements`, `templates`), its style and script."""
