"""What a call brings about beside itself: its author, the default experiment, links, the trash."""
