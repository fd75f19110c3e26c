"""imagelint: what is in this image that must not be there, which line put it there, and can a stranger still get it
out?

    report = imagelint.scan(["Dockerfile", "image.tar"], imagelint.Options(profile="strict"))

What `__all__` names is public; docs/api.md says what it promises. It is imported when it is asked for (PEP 562), so
that `import imagelint` costs nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing's own would have to be imported
    from imagelint.api import Report, scan
    from imagelint.asked import Options
    from imagelint.errors import ImagelintError, UsageError
    from imagelint.findings import (
        BaselineEntry,
        BaselineUse,
        Dropped,
        DroppedPlace,
        Edit,
        Finding,
        Fix,
        Frame,
        LayerInfo,
        Location,
        MendedFile,
        Place,
        ScannedImage,
        Secret,
        Severity,
        Skip,
        Step,
        StoredLayer,
    )
    from imagelint.report.interface import RuleText

__version__ = "0.1.0"
__all__ = [
    "BaselineEntry",
    "BaselineUse",
    "Dropped",
    "DroppedPlace",
    "Edit",
    "Finding",
    "Fix",
    "Frame",
    "ImagelintError",
    "LayerInfo",
    "Location",
    "MendedFile",
    "Options",
    "Place",
    "Report",
    "RuleText",
    "ScannedImage",
    "Secret",
    "Severity",
    "Skip",
    "Step",
    "StoredLayer",
    "UsageError",
    "__version__",
    "scan",
]
_HOMES = {"Options": "asked", "Report": "api", "RuleText": "report.interface", "scan": "api"}
_HOMES |= {"ImagelintError": "errors", "UsageError": "errors"}
"""Where what is not in findings stands."""

if not TYPE_CHECKING:  # with it, a type checker would believe in any name

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = globals()[name] = getattr(import_module(f"imagelint.{_HOMES.get(name, 'findings')}"), name)
        return value

    def __dir__():
        return sorted({*globals(), *__all__})
