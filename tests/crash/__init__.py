"""What is left after the server was killed, again and again, while people sent reports."""
