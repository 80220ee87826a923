"""What can be unavailable, and what must stop a writer."""


class UnavailableError(Exception):
    """A service did not answer in time; the sentence names it. What was asked may still have happened."""


class FencingConflictError(Exception):
    """An effect was refused: the record no longer shows its epoch. Nothing was written."""


class AuthorityLostError(Exception):
    """The own lease ran out while a transaction was under way; it was rolled back. Nobody else need have acted."""


class SettingsError(Exception):
    """A setting is missing or contradicts another; the sentence names it."""
