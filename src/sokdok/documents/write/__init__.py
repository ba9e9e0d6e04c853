"""Documents as Markdown, HTML, JSON and overlays."""
