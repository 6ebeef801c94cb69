"""Tables in, bytes out: the consolidated workbook of a campaign."""
