"""The system under test: one folder a service."""
