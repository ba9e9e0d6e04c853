"""Output formats of nano's nets: channels, maps and alphabets, which reading, training and synth share."""
