"""Forms of the sheets and rounds. They read what was typed; what may be kept the services decide."""
