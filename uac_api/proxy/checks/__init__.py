"""What a row of the table has looked at in a call before it is forwarded."""
