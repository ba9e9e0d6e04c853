"""Any OpenAI-compatible endpoint as a reader."""
