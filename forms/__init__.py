"""What is asked and what counts as an answer. Pure: knows neither Flask nor SQLAlchemy."""
