"""Text whose type is known exactly, as of a text layer: paragraphs, headings, lists, code by how they are set."""
