"""Where notifications of a test run end: PagerDuty and Slack posts and e-mail are kept, not delivered.

A stand-in for the three services, for tests only.
"""
