"""The platforms whose reports are known."""

from __future__ import annotations

from collections.abc import Mapping

from models.exports.fivetran import FIVETRAN
from models.exports.ga4 import GA4
from models.exports.google_ads import GOOGLE_ADS
from models.exports.linkedin import LINKEDIN
from models.exports.meta import META
from models.exports.microsoft_ads import MICROSOFT_ADS
from models.exports.platform import Platform
from models.exports.tiktok import TIKTOK

PLATFORMS: Mapping[str, Platform] = {
    platform.name: platform
    for platform in (GOOGLE_ADS, META, TIKTOK, MICROSOFT_ADS, LINKEDIN, GA4, FIVETRAN)
}
