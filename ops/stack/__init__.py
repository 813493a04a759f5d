"""A stack file for Swarm, made from what `docker compose config` says.

Of version 2 or of docker-compose 1.29 alike. What Swarm knows no way for (the order of start,
no-new-privileges, a build) is left out by name; a key that stands in no table is an error, so that
nothing is lost unseen.
"""
