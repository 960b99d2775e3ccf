"""The objects of SARIF 2.1.0 that we write, named as in its section 3."""

from __future__ import annotations

from msgspec import Struct, field


class Object(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A property that has its default is left out, as the standard would have it read."""


class Message(Object, frozen=True):
    text: str
    markdown: str = ""


class ArtifactLocation(Object, frozen=True):
    uri: str
    uri_base_id: str


class Region(Object, frozen=True):
    """Lines and columns from 1; the end column is that after the last character."""

    start_line: int
    start_column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


class PhysicalLocation(Object, frozen=True):
    artifact_location: ArtifactLocation
    region: Region | None = None


class Location(Object, frozen=True):
    """`message` is what a step says."""

    physical_location: PhysicalLocation
    message: Message | None = None


class ThreadFlowLocation(Object, frozen=True):
    location: Location


class ThreadFlow(Object, frozen=True):
    locations: list[ThreadFlowLocation]


class CodeFlow(Object, frozen=True):
    thread_flows: list[ThreadFlow]


class Content(Object, frozen=True):
    text: str


class Replacement(Object, frozen=True):
    deleted_region: Region
    inserted_content: Content


class Change(Object, frozen=True):
    """An `artifactChange`."""

    artifact_location: ArtifactLocation
    replacements: list[Replacement]


class Fix(Object, frozen=True):
    description: Message
    artifact_changes: list[Change]


class Result(Object, frozen=True):
    rule_id: str
    message: Message
    locations: list[Location]
    partial_fingerprints: dict[str, str]
    rule_index: int = -1
    level: str = "warning"
    code_flows: list[CodeFlow] = []
    fixes: list[Fix] = []


class Configuration(Object, frozen=True):
    """A `reportingConfiguration`."""

    level: str = "warning"
    enabled: bool = True


class Descriptor(Object, frozen=True):
    """A `reportingDescriptor`: a rule."""

    id: str
    name: str
    short_description: Message
    full_description: Message
    help: Message
    help_uri: str
    default_configuration: Configuration


class Driver(Object, frozen=True):
    """A `toolComponent`."""

    name: str
    version: str
    information_uri: str
    rules: list[Descriptor]


class Tool(Object, frozen=True):
    driver: Driver


class Notification(Object, frozen=True):
    message: Message
    locations: list[Location]
    level: str


class Invocation(Object, frozen=True):
    execution_successful: bool
    tool_execution_notifications: list[Notification] = []


class UriBase(Object, frozen=True):
    """An `artifactLocation` whose `uri` is for the reader to say."""

    description: Message


class Run(Object, frozen=True):
    tool: Tool
    invocations: list[Invocation]
    original_uri_base_ids: dict[str, UriBase]
    results: list[Result]
    column_kind: str


class Log(Object, frozen=True):
    schema: str = field(name="$schema")
    version: str
    runs: list[Run]
