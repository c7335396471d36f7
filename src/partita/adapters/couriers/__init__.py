"""Couriers: how webhooks get onto the network, and what keeps them from calling our own neighbours."""
