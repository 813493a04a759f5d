"""What is true about people, projects, roles and tokens; no Flask and no HTTP in here."""
