"""What `sokdok bulk` costs beside the reading itself."""
