"""The provisioned data sources and their running plugins, one of each, made when first used."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from .errors import coded
from .plugins import PLUGINS
from .plugins.base import Health, Plugin
from .settings import Settings
from .sources import DataSource

Makers = Mapping[str, Callable[[DataSource, Settings], Plugin]]


class DataDesk:
    """Finds data sources and keeps their plugins."""

    def __init__(self, sources: Sequence[DataSource], settings: Settings, makers: Makers = PLUGINS) -> None:
        self.sources = tuple(sources)
        self._settings = settings
        self._makers = makers
        self._running: dict[str, Plugin] = {}

    def find(self, uid: str, number: int = 0) -> DataSource | None:
        """A data source by uid, or by number where no uid is given."""
        return next((source for source in self.sources if source.uid == uid or source.id == number), None)

    async def plugin(self, source: DataSource) -> Plugin:
        """The running plugin of a data source.

        Raises:
            ApiError: 404, the plugin is not here.
            PluginError: it cannot be made from these settings.
        """
        if source.uid not in self._running:
            make = self._makers.get(source.type)
            if make is None:
                raise coded(
                    404,
                    "plugin.notRegistered",
                    f"Plugin not found: this stand-in does not have {source.type}",
                )
            self._running[source.uid] = make(source, self._settings)
        return self._running[source.uid]

    async def health(self, source: DataSource) -> Health:
        """What a data source's plugin says of itself."""
        return await (await self.plugin(source)).health()

    async def replace(self, sources: Sequence[DataSource]) -> None:
        """Take new data sources; plugins of the old ones are closed."""
        await self.close()
        self.sources = tuple(sources)

    async def close(self) -> None:
        """Close every plugin."""
        running, self._running = list(self._running.values()), {}
        await asyncio.gather(*(plugin.close() for plugin in running), return_exceptions=True)
