"""A run: from an order to scenarios that have gone through their phases and a judged, reported folder."""
