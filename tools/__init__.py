"""Programs for those who work on ML Studio. They are in no image and no installation."""
