"""What the pages show: one frozen dataclass per page, every value finished, no query behind any."""
