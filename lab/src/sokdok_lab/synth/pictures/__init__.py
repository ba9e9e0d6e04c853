"""Pictures that are no figures: what looks like photographs, and graphics such as icons, screens and diagrams."""
