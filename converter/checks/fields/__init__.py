"""The fields that the query reads."""
