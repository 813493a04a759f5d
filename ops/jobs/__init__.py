"""The process `jobs`: what an installation does by the clock, once for all its replicas."""
