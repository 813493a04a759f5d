"""`studio backup` and `studio restore`: both databases and the artifacts, at one moment.

A place of backups (a folder or a bucket) looks like this:

    backups/<name>/manifest             written last: what has none is not finished
    backups/<name>/uac/<table>          the rows, one JSON array a line, gzip
    backups/<name>/mlflow/<table>
    backups/<name>/artifacts/<number>   which object is the content of which artifact
    objects/<ab>/<hash>                 contents, each kept once for all backups

Everything but names is encrypted if there is a key (`storage/encryption.py`).
"""
