"""What the query matches, by proof."""
