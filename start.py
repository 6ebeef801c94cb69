"""Loads the program for `make run`, without looking for garbage meanwhile: there is none."""

from __future__ import annotations

import gc
from importlib import import_module

gc.disable()
create_app = import_module("app").create_app
# What is loaded stays, and is not looked through again, here or in the copies of this process.
gc.freeze()
gc.enable()
