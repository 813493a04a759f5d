"""Where the files of a backup are: stores, their encryption, the manifest, what is kept."""
