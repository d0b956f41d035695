"""What would have changed the outcome: the cheapest changes a policy allows. Mathematics, without a framework."""
