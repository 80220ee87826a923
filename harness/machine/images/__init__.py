"""Images: taken from the machine, else pulled, else built here from the service's own Dockerfile."""

from harness.machine.images.build import BuildError
from harness.machine.images.plan import Plan, Way, plan
from harness.machine.images.spec import Image, ImageSpec, Root, Source
from harness.machine.images.store import ImageStore

__all__ = ["BuildError", "Image", "ImageSpec", "ImageStore", "Plan", "Root", "Source", "Way", "plan"]
