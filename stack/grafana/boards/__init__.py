"""The boards in typed Python; `python -m stack.grafana.boards` writes them to grafana/dashboards/."""
