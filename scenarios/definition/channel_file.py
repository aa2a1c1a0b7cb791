"""The channels file: which rows of an export belong to which channel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationError, field_validator

from models.errors import ScenarioError, nearest
from models.exports.channel_mapping import ChannelRule, ChannelRules, pattern
from models.exports.platforms.registry import PLATFORMS
from scenarios.definition.faults import faults_of
from scenarios.definition.located_yaml import read_tree
from scenarios.definition.rule_blocks import Block, key, required
from scenarios.definition.values import refuse


def _several(value: Any) -> Any:
    """One text stands for a list of one."""
    return (
        (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value
    )


Texts = Annotated[tuple[str, ...], BeforeValidator(_several)]


class ChannelLine(Block):
    """One rule. What it does not name matches everything; the first rule that matches counts."""

    channel: str = required("where the rows go", "search", min_length=1)
    platform: Texts = key("google_ads, meta, ...; one or a list", "google_ads", ())
    type: Texts = key("campaign type; one or a list", "search", ())
    campaign: Texts = key("pattern on the name, with * or between slashes", "'*brand*'", ())
    account: Texts = key("pattern on the account's name", "'* DE'", ())

    @field_validator("platform")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in PLATFORMS and (near := nearest(name, PLATFORMS)):
                refuse(f"there is no platform '{name}'", f"Did you mean '{near}'?")
        return names

    @field_validator("campaign", "account")
    @classmethod
    def _patterns(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        for text in texts:
            try:
                pattern(text)
            except re.error as error:
                refuse(f"'{text}' is no regular expression: {error}", "Or leave the slashes out.")
        return texts


class ChannelsFile(Block):
    """The rules in the order in which they are tried."""

    channels: list[ChannelLine] = required(
        "the rules, in order", "[{channel: search}]", min_length=1
    )


def read_channels(path: str | Path) -> ChannelRules:
    """Read a channels file.

    Raises
    ------
    ScenarioError : with every fault, each with its line and column
    """
    tree = read_tree(path)
    try:
        lines = ChannelsFile.model_validate(tree.data).channels
    except ValidationError as error:
        raise ScenarioError(faults_of(error, tree, ChannelsFile)) from None
    return ChannelRules(
        tuple(
            ChannelRule(line.channel, line.platform, line.type, line.campaign, line.account)
            for line in lines
        )
    )
