"""Files of runs and logged models: listed, read, made safe to look at."""
