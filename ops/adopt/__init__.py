"""`studio adopt`: a plain MLflow, its database and its artifacts, becomes projects.

The source is read, never written. What is under way and what was done stands beside the plan, in
the folder `<plan>.state`:

    source.db     the source's database at the moment of the run, at the schema of this code
    journal.db    every row and every file that the adoption puts into the target
    lock          held by the one run, verification or undo that is under way
"""
