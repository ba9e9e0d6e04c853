"""Pictures with lines on them, as the text detector learns them: crops seen at an angle, worn, with their targets."""
