"""Publishers: the brokers, files and registries that events and their schemas are brought to."""
