"""Who is in a project: forms, requests, invitations, previews of changes, the matrix."""
