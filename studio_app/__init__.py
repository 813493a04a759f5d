"""The frame around the pages: server, sign-in, session, client, widgets, navigation."""
