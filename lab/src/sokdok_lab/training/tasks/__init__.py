"""What nano's nets are trained on."""
