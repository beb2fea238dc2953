"""Scripts that make the weights which the package ships; not part of the wheel."""
