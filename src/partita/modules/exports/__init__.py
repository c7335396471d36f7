"""Exports: any list as a file, at once or as a job that goes on after a crash."""
