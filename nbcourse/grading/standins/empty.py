"""Nothing: in a jail, this part of the course is not there."""
