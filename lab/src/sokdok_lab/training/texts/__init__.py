"""What training pages say: running text, and lines made up where it has too few: references, laws, commands."""
