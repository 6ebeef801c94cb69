"""What Phiếu is compared with: a bare Flask that says hello, inserts a JSON row, or updates one."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import uuid

from flask import Flask, redirect, request

DATABASE = os.environ.get("BARE_DATABASE", ":memory:")
app = Flask(__name__)


def connect() -> sqlite3.Connection:
    """Open the database as Phiếu does: write-ahead log, every commit on the disk."""
    connection = sqlite3.connect(DATABASE, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS row (id TEXT PRIMARY KEY, data TEXT) WITHOUT ROWID"
    )
    connection.execute("INSERT OR IGNORE INTO row VALUES ('draft', '{}')")
    return connection


CONNECTION = connect()
LOCK = os.open(f"{DATABASE}.lock", os.O_RDWR | os.O_CREAT)


@app.get("/hello")
def hello() -> str:
    """Say hello."""
    return "hello"


@app.post("/insert")
def insert() -> object:
    """Insert what was sent as one JSON row, and redirect."""
    data = json.dumps(request.form.to_dict(flat=False), ensure_ascii=False)
    fcntl.flock(LOCK, fcntl.LOCK_EX)
    try:
        CONNECTION.execute("BEGIN IMMEDIATE")
        CONNECTION.execute("INSERT INTO row VALUES (?, ?)", (uuid.uuid4().hex, data))
        CONNECTION.execute("COMMIT")
    finally:
        fcntl.flock(LOCK, fcntl.LOCK_UN)
    return redirect("/hello", 303)


@app.post("/update")
def update() -> object:
    """Put what was sent into the one JSON row that there is."""
    data = json.dumps(request.form.to_dict(flat=False), ensure_ascii=False)
    fcntl.flock(LOCK, fcntl.LOCK_EX)
    try:
        CONNECTION.execute("BEGIN IMMEDIATE")
        CONNECTION.execute("UPDATE row SET data = ? WHERE id = 'draft'", (data,))
        CONNECTION.execute("COMMIT")
    finally:
        fcntl.flock(LOCK, fcntl.LOCK_UN)
    return {"saved": True}
