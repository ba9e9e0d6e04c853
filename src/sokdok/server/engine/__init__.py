"""Everything that reads goes through here: a bounded queue counted in pages, and worker processes of our own."""
