"""Signing in and out, the cookies, and the door for invited people."""
