"""Is anything lost in silence? Random texts of all kinds, drawn and read back."""
