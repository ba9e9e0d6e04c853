"""Lines of text, as the recogniser learns them: windows of drawn lines, and CTC near known places."""
