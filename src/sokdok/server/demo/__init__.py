"""`sokdok serve --demo`: examples for whoever looks at the page for the first time."""
