"""What `sokdok serve` costs beside reading itself, and what becomes of its tasks when processes are killed."""
