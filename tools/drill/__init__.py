"""A load that knows what was acknowledged, for drills on a running server."""
