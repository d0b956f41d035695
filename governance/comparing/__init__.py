"""How groups compare: who may set what is compared, and who may see it. Small groups are for few eyes."""
