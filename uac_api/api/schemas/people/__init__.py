"""People, groups, invitations and service accounts in bodies and answers."""
