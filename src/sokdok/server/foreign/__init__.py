"""What was read, as clients of other document servers read it: Mistral's OCR, docling-serve.

Workers of the executor write it to files, and the front process only sends them: made there, the answer about 500 pages
kept all other clients waiting for seconds.
"""
