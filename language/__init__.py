"""Vietnamese and English text, numbers, dates, file names and short codes; pure, imports no other room."""
