"""The machine that runs are made on: its engine, its images, what it lacks and how that is set up."""
