"""The published architecture: DeepSeek-OCR and its relatives."""
