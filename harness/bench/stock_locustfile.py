"""Locust as it comes: users who wait for each answer before they send again. What ours is compared with."""

from __future__ import annotations

import os

from locust import FastHttpUser, constant_throughput, task

# 0 for as fast as each user can.
PER_USER_PER_S = float(os.environ.get("STOCK_PER_USER_PER_S", "0"))


class StockUser(FastHttpUser):
    """Asks for one page, again and again."""

    if PER_USER_PER_S:
        wait_time = constant_throughput(PER_USER_PER_S)

    @task
    def page(self) -> None:
        """One request."""
        self.client.get("/")
