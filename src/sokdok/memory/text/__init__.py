"""What a turn is as text: its entry on the conversation's stream, its exact facts, its summary."""
