"""`studio drill restore`: restores a backup into temporary places, tests it there, removes it all.

The drill reads the backup and the keys of the audit trail. It never opens the databases or the
artifacts of the installation: on a database server it makes databases of its own beside them.
"""
