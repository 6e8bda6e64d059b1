"""One policy becomes one function. `reference` is the definition of right; other backends must agree with it."""
