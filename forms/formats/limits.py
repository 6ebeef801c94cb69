"""How large a form file may be. Far above any sensible form, far below what hurts the server.

Together they keep the reading of any file within 5 seconds and 200 MB.
"""

LARGEST_FILE = 5 * 2**20
# A workbook is a ZIP archive: its bytes when unpacked, and its parts.
LARGEST_UNPACKED = 40 * 2**20
MOST_PARTS = 1_000
# Of all XML of the workbook. Rows and cells that hold nothing but a format count too.
MOST_ELEMENTS = 1_000_000
DEEPEST_ELEMENT = 64
# One tag with its attributes, in bytes.
LONGEST_TAG = 2**20
MOST_STYLES = 65_000
MOST_MERGES = 20_000

MOST_SHEETS = 20
MOST_ROWS = 5_000
MOST_COLUMNS = 300
# Of all sheets.
MOST_CELLS = 200_000
MOST_TEXT = 4_000_000

# Excel holds no longer cell.
LONGEST_CELL = 32_767
LONGEST_HEADING = 250
# Cells that are names are read aloud in errors and become parts of addresses.
LONGEST_BY_HEADING = {
    "type": 250,
    "name": 100,
    "list_name": 100,
    "form_id": 100,
    "version": 100,
    "default_language": 100,
    "question": 100,
}

MOST_DATASET_ROWS = 20_000

# More errors of one file tell nothing new.
MOST_ERRORS = 100
