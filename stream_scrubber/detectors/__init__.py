"""What to find in text. One family a file; `ALL` is the visible list."""
