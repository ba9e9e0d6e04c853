"""Tables as plain data: read from HTML or Markdown, written as HTML, Markdown, CSV, XLSX or a DataFrame."""
