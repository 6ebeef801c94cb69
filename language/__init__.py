"""Vietnamese and English text, numbers, dates, file names and codes; pure, imports no room."""
