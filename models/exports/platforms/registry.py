"""The platforms whose reports are known."""

from __future__ import annotations

from collections.abc import Mapping

from models.exports.platforms.amazon_ads import AMAZON_ADS
from models.exports.platforms.apple_search_ads import APPLE_SEARCH_ADS
from models.exports.platforms.fivetran import FIVETRAN
from models.exports.platforms.ga4 import GA4
from models.exports.platforms.google_ads import GOOGLE_ADS
from models.exports.platforms.linkedin import LINKEDIN
from models.exports.platforms.meta import META
from models.exports.platforms.microsoft_ads import MICROSOFT_ADS
from models.exports.platforms.other import OTHER
from models.exports.platforms.platform import Platform
from models.exports.platforms.programmatic import CM360, CRITEO, DV360
from models.exports.platforms.social import PINTEREST, REDDIT, SNAPCHAT, X
from models.exports.platforms.tiktok import TIKTOK

PLATFORMS: Mapping[str, Platform] = {
    platform.name: platform
    for platform in (
        *(GOOGLE_ADS, META, TIKTOK, MICROSOFT_ADS, LINKEDIN, GA4, FIVETRAN, AMAZON_ADS, PINTEREST),
        *(SNAPCHAT, X, REDDIT, APPLE_SEARCH_ADS, DV360, CM360, CRITEO, OTHER),
    )
}
