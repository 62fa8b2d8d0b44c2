"""What the rule file says of the rule."""
