"""What each of nano's smaller nets learns from: samples and loss."""
