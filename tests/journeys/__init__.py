"""A package, so that a fixture can live as long as the journeys do (scope="package")."""
