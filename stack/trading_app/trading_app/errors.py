"""What can be unavailable, and what must stop a writer."""


class UnavailableError(Exception):
    """A service cannot be used; the sentence names it. What was wanted did not happen."""


class RefusedError(UnavailableError):
    """A service answered that it will not do this one thing, as without permission for it. It works otherwise."""


class OverloadedError(UnavailableError):
    """This instance has more to do than it can do in time. Nothing was asked of anybody, and nothing happened."""


class UncertainError(UnavailableError):
    """A service was asked and did not answer in time, or hung up: what was asked may still have happened."""


class FencingConflictError(Exception):
    """An effect was refused: the record no longer shows its epoch. Nothing was written."""


class AuthorityLostError(Exception):
    """The own lease ran out while a transaction was under way; it was rolled back. Nobody else need have acted."""


class SettingsError(Exception):
    """A setting is missing or contradicts another; the sentence names it."""
