"""THE EXECUTION: every command exactly once, durable before it is answered."""
