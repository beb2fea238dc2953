"""The composition root: loads models and data, turns settings into the core's values, hands ports to the shell."""
