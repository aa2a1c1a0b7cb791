"""Questions to answers that people read: scenario files, commands, reports."""
