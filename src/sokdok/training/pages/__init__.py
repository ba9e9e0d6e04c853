"""What nano's reader of drawn pages learns from."""
