"""The only HTTP of Studio: `client` joins the calls of each noun, over `transport`."""
