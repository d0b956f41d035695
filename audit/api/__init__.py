"""The log's doors: thin, each one act. Verbs and queries below do the work and say what is wrong."""
