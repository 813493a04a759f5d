"""Accounts of people and of programs, their groups, and how they come in."""
