"""How sure a figure is: intervals, each with its method and source."""
