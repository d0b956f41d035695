"""Users and the roles they hold."""
