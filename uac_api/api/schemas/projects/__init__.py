"""Roles, requests, usage and what else belongs to a project, in bodies and answers."""
