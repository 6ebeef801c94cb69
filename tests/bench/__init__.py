"""Measurements, each side by side with what it is compared with; run by `make bench`."""
