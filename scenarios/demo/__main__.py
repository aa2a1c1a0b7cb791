"""Print the sample history, simulated anew."""

import sys

from models.datasets.simulated_channels import sample_history

sys.stdout.write(sample_history().frame.to_csv(index=False, lineterminator="\n"))
