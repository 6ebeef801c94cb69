"""Files as they come, hostile ones included, into grids of text: each reader keeps the limits."""
