"""What all pages share: links, states, times, numbers, charts, columns, things to copy."""
