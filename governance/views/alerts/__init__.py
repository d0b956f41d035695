"""/monitoring/: alerts, batches and requests to train anew."""
