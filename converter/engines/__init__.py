"""A form run on a real engine."""
