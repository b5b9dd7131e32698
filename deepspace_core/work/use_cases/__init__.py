"""What can be done with jobs and schedules, a verb a class."""
