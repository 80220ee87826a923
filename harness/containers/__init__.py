"""The system under test as containers: the plan of a stack, the running stack, and what is left of one."""
