"""The doors: settings, recording, GraphQL, command line. Clock, ids, salts and environment enter here and nowhere else."""
