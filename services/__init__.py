"""Acts: one function for each thing a person does. Session first; none commits."""
