"""A document's text as the measures see it: without markup, in lines, paragraphs and words."""
