"""Sessions, tokens and single sign-on in bodies and answers."""
