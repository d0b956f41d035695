"""Forms of the pages. They clean what was typed; whether it may be done is for the verbs."""
