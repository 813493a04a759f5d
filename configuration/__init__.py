"""How every service gets its settings: one base class, and the rule of secrets in files.

It knows none of the services, and no name of a setting.
"""
