"""What commands share: console, files, options, tables."""
