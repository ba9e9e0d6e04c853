"""Makes the helpers beside this file importable from tests in all folders: `from pdf_fakes import …`."""
